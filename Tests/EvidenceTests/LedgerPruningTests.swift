import Evidence
import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

@Suite struct LedgerPruningTests {
    private let key: SigningKey
    private let period: RetentionPeriod
    private let old = EntryTime(parsingDateOrTime: "2010-07-01T08:00:00Z")!
    private let new = EntryTime(parsingDateOrTime: "2026-07-01T08:00:00Z")!

    init() throws {
        key = try SigningKey(name: "ledger.example.test/pruning", seed: [UInt8](repeating: 1, count: 32))
        period = try #require(RetentionPeriod(parsing: "10 years"))
    }

    /// 600 old heartbeats, a session across the boundary, then a start with a rule and what `prune` adds.
    private func ledger(
        _ folder: TemporaryDirectory, stopped: Bool = true, _ prune: (LogWriter, EntryIndex) throws -> Void
    ) throws {
        let writer = try LogWriter(directory: folder.path, key: key) { $1 }
        let policy = PolicyFiles(files: [])
        func boot(at time: EntryTime) throws {
            let head = GatewayEntries.Head(try writer.publishCheckpoint())
            _ = try writer.append(
                GatewayEntries.boot(
                    version: "test", previous: head, policy: policy.digest, heartbeatMilliseconds: 5000, at: time))
            _ = try writer.append(GatewayEntries.policy(policy, at: time))
        }
        try boot(at: old)
        for beat in UInt64(1)...600 {
            _ = try writer.append(
                GatewayEntries.heartbeat(
                    beat: beat, sessions: 0, intervalMilliseconds: 5000,
                    at: old.advanced(byMilliseconds: Int64(beat) * 5000)))
        }
        if stopped { _ = try writer.append(GatewayEntries.stopped(at: old.advanced(byMilliseconds: 3_005_000))) }
        try boot(at: new)
        let rule = try writer.appendDurably(GatewayEntries.retention(RetentionRule(entries: period), at: new))
        try prune(writer, rule)
        _ = try writer.append(GatewayEntries.stopped(at: new))
        try writer.close()
    }

    private func verification(_ folder: TemporaryDirectory) throws -> LedgerVerification {
        try LedgerVerification.run(LogDirectory(folder.path), key: key.verifierKey)
    }

    private func failures(_ folder: TemporaryDirectory) throws -> [Finding.Kind] {
        try verification(folder).findings.kept.filter { $0.weight == .failure }.map(\.kind)
    }

    @Test func `a ledger that was pruned by its rule is sound, and says from where on it speaks`() throws {
        let folder = try TemporaryDirectory()
        try ledger(folder) { writer, rule in
            _ = try writer.appendDurably(GatewayEntries.pruning(before: 512, under: rule, period, at: new))
            try writer.prune(before: 512)
        }
        let verification = try verification(folder)
        #expect(verification.isSound, "\(verification.findings.kept)")
        #expect(verification.log.minimum == 512)
        let found = verification.findings.kept.filter { [.pruned, .pruning].contains($0.kind) }
        #expect(found.map(\.kind) == [.pruned, .pruning])
        #expect(found[0].index == EntryIndex(512))
        #expect(found[1].what == "the entries before 512 were pruned: entry 605 keeps them for 10 years")
    }

    @Test func `an audit is complete for the time that is kept, and not for what was pruned`() throws {
        let folder = try TemporaryDirectory()
        try ledger(folder) { writer, rule in
            _ = try writer.appendDurably(GatewayEntries.pruning(before: 512, under: rule, period, at: new))
            try writer.prune(before: 512)
        }
        func report(from: String?) throws -> AuditReport {
            var query = AuditQuery()
            query.from = from.flatMap { EntryTime(parsingDateOrTime: $0) }
            return Audit(query).run(LogDirectory(folder.path), key: key.verifierKey)
        }
        #expect(try report(from: "2026-01-01").isProvedComplete)
        for from in [nil, "2010-07-01"] {
            let report = try report(from: from)
            #expect(!report.isProvedComplete)
            #expect(report.text.contains("the entries before it were pruned"), "\(report.text)")
        }
    }

