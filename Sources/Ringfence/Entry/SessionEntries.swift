public import TransparencyLog

/// Builds the entries of one session, in their order: opened, then statements and outcomes, then closed.
///
/// Everything that does not change is serialised once; what does is appended without formatters. A copy would number
/// its entries as the original does: keep one.
public struct SessionEntries: Sendable {
    public let pseudonym: SessionPseudonym
    /// The number of the next statement, from 1.
    public private(set) var nextStatement: UInt64 = 1
    /// The sequence number of the session's next entry, from 0.
    public private(set) var nextSequence: UInt64 = 0

    /// As many outcomes as one entry holds.
    public static let outcomesMax = 256

    /// Whether the session's opening says that everything in the store is clear to it.
    public var isWhollyClear: Bool { facts.isWhollyClear }

    private let facts: SessionFacts
    private let sealer: DetailSealer
    private var lastEpoch: Epoch
    private let statementIdentity: [UInt8]
    private let outcomeIdentity: [UInt8]
    private let detailIdentity: [UInt8]
    private var salts = SaltSource()
    private var lastTakesStatement = false

    /// - Throws: ``SealError`` if the sealer has no epoch yet.
    public init(_ facts: SessionFacts, sealer: DetailSealer, pseudonym: SessionPseudonym = .random())
        throws(SealError)
    {
        guard let epoch = sealer.epoch else { throw .sealing("no epoch has begun") }
        self.facts = facts
        self.sealer = sealer
        lastEpoch = epoch
        self.pseudonym = pseudonym
        var writer = EntryWriter(capacity: 256)
        Self.identity(pseudonym, facts, to: &writer)
        writer.raw(",\"profile\":\"")
        writer.hexadecimal(facts.profile.bytes)
        writer.raw("\",\"seq\":")
        statementIdentity = writer.bytes
        writer = EntryWriter(capacity: 64)
        writer.raw("\",\"session\":\"")
        writer.hexadecimal(pseudonym.bytes)
        writer.raw("\",\"seq\":")
        outcomeIdentity = writer.bytes
        writer = EntryWriter(capacity: 256)
        writer.raw(",\"session\":\"")
        writer.hexadecimal(pseudonym.bytes)
        writer.raw("\",\"principal\":")
        writer.string(facts.principalName)
        detailIdentity = writer.bytes
    }

    private static func identity(_ pseudonym: SessionPseudonym, _ facts: SessionFacts, to writer: inout EntryWriter) {
        writer.raw("\",\"session\":\"")
        writer.hexadecimal(pseudonym.bytes)
        writer.raw("\",\"located\":\"")
        writer.raw(Array(facts.located.code.utf8))
        writer.raw("\",\"covered\":")
        writer.bool(facts.isCovered)
        writer.raw(",\"principal\":\"")
        writer.raw(Array(facts.principalKind.rawValue.utf8))
        writer.raw("\"")
    }

    /// The record just built was not taken by the log: its numbers are free again.
    ///
    /// Call it right after the failed append; without it the sequence would show a gap.
    public mutating func discardLast() {
        guard nextSequence > 0 else { return }
        nextSequence -= 1
        if lastTakesStatement { nextStatement -= 1 }
        lastTakesStatement = false
    }

    /// The session's first entry.
    public mutating func opened(at time: EntryTime) -> LogRecord {
        var writer = EntryWriter(capacity: 512 + facts.reach.count)
        writer.raw("{\"v\":1,\"kind\":\"session\",\"time\":\"")
        writer.time(time)
        Self.identity(pseudonym, facts, to: &writer)
        writer.raw(",\"seq\":")
        writer.decimal(takeSequence())
        writer.raw(",\"store\":")
        writer.string(facts.store)
        writer.raw(",\"profile\":\"")
        writer.hexadecimal(facts.profile.bytes)
        writer.raw("\",\"policy\":\"")
        writer.hexadecimal(facts.policy.bytes)
        writer.raw("\",\"whollyClear\":")
        writer.bool(facts.isWhollyClear)
        writer.raw(",\"reach\":")
        writer.raw(RecordedReach.bounded(facts.reach))
        var detail = beginDetail(capacity: 512)
        detail.member("address", facts.address)
        detail.member("application", facts.application)
        detail.member("authentication", facts.authentication)
        return detail.record(completing: &writer).recorded(by: facts.gateway)
    }

    /// The intent of a statement; it takes the number ``nextStatement``.
    ///
    /// - Parameters:
    ///   - sql: The text as the client sent it.
    ///   - parameters: As bound: nil for NULL. Text and binary ones are told apart by whether they are UTF-8.
    public mutating func statement<Parameter: Collection<UInt8>>(
        sql: some Collection<UInt8>, parameters: some Collection<Parameter?>, tables: EntryTables, at time: EntryTime
    ) -> LogRecord {
        var detail = beginDetail(capacity: 384 + sql.count + sql.count / 8 + parameters.count * 16)
        detail.sql(sql)
        if !parameters.isEmpty { detail.parameters(parameters) }
        var writer = EntryWriter(capacity: 512 + tables.json.count)
        writer.raw("{\"v\":1,\"kind\":\"statement\",\"time\":\"")
        writer.time(time)
        writer.raw(statementIdentity)
        writer.decimal(takeSequence())
        writer.raw(",\"statement\":")
        writer.decimal(nextStatement)
        nextStatement += 1
        lastTakesStatement = true
        writer.raw(",\"tables\":")
        writer.raw(tables.json)
        return detail.record(completing: &writer)
    }

