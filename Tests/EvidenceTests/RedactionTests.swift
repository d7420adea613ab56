import Evidence
import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

@Suite struct RedactionTests {
    /// A ledger with one statement, whose detail was erased by `redact`; and the statement's index.
    private func ledger(
        in folder: String, auditor: AuditorPrivateKey, _ redact: (LogWriter, Epoch, EntryIndex) throws -> Void
    ) throws -> (key: VerifierKey, statement: EntryIndex) {
        let key = try SigningKey.generate(name: "ledger.example.test/redaction")
        let sealer = DetailSealer(origin: key.name)
        let writer = try LogWriter(directory: folder, key: key) { sealer.seal($0, $1) }
        let time = EntryTime(parsingDateOrTime: "2026-07-01T08:00:00Z")!
        let policy = PolicyFiles(files: [])
        _ = try writer.append(
            GatewayEntries.boot(
                version: "test", previous: .init(size: 0, root: .emptyRoot), policy: policy.digest,
                heartbeatMilliseconds: 5000, at: time))
        let epochKey = EpochKey.generate()
        let (record, isReadable) = try GatewayEntries.epoch(
            epochKey, auditors: [auditor.publicKey], origin: key.name, at: time)
        sealer.begin(epochKey, at: try writer.appendDurably(record), isReadable: isReadable)
        _ = try writer.append(GatewayEntries.policy(policy, at: time))
        let home = try #require(Jurisdiction(code: "US"))
        let person = Person(
            name: "alice", employer: "Example", employerCountry: home, location: home, citizenships: [],
            isCovered: false, teams: [], certificateSubjects: [])
        var entries = try SessionEntries(
            SessionFacts(
                principal: .person(person), store: "social", profile: ContentDigest(of: [1]), policy: policy.digest,
                isWhollyClear: false, reach: Array(#"{"app.users":{"*":"clear"}}"#.utf8), address: "192.0.2.1"),
            sealer: sealer)
        _ = try writer.append(entries.opened(at: time))
        let statement = try writer.appendDurably(
            entries.statement(sql: Array("select 'needle'".utf8), tables: .anything, at: time))
        _ = try writer.append(
            entries.outcome(
                StatementOutcome(statement: 1, rows: 3, bytes: 10, microseconds: 5, sqlstate: nil), at: time))
        _ = try writer.append(entries.closed(.client, at: time))
        try redact(writer, try #require(sealer.epoch), statement)
        _ = try writer.append(GatewayEntries.stopped(at: time))
        try writer.close()
        return (key.verifierKey, statement)
    }

    private func record(_ entries: RangeSet<UInt64>, _ epoch: Epoch) -> LogRecord {
        GatewayEntries.redaction(
            of: entries, basis: .request, operator: "dana", reason: "asked to be forgotten", epoch: epoch,
            at: EntryTime(parsingDateOrTime: "2026-07-01T08:00:00Z")!)
    }

    private func answer(_ folder: String, _ key: VerifierKey, _ auditor: AuditorPrivateKey) throws -> AuditAnswer {
        let report = try Audit(AuditQuery()).run(LogDirectory(folder), key: key, auditor: AuditorAccess(auditor))
        guard case .answered(let answer) = report.result else { throw ChildProcessError(report.text) }
        return answer
    }

    @Test func `an erased detail names nobody any more, and counts as before`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let (key, statement) = try ledger(in: folder.path, auditor: auditor) { writer, epoch, statement in
            let entries = RangeSet(statement.rawValue..<statement.rawValue + 1)
            _ = try writer.appendDurably(record(entries, epoch))
            try writer.eraseDetails(of: entries)
        }
        let answer = try answer(folder.path, key, auditor)
        #expect(answer.verdict == .complete && answer.totals.clear.rows == 3)
        let disclosure = try #require(answer.disclosure)
        #expect(disclosure.statements.map(\.sql) == [nil] && disclosure.statements.map(\.name) == ["alice"])
        #expect(disclosure.findings.kept.isEmpty)
        #expect(answer.findings.map(\.kind) == [.redaction])
        #expect(try LogDirectory(folder.path).sealedDetail(statement) == [])
        let shown = try ShownEntry(
            EntryIndex(statement.rawValue + 3), in: LogDirectory(folder.path), key: key, auditor: AuditorAccess(auditor)
        )
        #expect(shown.detail?.reason == "asked to be forgotten" && shown.detail?.principal == "dana")
        #expect(!String(decoding: shown.bytes, as: UTF8.self).contains("dana"))
    }

    @Test func `a detail that is still there, and one that is gone unsaid, are told`() throws {
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let kept = try TemporaryDirectory()
        let (key, statement) = try ledger(in: kept.path, auditor: auditor) { writer, epoch, statement in
            _ = try writer.appendDurably(record(RangeSet(statement.rawValue..<statement.rawValue + 1), epoch))
        }
        let verification = try LedgerVerification.run(LogDirectory(kept.path), key: key)
        #expect(verification.findings.kept.map(\.kind) == [.redaction, .detailKept] && verification.isSound)
        #expect(verification.findings.kept.last?.index == statement)

        let unsaid = try TemporaryDirectory()
        let (other, _) = try ledger(in: unsaid.path, auditor: auditor) { writer, _, statement in
            try writer.eraseDetails(of: RangeSet(statement.rawValue..<statement.rawValue + 1))
        }
        let answer = try answer(unsaid.path, other, auditor)
        #expect(answer.disclosure?.findings.kept.map(\.kind) == [.detailUnreadable])
    }

    @Test func `a redaction of entries that are not there yet is a contradiction`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let (key, _) = try ledger(in: folder.path, auditor: auditor) { writer, epoch, _ in
            _ = try writer.appendDurably(record(RangeSet(0..<1000), epoch))
        }
        let verification = try LedgerVerification.run(LogDirectory(folder.path), key: key)
        #expect(!verification.isSound)
        #expect(verification.findings.kept.contains { $0.kind == .redactionAhead })
    }

    @Test(arguments: [
        #""entries":[]"#, #""entries":[[1]]"#, #""entries":[[2,1]]"#, #""entries":[[1,2],[3,4]]"#,
        #""entries":[[1,18446744073709551615]]"#, #""entries":[[3,4],[1,1]]"#, #""entries":[1,2]"#,
    ])
    func `ranges that are no ranges are no redaction`(entries: String) throws {
        let commitment = Data(repeating: 7, count: 32).base64EncodedString()
        func text(_ entries: String) -> [UInt8] {
            Array(
                #"{"v":1,"kind":"redaction","time":"2026-07-01T08:00:00.000Z",\#(entries),"basis":"request","epoch":1,"commitment":"\#(commitment)"}"#
                    .utf8)
        }
        #expect(throws: EntryError.self) { try Entry(parsing: text(entries)) }
        let entry = try Entry(parsing: text(#""entries":[[1,2],[4,4]]"#))
        guard case .redaction(let redaction) = entry.body else { throw ChildProcessError("another kind") }
        #expect(redaction.entries == RangeSet([1..<3, 4..<5]) && redaction.entries.count == 3)
    }

    @Test func `whole bundles are found by their age`() throws {
        let folder = try TemporaryDirectory()
        let key = try SigningKey.generate(name: "ledger.example.test/age")
        let writer = try LogWriter(directory: folder.path, key: key) { $1 }
        let start = EntryTime(parsingDateOrTime: "2026-07-01T08:00:00Z")!
        for number in 0..<Int64(1500) {
            _ = try writer.append(
                GatewayEntries.stopped(at: start.advanced(byMilliseconds: number * 1000)))
        }
        try writer.close()
        let directory = LogDirectory(folder.path)
        for (seconds, expected) in [(0, 0), (255, 0), (256, 256), (1000, 768), (1024, 1024), (9999, 1280)] {
            let time = start.advanced(byMilliseconds: Int64(seconds) * 1000)
            #expect(try directory.bundle(endingBefore: time, size: 1500) == UInt64(expected), "\(seconds)")
        }
    }
}
