import Evidence
import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

@Suite struct KeyChangeTests {
    private let old: SigningKey
    private let next: SigningKey
    private let time = EntryTime(parsingDateOrTime: "2026-07-01T08:00:00Z")!

    init() throws {
        old = try SigningKey(name: "ledger.example.test/keys", seed: [UInt8](repeating: 1, count: 32))
        next = try SigningKey(name: old.name, seed: [UInt8](repeating: 2, count: 32))
    }

    /// One start of a gateway: what signs, what it says signs, and what it records besides.
    private func run(
        _ folder: String, _ key: SigningKey, saying keys: LogKeys? = nil, recording more: [LogRecord] = []
    ) throws {
        let writer = try LogWriter(directory: folder, key: key) { $1 }
        let policy = PolicyFiles(files: [])
        let head = GatewayEntries.Head(try writer.publishCheckpoint())
        _ = try writer.append(
            GatewayEntries.boot(
                version: "test", previous: head, policy: policy.digest, heartbeatMilliseconds: 5000, at: time))
        _ = try writer.append(GatewayEntries.policy(policy, at: time))
        _ = try writer.append(GatewayEntries.key(keys ?? key.identity, at: time))
        for record in more { _ = try writer.append(record) }
        if more.isEmpty { _ = try writer.append(GatewayEntries.stopped(at: time)) }
        try writer.close()
    }

    private func findings(_ folder: String, _ key: VerifierKey) throws -> [Finding] {
        let verification = try LedgerVerification.run(LogDirectory(folder), key: key)
        #expect(verification.isSound == !verification.findings.kept.contains { $0.weight == .failure })
        return verification.findings.kept.filter { $0.kind != .downtime }
    }

    @Test func `the ledger tells from which entry on which key signs`() throws {
        let folder = try TemporaryDirectory()
        try run(folder.path, old)
        try run(folder.path, old)
        #expect(try findings(folder.path, old.verifierKey) == [])
        let both = try old.rotating(to: next)
        try run(folder.path, both)
        try run(folder.path, next)
        let found = try findings(folder.path, next.verifierKey)
        #expect(found.map(\.kind) == [.keyChange, .keyChange])
        #expect(found.map(\.index.rawValue) == [10, 14])
        #expect(found[0].what.contains("signed by \(next.verifierKey) as well"))
        #expect(found[1].what.contains("no longer signed by \(old.verifierKey)"))
    }

    @Test func `a checkpoint by a key that was given up is not believed, though its signature is good`() throws {
        let folder = try TemporaryDirectory()
        try run(folder.path, old)
        try run(folder.path, try old.rotating(to: next))
        try run(folder.path, next)
        let checkpoint = try LogDirectory(folder.path).checkpoint(verifiedBy: next.verifierKey)
        try folder.write("\(old.sign(checkpoint.checkpoint.text))", to: "checkpoint")
        let found = try findings(folder.path, old.verifierKey)
        #expect(found.map(\.kind).contains(.keyRetired))
    }

    @Test func `what is signed with a compromised key after the freeze contradicts it`() throws {
        let folder = try TemporaryDirectory()
        let successor = try SigningKey.generate(name: "ledger.example.test/next")
        try run(folder.path, old, recording: [GatewayEntries.freeze(successor: successor.verifierKey, at: time)])
        let honest = try findings(folder.path, old.verifierKey)
        #expect(honest.map(\.kind) == [.frozen])
        // Whoever has the key and a copy can write on: but only behind the freeze, for all who have seen it.
        try run(folder.path, old)
        let found = try findings(folder.path, old.verifierKey)
        #expect(found.filter { $0.weight == .failure }.map(\.kind).allSatisfy { $0 == .entryAfterFreeze })
        #expect(found.contains { $0.kind == .entryAfterFreeze })
    }

    @Test func `an entry about keys has one to sixteen of one log, each once`() throws {
        func entry(_ keys: [VerifierKey]) throws -> Entry {
            let list = keys.map { "\"\($0)\"" }.joined(separator: ",")
            return try Entry(
                parsing: Array(#"{"v":1,"kind":"key","time":"2026-07-01T08:00:00.000Z","keys":[\#(list)]}"#.utf8))
        }
        guard case .key(let record) = try entry([old.verifierKey, next.verifierKey]).body else {
            Issue.record("not a key entry")
            return
        }
        #expect(record.keys.keys == [old.verifierKey, next.verifierKey])
        let written = GatewayEntries.key(record.keys, at: time).entry
        #expect(try Entry(parsing: written) == entry([old.verifierKey, next.verifierKey]))
        let other = try SigningKey.generate(name: "ledger.example.test/other").verifierKey
        for keys in [[], [old.verifierKey, old.verifierKey], [old.verifierKey, other]] {
            #expect(throws: EntryError.self) { try entry(keys) }
        }
    }
}
