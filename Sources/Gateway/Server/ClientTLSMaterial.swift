import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// The gateway's certificate, and what follows from it.
struct ClientTLSMaterial: Sendable {
    /// ALPN's name of the protocol (PostgreSQL 17, direct TLS).
    static let protocolName = "postgresql"

    let context: NIOSSLContext
    /// The data of `tls-server-end-point`; nil where the certificate's signature has no digest of its own, as with
    /// Ed25519: libpq then cannot bind either, and -PLUS is not offered.
    let channelBinding: [UInt8]?

    /// - Throws: ``TLSFileProblem`` for what the files hold.
    init(_ options: GatewayOptions.ClientTLS) throws {
        let chain = try TLSFile.certificates(options.certificateFile, .certificate)
        guard let own = chain.first else { throw TLSFileProblem(.certificate, options.certificateFile, .noCertificate) }
        let key = try TLSFile.key(options.keyFile, of: own)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [Self.protocolName]
        if let file = options.clientAuthoritiesFile {
            let authorities = try TLSFile.certificates(file, .clientAuthorities)
            configuration.trustRoots = .certificates(authorities)
            configuration.certificateVerification = .optionalVerification
            configuration.sendCANameList = true
        }
        context = try NIOSSLContext(configuration: configuration)
        channelBinding = try Self.channelBinding(of: own)
    }

    /// RFC 5929, section 4.1: the certificate's hash by its signature's digest, SHA-256 instead of MD5 and SHA-1.
    private static func channelBinding(of certificate: NIOSSLCertificate) throws -> [UInt8]? {
        let der = try certificate.toDERBytes()
        switch try Certificate(derEncoded: der).signatureAlgorithm {
        case .ecdsaWithSHA256, .sha256WithRSAEncryption, .sha1WithRSAEncryption: return Array(SHA256.hash(data: der))
        case .ecdsaWithSHA384, .sha384WithRSAEncryption: return Array(SHA384.hash(data: der))
        case .ecdsaWithSHA512, .sha512WithRSAEncryption: return Array(SHA512.hash(data: der))
        default: return nil
        }
    }

    /// A certificate's subject as RFC 4514 text.
    static func subject(of certificate: NIOSSLCertificate) -> String? {
        guard let der = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: der) else {
            return nil
        }
        return parsed.subject.description
    }
}