    @Test func `entries that are gone without an entry that says so are a failure`() throws {
        let folder = try TemporaryDirectory()
        try ledger(folder) { writer, _ in try writer.prune(before: 512) }
        #expect(try failures(folder) == [.prunedUnsaid])
        let other = try TemporaryDirectory()
        try ledger(other) { writer, rule in
            _ = try writer.appendDurably(GatewayEntries.pruning(before: 256, under: rule, period, at: new))
            try writer.prune(before: 512)
        }
        #expect(try failures(other) == [.prunedUnsaid])
    }

    @Test func `a pruning under another rule than the ledger's, or ahead of itself, is a failure`() throws {
        let shorter = try #require(RetentionPeriod(parsing: "1 day"))
        for (minimum, ruleOffset, period) in [(256, 0, shorter), (256, 1, period), (1024, 0, period)] {
            let folder = try TemporaryDirectory()
            try ledger(folder) { writer, rule in
                _ = try writer.appendDurably(
                    GatewayEntries.pruning(
                        before: UInt64(minimum), under: EntryIndex(rule.rawValue - UInt64(ruleOffset)), period, at: new)
                )
            }
            #expect(try failures(folder) == [.pruningAgainstRule])
        }
    }

    @Test func `a session whose opening was pruned casts doubt, until the next start`() throws {
        let folder = try TemporaryDirectory()
        let writer = try LogWriter(directory: folder.path, key: key) { $1 }
        let policy = PolicyFiles(files: [])
        _ = try writer.append(
            GatewayEntries.boot(
                version: "test", previous: .init(size: 0, root: .emptyRoot), policy: policy.digest,
                heartbeatMilliseconds: 5000, at: old))
        let home = try #require(Jurisdiction(code: "US"))
        let person = Person(
            name: "alice", employer: "Example", employerCountry: home, location: home, citizenships: [],
            isCovered: false, teams: [], certificateSubjects: [])
        let sealer = DetailSealer(origin: key.name)
        let epochKey = EpochKey.generate()
        let (record, isReadable) = try GatewayEntries.epoch(epochKey, auditors: [], origin: key.name, at: old)
        sealer.begin(epochKey, at: try writer.appendDurably(record), isReadable: isReadable)
        var entries = try SessionEntries(
            SessionFacts(
                principal: .person(person), store: "social", profile: ContentDigest(of: [1]), policy: policy.digest,
                isWhollyClear: false, reach: Array(#"{"app.users":{"*":"clear"}}"#.utf8), address: "192.0.2.1"),
            sealer: sealer)
        _ = try writer.append(entries.opened(at: old))
        for beat in UInt64(1)...300 {
            _ = try writer.append(
                GatewayEntries.heartbeat(beat: beat, sessions: 1, intervalMilliseconds: 5000, at: old))
        }
        _ = try writer.append(
            entries.statement(sql: Array("select 1".utf8), tables: .anything, at: new))
        _ = try writer.append(entries.closed(.client, at: new))
        let rule = try writer.appendDurably(GatewayEntries.retention(RetentionRule(entries: period), at: new))
        _ = try writer.appendDurably(GatewayEntries.pruning(before: 256, under: rule, period, at: new))
        try writer.prune(before: 256)
        _ = try writer.append(GatewayEntries.stopped(at: new))
        try writer.close()
        let verification = try verification(folder)
        #expect(verification.isSound, "\(verification.findings.kept)")
        #expect(verification.findings.counts[.sessionPruned] == 1)
        var query = AuditQuery()
        query.from = EntryTime(parsingDateOrTime: "2026-01-01")
        #expect(!Audit(query).run(LogDirectory(folder.path), key: key.verifierKey).isProvedComplete)
    }
}
