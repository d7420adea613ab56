import Foundation
import TestSupport
import Testing

@testable import Gateway

struct TLSFileTests {
    /// A certificate of its own with its key, as `NAME.crt` and `NAME.key`.
    private func certificate(_ name: String, in folder: TemporaryDirectory) throws {
        let made = try ChildProcess.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=\(name)", "-keyout", folder.file("\(name).key"), "-out", folder.file("\(name).crt"),
        ])
        try #require(made.succeeded, "\(made)")
    }

    private func tls(_ folder: TemporaryDirectory) -> GatewayOptions.ClientTLS {
        GatewayOptions.ClientTLS(
            certificateFile: folder.file("server.crt"), keyFile: folder.file("server.key"),
            clientAuthoritiesFile: folder.file("clients.crt"))
    }

    @Test func `files that are what they should be have no problems, and load`() throws {
        let folder = try TemporaryDirectory()
        try certificate("server", in: folder)
        try certificate("clients", in: folder)
        #expect(TLSFile.problems(with: tls(folder), upstreamAuthorities: folder.file("clients.crt")) == [])
        _ = try ClientTLSMaterial(tls(folder))
    }

    @Test(arguments: [
        ("server.crt", "garbage", "holds no certificate in PEM", TLSFileProblem.Role.certificate),
        ("server.crt", "", "holds no certificate in PEM", .certificate),
        (
            "server.crt", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "holds no certificate in PEM",
            .certificate
        ),
        ("server.key", "garbage", "holds no private key in PEM that can be read without a passphrase", .key),
        ("clients.crt", "", "holds no certificate in PEM", .clientAuthorities),
        ("clients.crt", "garbage", "holds no certificate in PEM", .clientAuthorities),
    ])
    func `what is none is named`(file: String, text: String, what: String, role: TLSFileProblem.Role) throws {
        let folder = try TemporaryDirectory()
        try certificate("server", in: folder)
        try certificate("clients", in: folder)
        try folder.write(text, to: file)
        let problems = TLSFile.problems(with: tls(folder), upstreamAuthorities: nil)
        #expect(problems.map(\.what) == ["\(folder.file(file)) \(what)"])
        #expect(problems.map(\.role) == [role])
        #expect(throws: try #require(problems.first)) { try ClientTLSMaterial(tls(folder)) }
    }

    @Test func `the key of another certificate is found`() throws {
        let folder = try TemporaryDirectory()
        try certificate("server", in: folder)
        try certificate("clients", in: folder)
        try folder.write(folder.read("clients.key"), to: "server.key")
        let problems = TLSFile.problems(with: tls(folder), upstreamAuthorities: nil)
        #expect(problems.map(\.what) == ["\(folder.file("server.key")) is not the key of the gateway's certificate"])
        #expect(throws: try #require(problems.first)) { try ClientTLSMaterial(tls(folder)) }
    }

    @Test func `a key with a passphrase is found`() throws {
        let folder = try TemporaryDirectory()
        try certificate("server", in: folder)
        try certificate("clients", in: folder)
        let sealed = try ChildProcess.run([
            "openssl", "pkcs8", "-topk8", "-in", folder.file("server.key"), "-passout", "pass:x", "-out",
            folder.file("sealed.key"),
        ])
        try #require(sealed.succeeded, "\(sealed)")
        try folder.write(folder.read("sealed.key"), to: "server.key")
        #expect(TLSFile.problems(with: tls(folder), upstreamAuthorities: nil).map(\.role) == [.key])
    }

    @Test func `what cannot be read is left to the check of files, and the server's authority is looked at`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "server-ca.crt")
        let problems = TLSFile.problems(with: tls(folder), upstreamAuthorities: folder.file("server-ca.crt"))
        #expect(problems.map(\.role) == [.upstreamAuthorities])
    }
}
