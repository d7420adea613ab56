public import Ringfence

/// The time that an audit asks about, as people write it: days or moments.
public struct AuditPeriod: Sendable, Hashable {
    /// What is wrong with a period, and how to write it.
    public struct Problem: Error, Sendable, Hashable {
        public let what: String
        public let remedy: String
    }

    /// Included; the ledger's beginning if nil.
    public let from: EntryTime?
    /// Not included; the ledger's end if nil.
    public let to: EntryTime?

    /// - Parameters:
    ///   - from: `2026-07-01`, from its beginning in UTC, or `2026-07-01T12:00:00Z`.
    ///   - to: A day, included to its end, or a moment.
    ///   - now: Of what comes after, no ledger can say anything. The day that it is may be named.
    public init(from: String?, to: String?, now: EntryTime) throws(Problem) {
        self.from = try from.map { text throws(Problem) in try Self.time(text, "--from") }
        self.to = try to.map { text throws(Problem) in
            let time = try Self.time(text, "--to")
            return Self.isDay(text) ? time.advanced(byMilliseconds: Self.dayMilliseconds) : time
        }
        let today = "Today is \(now.day), in UTC."
        if let from, let start = self.from, start > now {
            throw Problem(what: "--from \(from) lies in the future, of which the ledger says nothing.", remedy: today)
        }
        if let to, let end = self.to, end > (Self.isDay(to) ? Self.endOfDay(now) : now) {
            throw Problem(
                what: "--to \(to) lies in the future, of which the ledger says nothing.",
                remedy: "Name a day up to today or a moment that has passed. \(today)")
        }
        if let from, let to, let start = self.from, let end = self.to, start >= end {
            throw Problem(
                what: start > end || Self.isDay(from) && Self.isDay(to)
                    ? "--from \(from) comes after --to \(to)." : "between --from \(from) and --to \(to) is no time.",
                remedy: "A day given to --to is included, a moment is not.")
        }
    }

    private static let dayMilliseconds: Int64 = 24 * 3600 * 1000

    private static func isDay(_ text: String) -> Bool { text.utf8.count == 10 }

    private static func endOfDay(_ time: EntryTime) -> EntryTime {
        let rest = time.millisecondsSince1970 % dayMilliseconds
        return time.advanced(byMilliseconds: dayMilliseconds - rest)
    }

    private static func time(_ text: String, _ option: String) throws(Problem) -> EntryTime {
        guard let time = EntryTime(parsingDateOrTime: text) else {
            throw Problem(
                what: "\(option) \(text) is no day and no moment.",
                remedy: "Write 2026-07-01 or 2026-07-01T12:00:00Z.")
        }
        return time
    }
}
