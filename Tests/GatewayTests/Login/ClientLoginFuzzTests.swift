import NIOCore
import PostgresWire
import TestSupport
import Testing

@testable import Gateway

/// A login takes its bytes from anybody who reaches the port.
struct ClientLoginFuzzTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `no bytes but a proof let anybody in, and none keep a login from ending`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var login = ClientLoginTests.login(
                offersTLS: Bool.random(using: &generator), requiresTLS: Bool.random(using: &generator))
            var bytes = Self.conversation(&generator)
            var hasEnded = false
            while bytes.readableBytes > 0, !hasEnded {
                let piece = Int.random(in: 1...bytes.readableBytes, using: &generator)
                login.received(try required(bytes.readSlice(length: piece)))
                hasEnded = try Self.drive(&login)
            }
        }
    }

    /// - Returns: Whether the login is over.
    private static func drive(_ login: inout ClientLogin) throws -> Bool {
        // Each action takes bytes or ends the login: more of them than there are bytes is a loop.
        for _ in 0..<ClientLogin.startupBytesMax {
            var action = login.next()
            if case .identify = action {
                action = login.authenticate(by: .scram(verifier: ClientLoginTests.verifier))
            }
            switch action {
            case .wait: return false
            case .send, .identify: continue
            case .startTLS, .startDirectTLS: login.handshakeCompleted()
            case .cancel, .refuse, .close: return true
            case .accept: throw LetIn()
            }
        }
        throw NeverEnds()
    }

    private struct LetIn: Error {}
    private struct NeverEnds: Error {}

    /// What a client might say, with some bytes changed, left out, repeated or made up.
    private static func conversation(_ generator: inout SeededGenerator) -> ByteBuffer {
        let first = "n,,n=,r=rOprNGfwEbeRWgbNEkqO"
        let initial = ByteBuffer.message("p") { buffer in
            buffer.writeString("SCRAM-SHA-256\0")
            buffer.writeInteger(UInt32(first.utf8.count))
            buffer.writeString(first)
        }
        let final = ByteBuffer.message("p") { buffer in
            buffer.writeString("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        }
        let parts = [
            ClientLoginTests.sslRequest, ClientLoginTests.packet(80_877_104),
            ClientLoginTests.packet(80_877_102, "12345678"),
            ClientLoginTests.startup, ClientLoginTests.packet(0x0003_0002, "user\0feed\0_pq_.x\0y\0\0"), initial, final,
        ]
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            bytes += Array(buffer: parts.randomElement(using: &generator) ?? initial)
        }
        for _ in 0..<Int.random(in: 0...6, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = .random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(.random(in: 0...255, using: &generator), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return ByteBuffer(bytes: bytes)
    }
}
