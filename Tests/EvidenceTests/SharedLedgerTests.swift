import Evidence
import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

/// Ledgers in which several gateways write in turn. Where they are kept makes no difference to what they say.
@Suite struct SharedLedgerTests {
    static let start = EntryTime(parsingDateOrTime: "2026-07-01T08:00:00Z")!
    static let policy = PolicyFiles(files: [])
    static let reach = Array(#"{"app.users":{"*":"clear"}}"#.utf8)

    /// A gateway of the ledger, with a key for details of its own.
    private struct Gateway {
        let name: GatewayName
        let sealer: DetailSealer
        let writer: LogWriter

        init(
            _ name: String, _ writer: LogWriter, _ sealer: DetailSealer, auditor: AuditorPublicKey,
            at start: EntryTime = start
        ) throws {
            self.name = GatewayName(name)!
            self.sealer = sealer
            self.writer = writer
            try append(
                GatewayEntries.boot(
                    version: "test", previous: .init(size: 0, root: .emptyRoot), policy: policy.digest,
                    heartbeatMilliseconds: 5000, at: start))
            let epoch = EpochKey.generate()
            let (record, isReadable) = try GatewayEntries.epoch(
                epoch, auditors: [auditor], origin: writer.origin, at: start)
            sealer.begin(epoch, at: try writer.appendDurably(record.recorded(by: self.name)), isReadable: isReadable)
            try append(GatewayEntries.policy(policy, at: start))
        }

        func append(_ record: LogRecord) throws { _ = try writer.append(record.recorded(by: name)) }

        func session(of person: String, in country: String) throws -> SessionEntries {
            let country = Jurisdiction(code: country)!
            let person = Person(
                name: person, employer: "Example", employerCountry: country, location: country, citizenships: [],
                isCovered: false, teams: [], certificateSubjects: [])
            return try SessionEntries(
                SessionFacts(
                    principal: .person(person), store: "s", profile: ContentDigest(of: [1]), policy: policy.digest,
                    isWhollyClear: false, reach: reach, address: "192.0.2.1", gateway: name), sealer: sealer)
        }
    }

    private func write(
        in folder: String, auditor: AuditorPublicKey, _ body: (Gateway, Gateway, LogWriter) throws -> Void
    ) throws -> VerifierKey {
        let key = try SigningKey.generate(name: "ledger.example.test/shared")
        // As a shared store does it: the entry's index is not asked for.
        let sealers = (DetailSealer(origin: key.name), DetailSealer(origin: key.name))
        let writer = try LogWriter(directory: folder, key: key) { _, detail in
            let first = sealers.0.seal(detail)
            return first.isEmpty ? sealers.1.seal(detail) : first
        }
        try body(
            Gateway("a", writer, sealers.0, auditor: auditor),
            Gateway("b", writer, sealers.1, auditor: auditor, at: time(-3000)), writer)
        try writer.close()
        return key.verifierKey
    }

    private func time(_ milliseconds: Int64) -> EntryTime { Self.start.advanced(byMilliseconds: milliseconds) }

    @Test func `the start, stop, beats and clock of one gateway are not another's, and details of both open`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let key = try write(in: folder.path, auditor: auditor.publicKey) { a, b, writer in
            var alice = try a.session(of: "alice", in: "US")
            var bob = try b.session(of: "bob", in: "DE")
            _ = try writer.append(alice.opened(at: time(10)))
            // This gateway's clock is three seconds behind.
            _ = try writer.append(bob.opened(at: time(-2990)))
            for beat in 1...3 as ClosedRange<UInt64> {
                let at = Int64(beat) * 5000
                try a.append(
                    GatewayEntries.heartbeat(beat: beat, sessions: 1, intervalMilliseconds: 5000, at: time(at)))
                try b.append(
                    GatewayEntries.heartbeat(
                        beat: beat, sessions: 1, intervalMilliseconds: 5000, at: time(at - 3000)))
            }
            _ = try writer.append(
                alice.statement(sql: Array("select 1".utf8), tables: .anything, at: time(15_100)))
            try b.append(GatewayEntries.stopped(at: time(12_200)))
            _ = try writer.append(
                alice.outcome(StatementOutcome(statement: 1, rows: 7, bytes: 1, microseconds: 1), at: time(15_200)))
            _ = try writer.append(alice.closed(.client, at: time(15_300)))
            try a.append(GatewayEntries.stopped(at: time(15_400)))
        }
        let directory = LogDirectory(folder.path)
        let verification = try LedgerVerification.run(directory, key: key)
        #expect(verification.isSound, "\(verification.findings.kept)")
        #expect(verification.findings.count(.gap) == 0, "\(verification.findings.kept)")
        let report = Audit(AuditQuery()).run(directory, key: key, auditor: try AuditorAccess(auditor))
        #expect(report.isProvedComplete && report.text.contains("alice"))
        let access = try AuditorAccess(auditor)
        let openings = try (0..<UInt64(verification.log.size)).compactMap { index in
            let shown = try ShownEntry(EntryIndex(index), in: directory, key: key, auditor: access)
            return shown.entry.kind == .session ? shown.detail?.principal : nil
        }
        #expect(openings == ["alice", "bob"])
    }

