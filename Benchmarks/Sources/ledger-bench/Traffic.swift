import Ringfence
import TransparencyLog

/// A gateway's entries, in the order and of the size that it writes them: sessions that alternate statements and
/// outcomes, each statement with a detail.
struct Traffic {
    /// What they come to; printed beside the figures.
    static let typicalEntryBytes = 280
    static let typicalDetailBytes = 220

    private static let sessionCount = 64
    private static let reach = Array(#"{"app.users":{"*":"clear","US":"masked"},"app.messages":{"*":"clear"}}"#.utf8)
    private static let sql = Array(
        "SELECT id, handle, email, created_at FROM app.users WHERE country = $1 AND id > $2 ORDER BY id LIMIT 50".utf8)

    let sealer: DetailSealer
    private var sessions: [SessionEntries] = []
    private var first: [LogRecord] = []
    private var number = 0
    private var milliseconds: Int64 = 1_780_000_000_000
    private let tables = EntryTables.exactly([TableName(schema: "app", table: "users")])

    init(origin: String) { sealer = DetailSealer(origin: origin) }

    /// Boot, epoch, policy and the sessions' openings.
    ///
    /// - Parameter isSealed: Details are encrypted to an auditor; if not, they are committed to and not kept.
    mutating func begin(_ log: LogWriter, isSealed: Bool) throws {
        let policy = PolicyFiles(files: [])
        _ = try log.append(
            GatewayEntries.boot(
                version: "bench", previous: .init(size: 0, root: .emptyRoot), policy: policy.digest,
                heartbeatMilliseconds: 5000, at: now()))
        let auditors = isSealed ? [try AuditorPrivateKey.generate(name: "bench").publicKey] : []
        let epoch = EpochKey.generate()
        let (record, isReadable) = try GatewayEntries.epoch(epoch, auditors: auditors, origin: log.origin, at: now())
        sealer.begin(epoch, at: try log.appendDurably(record), isReadable: isReadable)
        _ = try log.append(GatewayEntries.policy(policy, at: now()))
        guard let us = Jurisdiction(code: "US") else { throw BenchmarkError("no such jurisdiction") }
        for number in 0..<Self.sessionCount {
            let person = Person(
                name: "person\(number)", employer: "Example", employerCountry: us, location: us, citizenships: [],
                isCovered: false, teams: [], certificateSubjects: [])
            var session = try SessionEntries(
                SessionFacts(
                    principal: .person(person), store: "social", profile: ContentDigest(of: Self.reach),
                    policy: policy.digest, isWhollyClear: false, reach: Self.reach, address: "192.0.2.1:50000"),
                sealer: sealer)
            _ = try log.append(session.opened(at: now()))
            sessions.append(session)
        }
    }

    /// The next entry: a statement of one session, then its outcome.
    mutating func next() -> LogRecord {
        let session = number / 2 % Self.sessionCount
        let isStatement = number % 2 == 0
        number += 1
        milliseconds += isStatement ? 0 : 1
        if isStatement { return sessions[session].statement(sql: Self.sql, tables: tables, at: now()) }
        return sessions[session].outcome(
            StatementOutcome(
                statement: sessions[session].nextStatement - 1, rows: 50, bytes: 4711, microseconds: 812,
                sqlstate: nil), at: now())
    }

    private func now() -> EntryTime { EntryTime(millisecondsSince1970: milliseconds) }
}
