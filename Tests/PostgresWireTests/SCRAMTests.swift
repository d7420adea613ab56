import NIOCore
import TestSupport
import Testing

@testable import PostgresWire

/// Both sides of SCRAM-SHA-256 against the vector of RFC 7677, section 3, against each other, and against garbage.
@Suite struct SCRAMTests {
    private static let salt = "W22ZaJ0SNY7soEsUEjb6gQ=="
    private static let clientNonce = "rOprNGfwEbeRWgbNEkqO"
    private static let serverNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    private static let clientFirst = "n=user,r=\(clientNonce)"
    private static let serverFirst = "r=\(clientNonce)\(serverNonce),s=\(salt),i=4096"

    private static let verifier = SCRAMVerifier(
        password: "pencil", salt: SCRAMMessage.decode(base64: salt))

    private func server(channelBinding: [UInt8]? = nil, verifier: String? = nil) -> SCRAMServerExchange {
        SCRAMServerExchange(
            verifier: verifier ?? Self.verifier.description, user: "user", mockSecret: [1],
            channelBinding: channelBinding, serverNonce: Self.serverNonce)
    }

    private func initial(_ message: String, mechanism: String = "SCRAM-SHA-256") -> ByteBuffer {
        var buffer = ByteBuffer(string: "\(mechanism)\0")
        buffer.writeInteger(Int32(message.utf8.count))
        buffer.writeString(message)
        return buffer
    }

    /// What a client that knows "pencil" answers to `serverFirst`.
    private func final(gs2Header: String, binding: [UInt8] = []) throws -> ByteBuffer {
        let salt = try #require(SCRAMMessage.decode(base64: Self.salt))
        let clientKey = SCRAMMessage.hmac(
            SCRAMMessage.hi(Array("pencil".utf8), salt: salt, iterations: 4096), Array("Client Key".utf8))
        let withoutProof =
            "c=\(SCRAMMessage.base64(Array(gs2Header.utf8) + binding)),r=\(Self.clientNonce)\(Self.serverNonce)"
        let signature = SCRAMMessage.hmac(
            Self.verifier.storedKey, Array("\(Self.clientFirst),\(Self.serverFirst),\(withoutProof)".utf8))
        return ByteBuffer(
            string: "\(withoutProof),p=\(SCRAMMessage.base64(SCRAMMessage.xor(clientKey, signature)))")
    }

    @Test func `the server answers as the RFC's does`() throws {
        var server = server()
        #expect(try server.received(initial("n,,\(Self.clientFirst)")) == .continue(Array(Self.serverFirst.utf8)))
        let proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        let answer = try server.received(
            ByteBuffer(string: "c=biws,r=\(Self.clientNonce)\(Self.serverNonce),p=\(proof)"))
        #expect(answer == .accepted(Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8)))
    }

    @Test func `a client that binds to the TLS connection is accepted on that one only`() throws {
        let header = "p=tls-server-end-point,,"
        var same = server(channelBinding: [1, 2, 3])
        _ = try same.received(initial(header + Self.clientFirst, mechanism: "SCRAM-SHA-256-PLUS"))
        guard case .accepted = try same.received(final(gs2Header: header, binding: [1, 2, 3])) else {
            Issue.record("not accepted")
            return
        }
        var other = server(channelBinding: [9, 9, 9])
        _ = try other.received(initial(header + Self.clientFirst, mechanism: "SCRAM-SHA-256-PLUS"))
        let relayed = try final(gs2Header: header, binding: [1, 2, 3])
        #expect(throws: SCRAMServerExchange.Failure.malformed("SCRAM channel binding check failed")) {
            _ = try other.received(relayed)
        }
    }

    @Test(arguments: [
        ("y,,", "SCRAM-SHA-256"), ("p=tls-unique,,", "SCRAM-SHA-256-PLUS"), ("n,,", "SCRAM-SHA-256-PLUS"),
        ("p=tls-server-end-point,,", "SCRAM-SHA-256"), ("n,a=admin,", "SCRAM-SHA-256"), ("n,,", "SCRAM-SHA-1"),
    ])
    func `a downgrade or a foreign mechanism is refused`(header: String, mechanism: String) throws {
        var server = server(channelBinding: [1])
        let message = initial(header + Self.clientFirst, mechanism: mechanism)
        #expect(throws: SCRAMServerExchange.Failure.self) { _ = try server.received(message) }
    }

    @Test(arguments: ["", "pencil", "p\u{e4}ssw\u{f6}rd", String(repeating: "x", count: 300)])
    func `client and server agree for every password, and only for the right one`(password: String) throws {
        for verifier in [
            SCRAMVerifier(password: password, iterations: 7), SCRAMVerifier(password: password + "!", iterations: 7),
        ] {
            var client = SCRAMClientExchange(password: password)
            var server = server(verifier: verifier.description)
            guard
                case .continue(let challenge) = try server.received(
                    initial(String(decoding: client.clientFirst, as: UTF8.self)))
            else {
                Issue.record("no challenge")
                return
            }
            let proof = try client.answer(serverFirst: String(decoding: challenge, as: UTF8.self))
            do {
                guard case .accepted(let signature) = try server.received(ByteBuffer(bytes: proof)) else { continue }
                try client.verify(serverFinal: String(decoding: signature, as: UTF8.self))
                #expect(verifier.description == SCRAMVerifier(parsing: verifier.description)?.description)
                #expect(!verifier.description.contains("!"))
            } catch {
                #expect(error as? SCRAMServerExchange.Failure == .wrongProof)
            }
        }
    }

    @Test func `a verifier outlives being written and read`() throws {
        let verifier = Self.verifier
        #expect(SCRAMVerifier(parsing: verifier.description) == verifier)
        for defect in [
            "", "md5abc", "SCRAM-SHA-256$0:AA==$AA==:AA==", "SCRAM-SHA-256$4096:$:", "SCRAM-SHA-256$a:b$c:d",
        ] {
            #expect(SCRAMVerifier(parsing: defect) == nil)
        }
    }

    @Test func `a user without a verifier cannot prove anything, and learns nothing before`() throws {
        var server = SCRAMServerExchange(
            verifier: nil, user: "user", mockSecret: [1], channelBinding: nil, serverNonce: Self.serverNonce)
        guard case .continue = try server.received(initial("n,,\(Self.clientFirst)")) else {
            Issue.record("no challenge")
            return
        }
        let proof = try final(gs2Header: "n,,")
        #expect(throws: SCRAMServerExchange.Failure.wrongProof) { _ = try server.received(proof) }
    }

    @Test func `garbage is an error on both sides`() throws {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("npyrsicv=,AZ09+/=%\0".utf8)
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            var fresh = server()
            #expect(throws: SCRAMServerExchange.Failure.self) { _ = try fresh.received(ByteBuffer(bytes: text)) }
            var challenged = server()
            _ = try challenged.received(initial("n,,\(Self.clientFirst)"))
            #expect(throws: SCRAMServerExchange.Failure.self) { _ = try challenged.received(ByteBuffer(bytes: text)) }
            var client = SCRAMClientExchange(password: "pencil", nonce: Self.clientNonce)
            let message = String(decoding: text, as: UTF8.self)
            #expect(throws: SCRAMClientExchange.Failure.self) { _ = try client.answer(serverFirst: message) }
            #expect(throws: SCRAMClientExchange.Failure.self) { try client.verify(serverFinal: message) }
        }
    }
}
