import PostgresWire
import NIOCore
import Ringfence
import Testing

@testable import Gateway

struct ClientLoginTests {
    /// Of the password `pencil`, from RFC 7677's example, in PostgreSQL's form.
    static let verifier =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

    static func login(offersTLS: Bool = true, requiresTLS: Bool = false) -> ClientLogin {
        ClientLogin(offersTLS: offersTLS, requiresTLS: requiresTLS, channelBinding: [1, 2, 3], mockSecret: [4])
    }

    static func packet(_ code: UInt32, _ body: String = "") -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(8 + body.utf8.count))
        buffer.writeInteger(code)
        buffer.writeString(body)
        return buffer
    }

    static let startup = packet(0x0003_0000, "user\0feed\0database\0social\0\0")
    static let sslRequest = packet(80_877_103)

    private func next(_ bytes: ByteBuffer, _ login: inout ClientLogin) -> ClientLogin.Action {
        login.received(bytes)
        return login.next()
    }

    @Test func `a request for encryption is answered by one byte and the handshake`() {
        var login = Self.login()
        #expect(next(Self.sslRequest, &login) == .startTLS(ByteBuffer(string: "S")))
        login.handshakeCompleted()
        #expect(next(Self.startup, &login) == .identify(user: "feed"))
    }

    @Test func `bytes behind a request for encryption are an injection`() {
        var login = Self.login()
        #expect(next([Self.sslRequest, Self.startup].joined, &login) == .close)
        var plain = Self.login(offersTLS: false)
        guard case .refuse(let error) = next([Self.sslRequest, Self.startup].joined, &plain) else {
            Issue.record("not refused")
            return
        }
        #expect(error.sqlState == "08P01")
    }

    @Test func `encryption is asked for once`() {
        var login = Self.login(offersTLS: false)
        #expect(next(Self.sslRequest, &login) == .send(ByteBuffer(string: "N")))
        guard case .refuse(let error) = next(Self.sslRequest, &login) else {
            Issue.record("not refused")
            return
        }
        #expect(error.sqlState == "0A000")
    }

    @Test func `encryption by GSS is declined and TLS may follow`() {
        var login = Self.login()
        #expect(next(Self.packet(80_877_104), &login) == .send(ByteBuffer(string: "N")))
        #expect(next(Self.sslRequest, &login) == .startTLS(ByteBuffer(string: "S")))
    }

    @Test func `a client without TLS is turned away where TLS is required`() {
        var login = Self.login(requiresTLS: true)
        guard case .refuse(let error) = next(Self.startup, &login) else {
            Issue.record("not refused")
            return
        }
        #expect(error.sqlState == "28000")
    }

    @Test(arguments: [
        (UInt32(0x0002_0000), ClientLogin.Action.close),
        (
            0x0004_0000,
            .refuse(
                SessionError(
                    sqlState: "0A000", message: "unsupported frontend protocol 4.0: server supports 3.0 to 3.2"))
        ),
    ])
    func `other major versions are refused`(code: UInt32, action: ClientLogin.Action) {
        var login = Self.login()
        #expect(next(Self.packet(code, "user\0feed\0\0"), &login) == action)
    }

    @Test func `a newer minor version and unknown extensions are negotiated before anything else`() throws {
        var login = Self.login()
        #expect(
            next(Self.packet(0x0003_270F, "user\0feed\0_pq_.test\0on\0\0"), &login) == .identify(user: "feed"))
        #expect(login.cancelKeyLength == 32)
        guard case .send(let offer) = login.authenticate(by: .scram(verifier: Self.verifier)) else {
            Issue.record("no offer")
            return
        }
        #expect(offer.types == "vR")
        #expect(
            Array(offer.readableBytesView.prefix(24))
                == [0x76, 0, 0, 0, 22, 0, 3, 0, 2, 0, 0, 0, 1] + Array("_pq_.test\0".utf8) + [0x52])
    }

    @Test(arguments: [
        [0, 0, 0, 7, 0, 0, 0, 0], [0, 0, 0x27, 0x11, 0, 3, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0, 3, 0, 0],
    ])
    func `a startup packet of another length is not waited for`(bytes: [UInt8]) {
        var login = Self.login()
        #expect(next(ByteBuffer(bytes: bytes), &login) == .close)
    }

    @Test func `a cancel request ends the login`() {
        var login = Self.login()
        var packet = ByteBuffer()
        packet.writeInteger(UInt32(16))
        packet.writeInteger(UInt32(80_877_102))
        packet.writeInteger(UInt32(7))
        packet.writeInteger(UInt32(0x0102_0304))
        #expect(next(packet, &login) == .cancel(id: 7, secret: [1, 2, 3, 4]))
    }

    @Test func `the right password is accepted, also cut at every byte`() throws {
        for piece in [1, 7, 4096] {
            var login = Self.login()
            #expect(try Self.run(&login, password: "pencil", verifier: Self.verifier, piece: piece) == nil)
        }
    }

    @Test func `a certificate of another name is refused at once, without asking for a password`() throws {
        var login = Self.login()
        #expect(next(Self.startup, &login) == .identify(user: "feed"))
        guard case .refuse(let error) = login.authenticate(by: .otherCertificate) else {
            Issue.record("not refused")
            return
        }
        #expect(error.sqlState == "28000" && error.hint != nil)
        #expect(next(Self.startup, &login) == .wait)
    }

    @Test func `a wrong password and an unknown user look the same`() throws {
        var wrong = Self.login()
        var unknown = Self.login()
        let first = try Self.run(&wrong, password: "pen", verifier: Self.verifier, piece: 4096)
        let second = try Self.run(&unknown, password: "pencil", verifier: nil, piece: 4096)
        #expect(first?.sqlState == "28P01")
        #expect(first == second)
    }

    /// Plays the client; nil when it was let in.
    private static func run(
        _ login: inout ClientLogin, password: String, verifier: String?, piece: Int
    ) throws -> SessionError? {
        var client = SCRAMClientExchange(password: password)
        var toServer = startup
        while true {
            var action = ClientLogin.Action.wait
            while toServer.readableBytes > 0 {
                login.received(try required(toServer.readSlice(length: min(piece, toServer.readableBytes))))
                action = login.next()
            }
            if case .identify = action { action = login.authenticate(by: .scram(verifier: verifier)) }
            switch action {
            case .send(var answer):
                let kind: UInt32 = try required(answer.getInteger(at: answer.readerIndex + 5))
                answer.moveReaderIndex(forwardBy: 9)
                toServer = try clientAnswer(kind, answer, &client)
            case .accept(var answer, let method):
                #expect(method == .scram)
                #expect(answer.types == "RR")
                answer.moveReaderIndex(forwardBy: 9)
                let final = try required(answer.readSlice(length: 46))
                try client.verify(serverFinal: String(buffer: final))
                return nil
            case .refuse(let error):
                return error
            case .wait, .startTLS, .startDirectTLS, .cancel, .identify, .close:
                throw MissingValue()
            }
        }
    }

    private static func clientAnswer(
        _ kind: UInt32, _ body: ByteBuffer, _ client: inout SCRAMClientExchange
    ) throws -> ByteBuffer {
        if kind == 10 {
            let first = client.clientFirst
            return .message("p") { buffer in
                buffer.writeString("SCRAM-SHA-256\0")
                buffer.writeInteger(UInt32(first.count))
                buffer.writeBytes(first)
            }
        }
        let proof = try client.answer(serverFirst: String(buffer: body))
        return .message("p") { $0.writeBytes(proof) }
    }
}
