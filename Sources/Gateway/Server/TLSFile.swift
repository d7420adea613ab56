import Glibc
import NIOSSL

/// What is wrong with a file of keys or certificates, and what to do about it.
public struct TLSFileProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the file is for.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        case certificate, key, clientAuthorities, upstreamAuthorities
    }

    enum Kind {
        case noCertificate, noKey, otherKey
    }

    public let role: Role
    public let file: String
    public let what: String
    public let remedy: String

    init(_ role: Role, _ file: String, _ kind: Kind) {
        self.role = role
        self.file = file
        switch kind {
        case .noCertificate: what = "\(file) holds no certificate in PEM"
        case .noKey: what = "\(file) holds no private key in PEM that can be read without a passphrase"
        case .otherKey: what = "\(file) is not the key of the gateway's certificate"
        }
        switch role {
        case .certificate: remedy = "Put the gateway's certificate there, in PEM, with its chain: its own comes first."
        case .key: remedy = "Put the key there that the gateway's certificate was made for, in PEM."
        case .clientAuthorities: remedy = "Put the authority of people's certificates there, in PEM."
        case .upstreamAuthorities: remedy = "Put the authority of the server's certificate there, in PEM."
        }
    }

    public var description: String { "\(what)\n  \(remedy)" }
}

/// Reads files of keys and certificates by the library that uses them: what a check accepts, the gateway can load.
public enum TLSFile {
    /// Everything that is wrong with what the files hold. Files that cannot be read are left to others.
    public static func problems(
        with tls: GatewayOptions.ClientTLS, upstreamAuthorities: String?
    ) -> [TLSFileProblem] {
        var problems: [TLSFileProblem] = []
        func read(_ role: TLSFileProblem.Role, _ file: String) -> NIOSSLCertificate? {
            guard isReadable(file) else { return nil }
            do throws(TLSFileProblem) {
                return try certificates(file, role).first
            } catch {
                problems.append(error)
                return nil
            }
        }
        let own = read(.certificate, tls.certificateFile)
        if isReadable(tls.keyFile) {
            do throws(TLSFileProblem) {
                _ = try key(tls.keyFile, of: own)
            } catch {
                problems.append(error)
            }
        }
        if let file = tls.clientAuthoritiesFile { _ = read(.clientAuthorities, file) }
        if let file = upstreamAuthorities { _ = read(.upstreamAuthorities, file) }
        return problems
    }

    /// One at least.
    static func certificates(_ file: String, _ role: TLSFileProblem.Role) throws(TLSFileProblem) -> [NIOSSLCertificate]
    {
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
            throw TLSFileProblem(role, file, .noCertificate)
        }
        return certificates
    }

    /// - Parameter certificate: Whose key it must be, if that is known.
    static func key(_ file: String, of certificate: NIOSSLCertificate?) throws(TLSFileProblem) -> NIOSSLPrivateKey {
        guard let key = try? NIOSSLPrivateKey(file: file, format: .pem) else {
            throw TLSFileProblem(.key, file, .noKey)
        }
        guard let certificate else { return key }
        // A context compares the two, and without anything else to read there is nothing else to fail.
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
        guard (try? NIOSSLContext(configuration: configuration)) != nil else {
            throw TLSFileProblem(.key, file, .otherKey)
        }
        return key
    }

    private static func isReadable(_ file: String) -> Bool { access(file, R_OK) == 0 }
}
