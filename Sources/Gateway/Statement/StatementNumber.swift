import TransparencyLog

/// The position of a recorded statement in its session; the first is 1.
struct StatementNumber: RawRepresentable, Sendable, Hashable, Comparable {
    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }
    init(_ rawValue: UInt64) { self.rawValue = rawValue }

    static func < (left: StatementNumber, right: StatementNumber) -> Bool { left.rawValue < right.rawValue }
}

/// That a statement is about to run, as the ledger has it: answers to the statement wait for `entry`.
struct Intent: Sendable, Hashable {
    var number: StatementNumber
    var entry: AppendTicket
}
