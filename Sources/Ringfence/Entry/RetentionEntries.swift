public import TransparencyLog

/// How long the ledger keeps what it holds, from here on.
public struct RetentionRule: Sendable, Hashable {
    /// Nil for as long as there is a ledger.
    public let entries: RetentionPeriod?
    /// Nil for as long as the entries.
    public let details: RetentionPeriod?

    public init(entries: RetentionPeriod? = nil, details: RetentionPeriod? = nil) {
        self.entries = entries
        self.details = details
    }

    init(_ members: inout EntryMembers) throws(EntryError) {
        entries = try members.period("entries")
        details = try members.period("details")
    }
}

/// Entries were too old by the rule, and are kept no longer.
public struct Pruning: Sendable, Hashable {
    /// The first entry that is kept; a multiple of 256.
    public let minimum: UInt64
    /// The entry with the rule.
    public let rule: EntryIndex
    /// What it says of entries.
    public let period: RetentionPeriod

    init(_ members: inout EntryMembers) throws(EntryError) {
        minimum = try members.integer("minimum")
        guard minimum > 0, minimum % 256 == 0 else { throw members.invalid("minimum", "a multiple of 256, above 0") }
        rule = EntryIndex(try members.integer("rule"))
        guard let period = try members.period("entries") else { throw members.invalid("entries", "a period") }
        self.period = period
    }
}

extension EntryMembers {
    /// Nil where it is null.
    fileprivate mutating func period(_ member: StaticString) throws(EntryError) -> RetentionPeriod? {
        try nullable(member) { members throws(EntryError) in
            guard let period = RetentionPeriod(parsing: try members.string(member).string) else {
                throw members.invalid(member, "a period such as 10 years")
            }
            return period
        }
    }
}

extension GatewayEntries {
    /// How long things are kept from here on.
    public static func retention(_ rule: RetentionRule, at time: EntryTime) -> LogRecord {
        var writer = header("retention", time)
        writer.raw(",\"entries\":")
        write(rule.entries, to: &writer)
        writer.raw(",\"details\":")
        write(rule.details, to: &writer)
        writer.raw("}")
        return LogRecord(entry: writer.bytes)
    }

    /// - Parameters:
    ///   - minimum: The first entry that is kept; a multiple of 256, above 0.
    ///   - rule: The index of the entry with the rule, which is kept itself.
    public static func pruning(
        before minimum: UInt64, under rule: EntryIndex, _ period: RetentionPeriod, at time: EntryTime
    ) -> LogRecord {
        var writer = header("pruning", time)
        writer.raw(",\"minimum\":")
        writer.decimal(minimum)
        writer.raw(",\"rule\":")
        writer.decimal(rule.rawValue)
        writer.raw(",\"entries\":")
        write(period, to: &writer)
        writer.raw("}")
        return LogRecord(entry: writer.bytes, usesReserve: true)
    }

    private static func write(_ period: RetentionPeriod?, to writer: inout EntryWriter) {
        if let period { writer.string("\(period)") } else { writer.raw("null") }
    }
}