    @Test func `a gateway that others went on without is told of`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let key = try write(in: folder.path, auditor: auditor.publicKey) { a, b, _ in
            for beat in 1...6 as ClosedRange<UInt64> {
                try a.append(
                    GatewayEntries.heartbeat(
                        beat: beat, sessions: 0, intervalMilliseconds: 5000, at: time(Int64(beat) * 5000)))
                guard beat < 3 else { continue }
                try b.append(
                    GatewayEntries.heartbeat(
                        beat: beat, sessions: 0, intervalMilliseconds: 5000, at: time(Int64(beat) * 5000)))
            }
            try a.append(GatewayEntries.stopped(at: time(30_100)))
        }
        let findings = try LedgerVerification.run(LogDirectory(folder.path), key: key).findings
        let silence = try #require(findings.kept.first { $0.kind == .silence })
        #expect(silence.what.contains("no entry of gateway b between"))
        #expect(silence.times == time(10_000)...time(30_100))
        #expect(findings.count(.failure) == 0)
    }

    @Test func `a session of one gateway does not outlive its start, and another's does`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let key = try write(in: folder.path, auditor: auditor.publicKey) { a, b, writer in
            var alice = try a.session(of: "alice", in: "US")
            var bob = try b.session(of: "bob", in: "DE")
            _ = try writer.append(alice.opened(at: time(10)))
            _ = try writer.append(bob.opened(at: time(10)))
            try a.append(
                GatewayEntries.boot(
                    version: "test", previous: .init(size: 0, root: .emptyRoot), policy: Self.policy.digest,
                    heartbeatMilliseconds: 5000, at: time(20)))
            _ = try writer.append(bob.closed(.client, at: time(30)))
            _ = try writer.append(alice.closed(.client, at: time(30)))
        }
        let findings = try LedgerVerification.run(LogDirectory(folder.path), key: key).findings
        #expect(findings.counts[.entryAfterClose] == 1)
        #expect(findings.count(.failure) == 1, "\(findings.kept)")
        #expect(findings.kept.contains { $0.what.contains("gateway a ended") && $0.what.contains("1 session ended") })
    }

    @Test func `when the beginning is pruned, starts of gateways that are new are no ends of old ones`() throws {
        let folder = try TemporaryDirectory()
        let period = try #require(RetentionPeriod(parsing: "10 years"))
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let key = try write(in: folder.path, auditor: auditor.publicKey) { a, b, writer in
            var alice = try a.session(of: "alice", in: "US")
            _ = try writer.append(alice.opened(at: time(10)))
            for beat in 1...200 as ClosedRange<UInt64> {
                for gateway in [a, b] {
                    try gateway.append(
                        GatewayEntries.heartbeat(
                            beat: beat, sessions: 1, intervalMilliseconds: 5000, at: time(Int64(beat) * 5000)))
                }
            }
            _ = try writer.append(alice.closed(.client, at: time(1_000_100)))
            let c = try Gateway(
                "c", writer, DetailSealer(origin: writer.origin), auditor: auditor.publicKey, at: time(1_000_200))
            let rule = try writer.appendDurably(
                GatewayEntries.retention(RetentionRule(entries: period), at: time(1_000_300)).recorded(by: c.name))
            _ = try writer.appendDurably(
                GatewayEntries.pruning(before: 256, under: rule, period, at: time(1_000_400)).recorded(by: c.name))
            try writer.prune(before: 256)
            for gateway in [a, b, c] { try gateway.append(GatewayEntries.stopped(at: time(1_000_500))) }
        }
        let findings = try LedgerVerification.run(LogDirectory(folder.path), key: key).findings
        #expect(findings.count(.failure) == 0, "\(findings.kept)")
        #expect(findings.counts[.pruned] == 1 && findings.counts[.sessionPruned] == 1, "\(findings.kept)")
        #expect(findings.counts[.crash] == nil && findings.counts[.beatMissing] == nil, "\(findings.kept)")
    }

    @Test func `a gateway's name that is none makes the entry ill-formed`() throws {
        for name in ["", "a b", "ü", String(repeating: "a", count: 65)] {
            #expect(GatewayName(name) == nil)
            let text =
                #"{"v":1,"kind":"freeze","time":"2026-12-31T23:59:59.000Z","successor":null,"gateway":"\#(name)"}"#
            #expect(throws: EntryError.self) { try Entry(parsing: Array(text.utf8)) }
        }
    }
}
