import NIOCore
import TestSupport
import Testing

@testable import Gateway

/// Both ends of a session may send anything.
struct RelayFuzzTests {
    @Test(arguments: TranscriptTests.names)
    func `damaged messages of either side release nothing that is not durable`(name: String) throws {
        let lines = try TranscriptTests.lines(name)
        for seed: UInt64 in 1...12 {
            var generator = SeededGenerator(seed: seed)
            var relay = try Fixture.relay(FakeLedger())
            for line in lines {
                let bytes = Self.damaged(line.bytes, &generator)
                if line.isClient { relay.client(bytes) } else { relay.server(bytes) }
                // Of the ledger only the session's own entry is durable: no row, no tag and no copied data may leave.
                #expect(!relay.takeClient().types.contains { "DTCdGH".contains($0) }, "seed \(seed)")
                _ = relay.takeUpstream()
            }
            relay.clientClosed()
            relay.upstreamClosed()
        }
    }

    private static func damaged(_ message: ByteBuffer, _ generator: inout SeededGenerator) -> ByteBuffer {
        var bytes = Array(buffer: message)
        // Most messages stay whole, else nothing behind the first would be reached.
        guard !bytes.isEmpty, Int.random(in: 0..<8, using: &generator) == 0 else { return message }
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[place] = .random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(.random(in: 0...255, using: &generator), at: place)
            case 3: bytes += bytes[place...]
            default: bytes.removeSubrange(place...)
            }
        }
        return ByteBuffer(bytes: bytes)
    }
}
