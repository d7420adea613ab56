import Evidence
import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

/// Audits of ledgers written for the purpose, whose answers are known.
@Suite struct AuditTests {
    static let start = EntryTime(parsingDateOrTime: "2026-07-01T08:00:00Z")!

    /// One person's or service's doings.
    struct Reader {
        var name: String
        var located: String
        var isCovered = false
        var reach: String
        var statements: [(tables: [String]?, rows: UInt64, sqlstate: String?)]
    }

    /// Writes a ledger in `folder` and closes it.
    static func write(_ readers: [Reader], in folder: String, auditors: [AuditorPublicKey] = []) throws -> SigningKey {
        let key = try SigningKey.generate(name: "ledger.example.test/audit")
        let sealer = DetailSealer(origin: key.name)
        let writer = try LogWriter(directory: folder, key: key) { sealer.seal($0, $1) }
        var milliseconds = start.millisecondsSince1970
        func now() -> EntryTime {
            milliseconds += 10
            return EntryTime(millisecondsSince1970: milliseconds)
        }
        let policy = PolicyFiles(files: [])
        _ = try writer.append(
            GatewayEntries.boot(
                version: "test", previous: .init(size: 0, root: .emptyRoot), policy: policy.digest,
                heartbeatMilliseconds: 5000, at: now()))
        let epoch = EpochKey.generate()
        let (record, isReadable) = try GatewayEntries.epoch(epoch, auditors: auditors, origin: key.name, at: now())
        sealer.begin(epoch, at: try writer.appendDurably(record), isReadable: isReadable)
        _ = try writer.append(GatewayEntries.policy(policy, at: now()))
        for reader in readers {
            let person = Person(
                name: reader.name, employer: "Example", employerCountry: Jurisdiction(code: reader.located)!,
                location: Jurisdiction(code: reader.located)!, citizenships: [], isCovered: reader.isCovered, teams: [],
                certificateSubjects: [])
            var entries = try SessionEntries(
                SessionFacts(
                    principal: .person(person), store: "social", profile: ContentDigest(of: Array(reader.reach.utf8)),
                    policy: policy.digest, isWhollyClear: false, reach: Array(reader.reach.utf8), address: "192.0.2.1"),
                sealer: sealer)
            _ = try writer.append(entries.opened(at: now()))
            for (position, statement) in reader.statements.enumerated() {
                let tables = statement.tables.map { names in
                    EntryTables.exactly(names.map { TableName(schema: "app", table: $0) })
                }
                _ = try writer.append(
                    entries.statement(
                        sql: Array("select \(position) /* \(reader.name) */".utf8), tables: tables ?? .anything,
                        at: now()))
                _ = try writer.append(
                    entries.outcome(
                        StatementOutcome(
                            statement: UInt64(position + 1), rows: statement.rows, bytes: 10, microseconds: 5,
                            sqlstate: statement.sqlstate), at: now()))
            }
            _ = try writer.append(entries.closed(.client, at: now()))
        }
        _ = try writer.append(GatewayEntries.stopped(at: now()))
        try writer.close()
        return key
    }

    static let clearReach = #"{"app.users":{"*":"clear"}}"#
    static let maskedReach = #"{"app.users":{"*":"clear","US":"masked"}}"#
    static let hiddenReach = #"{"app.users":{"*":"clear","US":"hidden"}}"#
    static let readers = [
        Reader(
            name: "alice", located: "US", reach: clearReach,
            statements: [(["users"], 7, nil), (["videos"], 3, nil), (nil, 2, nil)]),
        Reader(name: "sasha", located: "SG", reach: maskedReach, statements: [(["users"], 5, nil)]),
        Reader(
            name: "casey", located: "CN", isCovered: true, reach: hiddenReach,
            statements: [(["users"], 4, nil), (nil, 0, "42501"), (["users"], 0, "42501")]),
    ]

    private func answer(_ query: AuditQuery, _ folder: TemporaryDirectory, _ key: SigningKey) throws -> AuditAnswer {
        let report = Audit(query).run(LogDirectory(folder.path), key: key.verifierKey)
        guard case .answered(let answer) = report.result else {
            throw ChildProcessError("not verified: \(report.text)")
        }
        return answer
    }

    @Test func `no access from a place whose sessions could not reach such data, and its attempts are counted`() throws
    {
        let folder = try TemporaryDirectory()
        let key = try Self.write(Self.readers, in: folder.path)
        let china = try answer(
            AuditQuery(located: Jurisdiction(code: "CN"), home: Jurisdiction(code: "US")), folder, key)
        #expect(china.verdict == .complete)
        #expect(china.totals.clear.statements == 0 && china.totals.masked.statements == 0)
        #expect(china.denials.byDatabase == 2)
        #expect(china.sessions.hidden == 1 && china.sessions.all == 1)
    }

