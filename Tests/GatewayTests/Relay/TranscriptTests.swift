import Foundation
import NIOCore
import TestSupport
import Testing
import TransparencyLog

@testable import Gateway

/// Replays what real clients and servers said to each other (fixtures: one file for each connection, after its login;
/// `F` from the client, `B` from the server, the number of the socket read, the message).
struct TranscriptTests {
    struct Line {
        var isClient: Bool
        var segment: Int
        var bytes: ByteBuffer
    }

    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder)
        return (files ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }()

    private static var folder: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/wire").path
    }

    static func lines(_ name: String) throws -> [Line] {
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            return Line(
                isClient: line.hasPrefix("F"), segment: try required(Int(parts[0].dropFirst())),
                bytes: ByteBuffer(bytes: try hex(parts[1])))
        }
    }

    private static func hex(_ text: Substring) throws -> [UInt8] {
        let digits = Array(text.utf8)
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            try required(UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16))
        }
    }

    @Test func `there are recordings of every client`() {
        #expect(Self.names.count > 70)
    }

    @Test(arguments: names)
    func `everything a real server answered is attributed and passes unchanged`(name: String) throws {
        let ledger = FakeLedger()
        var relay = try Fixture.relay(ledger)
        var answers = ByteBuffer()
        for line in try Self.lines(name) {
            if line.isClient { relay.client(line.bytes) } else { relay.server(line.bytes) }
            if !line.isClient { answers.writeImmutableBuffer(line.bytes) }
            try #require(relay.end == nil, "\(relay.end.debugDescription)")
        }
        #expect(relay.output.toClient.isEmpty == true)
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient() == answers)
        #expect(relay.tracker.isIdle == true)
        #expect(relay.tracker.openStatements == 0)
        #expect(relay.outcomes.count >= ledger.count - 1)
    }

    /// Which client message each of the server's answers, by the rules of the protocol alone.
    struct Model {
        private var owed: [(type: Character, entries: Int)] = []
        private var last = 1

        mutating func sent(_ types: String, entries: Int) {
            for type in types where "PBDECSQ".contains(type) { owed.append((type, entries)) }
        }

        /// - Returns: How many entries must be durable before this message may be released.
        mutating func answered(_ type: Character) -> Int {
            guard let first = owed.first else { return last }
            last = max(last, first.entries)
            switch (type, first.type) {
            case ("1", _), ("2", _), ("3", _), ("Z", _), ("T", "D"), ("n", "D"), ("C", "E"), ("s", "E"), ("I", "E"):
                owed.removeFirst()
            case ("E", "Q"), ("E", "S"):
                break
            case ("E", _):
                while let next = owed.first, next.type != "S" { owed.removeFirst() }
            default:
                break
            }
            return last
        }
    }

    @Test(arguments: names)
    func `nothing is released before its entry is durable, however bytes are cut`(name: String) throws {
        let lines = try Self.lines(name)
        for seed: UInt64 in 1...4 {
            for mayWrite in [false, true] {
                try replay(lines, mayWrite: mayWrite, seed: seed)
            }
        }
    }

    private func replay(_ lines: [Line], mayWrite: Bool, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let ledger = FakeLedger()
        var relay = try Fixture.relay(ledger, mayWrite: mayWrite)
        var model = Model()
        var durable = 1
        var needed: [Int] = []
        var answers = ByteBuffer()
        var released = ByteBuffer()
        func makeDurable(_ count: Int, _ relay: inout Relay) {
            durable = max(durable, count)
            relay.entriesDurable(through: AppendTicket(UInt64(durable - 1)))
        }
        func check(_ relay: inout Relay) throws {
            released.writeImmutableBuffer(relay.takeClient())
            let sent = relay.takeUpstream()
            if mayWrite, sent.readableBytes > 0 { #expect(durable == ledger.count, "seed \(seed)") }
            model.sent(sent.types, entries: ledger.count)
            if released.readableBytes > 0 {
                #expect(needed[released.readableBytes - 1] <= durable, "seed \(seed)")
            }
            try #require(relay.end == nil, "seed \(seed)")
        }
        for line in lines {
            if line.isClient {
                relay.client(line.bytes)
                if mayWrite {
                    // PostgreSQL answers what it has: a writer's request must have reached it.
                    makeDurable(ledger.count, &relay)
                }
                try check(&relay)
            } else {
                let type = try required(line.bytes.types.first)
                needed += Array(repeating: model.answered(type), count: line.bytes.readableBytes)
                answers.writeImmutableBuffer(line.bytes)
                var rest = line.bytes
                while rest.readableBytes > 0 {
                    let length = Int.random(in: 1...rest.readableBytes, using: &generator)
                    let piece = try required(rest.readSlice(length: length))
                    relay.upstreamSent(piece, at: Fixture.moment())
                    try check(&relay)
                }
                relay.retryRequests(at: Fixture.moment())
                if mayWrite { makeDurable(ledger.count, &relay) }
                try check(&relay)
            }
            if Int.random(in: 0..<3, using: &generator) == 0 {
                makeDurable(Int.random(in: 1...ledger.count, using: &generator), &relay)
                try check(&relay)
            }
        }
        makeDurable(ledger.count, &relay)
        try check(&relay)
        #expect(released == answers, "seed \(seed)")
    }

    @Test(arguments: names)
    func `the client's bytes mean the same cut at every byte and joined`(name: String) throws {
        let lines = try Self.lines(name)
        var whole = ByteBuffer()
        for pieces in [1, 3, Int.max] {
            let ledger = FakeLedger()
            var relay = try Fixture.relay(ledger)
            var sent = ByteBuffer()
            for line in lines {
                if line.isClient {
                    var rest = line.bytes
                    while rest.readableBytes > 0 {
                        let piece = try required(rest.readSlice(length: min(pieces, rest.readableBytes)))
                        relay.client(piece)
                        sent.writeImmutableBuffer(relay.takeUpstream())
                    }
                } else {
                    relay.server(line.bytes)
                    sent.writeImmutableBuffer(relay.takeUpstream())
                }
            }
            try #require(relay.end == nil)
            if pieces == 1 { whole = sent } else { #expect(sent == whole) }
        }
    }
}