    /// The intent of a statement without parameters.
    public mutating func statement(sql: some Collection<UInt8>, tables: EntryTables, at time: EntryTime) -> LogRecord {
        statement(sql: sql, parameters: EmptyCollection<[UInt8]?>(), tables: tables, at: time)
    }

    /// What became of a statement, when it is final.
    public mutating func outcome(_ outcome: StatementOutcome, at time: EntryTime) -> LogRecord {
        self.outcome(of: CollectionOfOne(outcome), at: time)
    }

    /// What became of several statements, in one entry for each ``outcomesMax``.
    ///
    /// Append each record before the next call: ``discardLast()`` takes back one.
    public mutating func outcomes(_ outcomes: some Collection<StatementOutcome>, at time: EntryTime) -> [LogRecord] {
        var records: [LogRecord] = []
        var rest = outcomes[...]
        while !rest.isEmpty {
            records.append(outcome(of: rest.prefix(Self.outcomesMax), at: time))
            rest = rest.dropFirst(Self.outcomesMax)
        }
        return records
    }

    private mutating func outcome(of outcomes: some Collection<StatementOutcome>, at time: EntryTime) -> LogRecord {
        var writer = EntryWriter(capacity: 160 + outcomes.count * 112)
        writer.raw("{\"v\":1,\"kind\":\"outcome\",\"time\":\"")
        writer.time(time)
        writer.raw(outcomeIdentity)
        writer.decimal(takeSequence())
        writer.raw(",\"outcomes\":[")
        var isFirst = true
        for outcome in outcomes {
            if !isFirst { writer.raw(",") }
            isFirst = false
            writer.raw("{\"statement\":")
            writer.decimal(outcome.statement)
            writer.raw(",\"rows\":")
            writer.decimal(outcome.rows)
            writer.raw(",\"bytes\":")
            writer.decimal(outcome.bytes)
            writer.raw(",\"microseconds\":")
            writer.decimal(outcome.microseconds)
            writer.raw(",\"sqlstate\":")
            writer.sqlstate(outcome.sqlstate)
            writer.raw("}")
        }
        writer.raw("]}")
        return LogRecord(entry: writer.bytes, usesReserve: true)
    }

    /// How many notifications PostgreSQL sent since the last such entry: other sessions' data, which no statement of
    /// this one returned. A count, not an outcome: a statement that listens has had its outcome long before.
    ///
    /// - Parameter statement: The latest one whose text listens, if there was any.
    public mutating func notifications(
        _ count: UInt64, bytes: UInt64, of statement: UInt64?, at time: EntryTime
    ) -> LogRecord {
        var writer = EntryWriter(capacity: 192)
        writer.raw("{\"v\":1,\"kind\":\"notifications\",\"time\":\"")
        writer.time(time)
        writer.raw(outcomeIdentity)
        writer.decimal(takeSequence())
        writer.raw(",\"statement\":")
        if let statement { writer.decimal(statement) } else { writer.raw("null") }
        writer.raw(",\"count\":")
        writer.decimal(count)
        writer.raw(",\"bytes\":")
        writer.decimal(bytes)
        writer.raw("}")
        return LogRecord(entry: writer.bytes, usesReserve: true)
    }

    /// The gateway itself refused a statement, which never went upstream and takes no statement number.
    public mutating func denied(
        sqlstate: String, reason: String, sql: some Collection<UInt8>, tables: EntryTables, at time: EntryTime
    ) -> LogRecord {
        var detail = beginDetail(capacity: 512 + sql.count)
        detail.sql(sql)
        detail.member("reason", reason)
        var writer = EntryWriter(capacity: 448 + tables.json.count)
        writer.raw("{\"v\":1,\"kind\":\"denied\",\"time\":\"")
        writer.time(time)
        Self.identity(pseudonym, facts, to: &writer)
        writer.raw(",\"seq\":")
        writer.decimal(takeSequence())
        writer.raw(",\"what\":\"statement\",\"sqlstate\":")
        writer.sqlstate(sqlstate)
        writer.raw(",\"tables\":")
        writer.raw(tables.json)
        return detail.record(completing: &writer)
    }

    /// The session's last entry: it says how many statements there were, so that none can be cut off the end.
    public mutating func closed(_ reason: CloseReason, at time: EntryTime) -> LogRecord {
        var writer = EntryWriter(capacity: 160)
        writer.raw("{\"v\":1,\"kind\":\"close\",\"time\":\"")
        writer.time(time)
        writer.raw(outcomeIdentity)
        writer.decimal(takeSequence())
        writer.raw(",\"reason\":\"")
        writer.raw(Array(reason.rawValue.utf8))
        writer.raw("\",\"statements\":")
        writer.decimal(nextStatement - 1)
        writer.raw("}")
        return LogRecord(entry: writer.bytes, usesReserve: true)
    }

    private mutating func takeSequence() -> UInt64 {
        defer { nextSequence += 1 }
        lastTakesStatement = false
        return nextSequence
    }

    private mutating func beginDetail(capacity: Int) -> DetailWriter {
        if let epoch = sealer.epoch { lastEpoch = epoch }
        var detail = DetailWriter(under: lastEpoch, salt: salts.next(), capacity: capacity)
        detail.fragment(detailIdentity)
        return detail
    }
}