    @Test func `an access is a statement that could reach such data, one that names nothing too`() throws {
        let folder = try TemporaryDirectory()
        let key = try Self.write(Self.readers, in: folder.path)
        let america = try answer(AuditQuery(home: Jurisdiction(code: "US")), folder, key)
        #expect(america.totals.clear.statements == 2 && america.totals.clear.rows == 9)
        #expect(america.totals.masked.statements == 1)
        #expect(america.statementsElsewhere == 1)
        let covered = try answer(AuditQuery(home: Jurisdiction(code: "DE"), coveredOnly: true), folder, key)
        #expect(covered.totals.clear.rows == 4)
    }

    @Test func `the time that was asked about bounds the answer`() throws {
        let folder = try TemporaryDirectory()
        let key = try Self.write(Self.readers, in: folder.path)
        let later = try answer(AuditQuery(from: EntryTime(parsingDateOrTime: "2027-01-01")), folder, key)
        #expect(later.verdict == .notCovered)
    }

    @Test func `a table that nobody's reach names gets no answer`() throws {
        let folder = try TemporaryDirectory()
        let key = try Self.write(Self.readers, in: folder.path)
        let report = Audit(AuditQuery(table: "app.nope")).run(LogDirectory(folder.path), key: key.verifierKey)
        #expect(!report.isProvedComplete)
        #expect(
            report.text == """
                NOT ANSWERED: no session's reach in this ledger names the table app.nope.
                  Named are app.users.
                """)
        #expect(String(decoding: report.json, as: UTF8.self).contains("\"verdict\" : \"unknownTable\""))
        let all = try answer(AuditQuery(), folder, key).totals.clear.rows
        #expect(all > 0)
        #expect(try answer(AuditQuery(table: "app.users"), folder, key).totals.clear.rows == all)
    }

    @Test func `a key that opens nothing is refused, not ignored`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let key = try Self.write(Self.readers, in: folder.path, auditors: [auditor.publicKey])
        let query = AuditQuery(located: Jurisdiction(code: "BR"))
        let stranger = try AuditorPrivateKey.generate(name: "stranger")
        let foreign = try Audit(query).run(
            LogDirectory(folder.path), key: key.verifierKey, auditor: AuditorAccess(stranger))
        #expect(!foreign.isProvedComplete && foreign.text.contains("no day's key in this ledger is sealed to it"))
        let copy = try TemporaryDirectory()
        try LogDirectory(folder.path).publish(to: copy.path, verifiedBy: key.verifierKey)
        let published = try Audit(query).run(
            LogDirectory(copy.path), key: key.verifierKey, auditor: AuditorAccess(auditor))
        #expect(!published.isProvedComplete && published.text.contains("no sealed details"))
        #expect(Audit(query).run(LogDirectory(copy.path), key: key.verifierKey).isProvedComplete)
        #expect(
            try Audit(query).run(LogDirectory(folder.path), key: key.verifierKey, auditor: AuditorAccess(auditor))
                .isProvedComplete)
    }

    @Test func `what people wrote cannot steer the auditor's terminal`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let hostile = Reader(
            name: "eve\u{1B}]0;x\u{07}\u{202E}", located: "US", reach: Self.clearReach,
            statements: [(["users"], 1, nil)])
        let key = try Self.write([hostile], in: folder.path, auditors: [auditor.publicKey])
        let report = try Audit(AuditQuery()).run(
            LogDirectory(folder.path), key: key.verifierKey, auditor: AuditorAccess(auditor))
        #expect(report.text.contains("select 0 /* eve\\u{1b}]0;x\\u{7}\\u{202e} */"), "\(report.text)")
        for text in [report.text, String(decoding: report.json, as: UTF8.self)] {
            #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{07}" || $0 == "\u{202E}" })
        }
        #expect(report.text.contains("1 row: "))
    }

    @Test func `a report names no one without an auditor's key, and everyone with it`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let key = try Self.write(Self.readers, in: folder.path, auditors: [auditor.publicKey])
        let directory = LogDirectory(folder.path)
        let outside = Audit(AuditQuery()).run(directory, key: key.verifierKey)
        let inside = try Audit(AuditQuery()).run(directory, key: key.verifierKey, auditor: AuditorAccess(auditor))
        for name in ["alice", "sasha", "casey"] {
            #expect(!outside.text.contains(name) && !String(decoding: outside.json, as: UTF8.self).contains(name))
            #expect(inside.text.contains(name) && String(decoding: inside.json, as: UTF8.self).contains(name))
        }
        #expect(inside.text.contains("select 0 /* alice */"))
        #expect(outside.text.contains("Proved complete."))
    }

    @Test func `a flipped byte makes the report say which file, and nothing else`() throws {
        let folder = try TemporaryDirectory()
        let key = try Self.write(Self.readers, in: folder.path)
        let copy = try TemporaryDirectory()
        try LogDirectory(folder.path).publish(to: copy.path, verifiedBy: key.verifierKey)
        let path = try #require(
            FileManager.default.subpaths(atPath: copy.path)?.first {
                $0.hasPrefix("tile/0/") && $0.contains(".p/") && !$0.hasSuffix(".p")
            })
        var bytes = try Data(contentsOf: URL(filePath: copy.file(path)))
        bytes[40] ^= 1
        try FileManager.default.removeItem(atPath: copy.file(path))
        try bytes.write(to: URL(filePath: copy.file(path)))
        let report = Audit(AuditQuery()).run(LogDirectory(copy.path), key: key.verifierKey)
        #expect(!report.isProvedComplete)
        #expect(report.text.contains("NOT VERIFIED") && report.text.contains("tile/0/000"))
        #expect(!report.text.contains("access"))
    }

    @Test func `a session whose entries do not add up is a failure, and the answer not proved`() throws {
        let folder = try TemporaryDirectory()
        let key = try SigningKey.generate(name: "ledger.example.test/audit")
        let sealer = DetailSealer(origin: key.name)
        let writer = try LogWriter(directory: folder.path, key: key) { sealer.seal($0, $1) }
        _ = try writer.append(
            GatewayEntries.boot(
                version: "test", previous: .init(size: 0, root: .emptyRoot), policy: PolicyFiles(files: []).digest,
                heartbeatMilliseconds: 5000, at: Self.start))
        let epoch = EpochKey.generate()
        let (record, isReadable) = try GatewayEntries.epoch(epoch, auditors: [], origin: key.name, at: Self.start)
        sealer.begin(epoch, at: try writer.appendDurably(record), isReadable: isReadable)
        _ = try writer.append(GatewayEntries.policy(PolicyFiles(files: []), at: Self.start))
        let person = Person(
            name: "x", employer: "e", employerCountry: Jurisdiction(code: "CN")!, location: Jurisdiction(code: "CN")!,
            citizenships: [], isCovered: true, teams: [], certificateSubjects: [])
        var entries = try SessionEntries(
            SessionFacts(
                principal: .person(person), store: "s", profile: ContentDigest(of: [1]),
                policy: PolicyFiles(files: []).digest,
                isWhollyClear: false, reach: Array(Self.clearReach.utf8), address: "a"), sealer: sealer)
        _ = try writer.append(entries.opened(at: Self.start))
        _ = entries.statement(sql: Array("select 'left out'".utf8), tables: .anything, at: Self.start)
        _ = try writer.append(entries.closed(.client, at: Self.start))
        try writer.close()
        let verification = try LedgerVerification.run(LogDirectory(folder.path), key: key.verifierKey)
        #expect(!verification.isSound)
        let report = Audit(AuditQuery(located: Jurisdiction(code: "CN"))).run(
            LogDirectory(folder.path), key: key.verifierKey)
        #expect(report.text.contains("NOT proved complete"))
    }

    @Test func `a crash is dated by the last entry before it`() throws {
        let folder = try TemporaryDirectory()
        let key = try SigningKey.generate(name: "ledger.example.test/audit")
        let policy = PolicyFiles(files: [])
        func boot(_ previous: GatewayEntries.Head, at milliseconds: Int64) -> LogRecord {
            GatewayEntries.boot(
                version: "test", previous: previous, policy: policy.digest, heartbeatMilliseconds: 5000,
                at: Self.start.advanced(byMilliseconds: milliseconds))
        }
        let first = try LogWriter(directory: folder.path, key: key) { _, _ in [] }
        _ = try first.append(boot(.init(size: 0, root: .emptyRoot), at: 0))
        _ = try first.append(GatewayEntries.policy(policy, at: Self.start.advanced(byMilliseconds: 4132)))
        try first.close()
        let second = try LogWriter(directory: folder.path, key: key) { _, _ in [] }
        _ = try second.append(boot(GatewayEntries.Head(try second.publishCheckpoint()), at: 3_600_000))
        _ = try second.append(GatewayEntries.stopped(at: Self.start.advanced(byMilliseconds: 3_600_100)))
        try second.close()
        let verification = try LedgerVerification.run(LogDirectory(folder.path), key: key.verifierKey)
        let crash = try #require(verification.findings.kept.first { $0.kind == .crash })
        #expect(
            crash.what
                == "the gateway ended without closing the ledger after 2026-07-01T08:00:04.132Z, and started again at "
                + "2026-07-01T09:00:00.000Z; 0 sessions ended with it")
        #expect(crash.times?.lowerBound == Self.start.advanced(byMilliseconds: 4132))
    }

    @Test func `one entry is shown under the signed checkpoint, its detail with a key`() throws {
        let folder = try TemporaryDirectory()
        let auditor = try AuditorPrivateKey.generate(name: "auditor")
        let key = try Self.write(Self.readers, in: folder.path, auditors: [auditor.publicKey])
        let shown = try ShownEntry(
            EntryIndex(4), in: LogDirectory(folder.path), key: key.verifierKey, auditor: AuditorAccess(auditor))
        #expect(shown.entry.kind == .statement)
        #expect(shown.detail?.sql == "select 0 /* alice */" && shown.detail?.principal == "alice")
        let stranger = try AuditorPrivateKey.generate(name: "stranger")
        #expect(throws: (any Error).self) {
            try ShownEntry(
                EntryIndex(4), in: LogDirectory(folder.path), key: key.verifierKey, auditor: AuditorAccess(stranger))
        }
    }

    /// A ledger of one session that listens, closed in good order.
    private func listener(isWhollyClear: Bool, of statement: UInt64?, in folder: String) throws -> SigningKey {
        let key = try SigningKey.generate(name: "ledger.example.test/audit")
        let sealer = DetailSealer(origin: key.name)
        let writer = try LogWriter(directory: folder, key: key) { sealer.seal($0, $1) }
        let policy = PolicyFiles(files: [])
        _ = try writer.append(
            GatewayEntries.boot(
                version: "test", previous: .init(size: 0, root: .emptyRoot), policy: policy.digest,
                heartbeatMilliseconds: 5000, at: Self.start))
        let epoch = EpochKey.generate()
        let (record, isReadable) = try GatewayEntries.epoch(epoch, auditors: [], origin: key.name, at: Self.start)
        sealer.begin(epoch, at: try writer.appendDurably(record), isReadable: isReadable)
        _ = try writer.append(GatewayEntries.policy(policy, at: Self.start))
        let service = Service(name: "feed", location: Jurisdiction(code: "US")!, teams: [], scramVerifier: "")
        var entries = try SessionEntries(
            SessionFacts(
                principal: .service(service), store: "social", profile: ContentDigest(of: [1]), policy: policy.digest,
                isWhollyClear: isWhollyClear, reach: Array(Self.clearReach.utf8), address: "a"), sealer: sealer)
        _ = try writer.append(entries.opened(at: Self.start))
        _ = try writer.append(entries.statement(sql: Array("LISTEN x".utf8), tables: .anything, at: Self.start))
        _ = try writer.append(entries.notifications(2, bytes: 30, of: statement, at: Self.start))
        _ = try writer.append(
            entries.outcome(StatementOutcome(statement: 1, rows: 0, bytes: 0, microseconds: 5), at: Self.start))
        _ = try writer.append(entries.notifications(1, bytes: 10, of: statement, at: Self.start))
        _ = try writer.append(entries.closed(.client, at: Self.start))
        _ = try writer.append(GatewayEntries.stopped(at: Self.start))
        try writer.close()
        return key
    }

    @Test func `a client that listens leaves a ledger that verifies, and its notifications are rows`() throws {
        for statement in [1, nil] as [UInt64?] {
            let folder = try TemporaryDirectory()
            let key = try listener(isWhollyClear: true, of: statement, in: folder.path)
            let verification = try LedgerVerification.run(LogDirectory(folder.path), key: key.verifierKey)
            #expect(verification.isSound)
            let answer = try answer(AuditQuery(), folder, key)
            #expect(answer.totals.clear.rows == 3 && answer.totals.clear.bytes == 40)
            #expect(answer.totals.clear.statements == 1)
        }
    }

    @Test func `notifications of a statement that was not, or to whom not everything is clear, are failures`() throws {
        for (isWhollyClear, statement) in [(true, 2), (true, 0), (false, 1)] as [(Bool, UInt64)] {
            let folder = try TemporaryDirectory()
            let key = try listener(isWhollyClear: isWhollyClear, of: statement, in: folder.path)
            #expect(try !LedgerVerification.run(LogDirectory(folder.path), key: key.verifierKey).isSound)
        }
    }
}
