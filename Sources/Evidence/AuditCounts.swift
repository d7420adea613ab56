public import Ringfence

/// How many statements, and what they returned.
public struct AccessCounts: Sendable, Hashable {
    public var statements: UInt64 = 0
    /// Of these, how many returned at least one row, or may have: what became of them is not recorded.
    public var withRows: UInt64 = 0
    /// Of these, how many have no recorded outcome; what they returned is not known.
    public var withoutOutcome: UInt64 = 0
    public var rows: UInt64 = 0
    public var bytes: UInt64 = 0

    public init() {}

    mutating func add(_ more: AccessCounts) {
        statements &+= more.statements
        withRows &+= more.withRows
        withoutOutcome &+= more.withoutOutcome
        rows = rows.addingClamped(more.rows)
        bytes = bytes.addingClamped(more.bytes)
    }

    /// Notifications are rows without a statement of their own.
    mutating func add(_ report: NotificationReport) {
        rows = rows.addingClamped(report.count)
        bytes = bytes.addingClamped(report.bytes)
    }

    mutating func add(_ outcome: StatementOutcome?) {
        statements &+= 1
        if let outcome {
            if outcome.rows > 0 { withRows &+= 1 }
            rows = rows.addingClamped(outcome.rows)
            bytes = bytes.addingClamped(outcome.bytes)
        } else {
            withRows &+= 1
            withoutOutcome &+= 1
        }
    }
}

/// Statements whose session could reach the protected data that is asked about: in the clear, or masked only.
public struct AccessTotals: Sendable, Hashable {
    public var clear = AccessCounts()
    public var masked = AccessCounts()

    public init() {}

    mutating func add(_ more: AccessTotals) {
        clear.add(more.clear)
        masked.add(more.masked)
    }

    mutating func add(_ report: NotificationReport, _ level: ReachLevel) {
        switch level {
        case .clear: clear.add(report)
        case .masked: masked.add(report)
        case .hidden: break
        }
    }

    mutating func add(_ outcome: StatementOutcome?, _ level: ReachLevel) {
        switch level {
        case .clear: clear.add(outcome)
        case .masked: masked.add(outcome)
        case .hidden: break
        }
    }
}

/// Sessions that were active in the range, by what they could reach at most of the data that is asked about.
public struct SessionCounts: Sendable, Hashable {
    public var clear: UInt64 = 0
    public var masked: UInt64 = 0
    public var hidden: UInt64 = 0

    public init() {}
    public var all: UInt64 { clear + masked + hidden }

    mutating func add(_ level: ReachLevel) {
        switch level {
        case .clear: clear += 1
        case .masked: masked += 1
        case .hidden: hidden += 1
        }
    }
}

/// What was refused.
public struct DenialCounts: Sendable, Hashable {
    /// By PostgreSQL, with SQLSTATE 42501 (insufficient privilege).
    public var byDatabase: UInt64 = 0
    /// By the gateway, within a session.
    public var byGateway: UInt64 = 0
    /// Logins of principals of the class that is asked about.
    public var logins: UInt64 = 0
    /// Logins under names that are nobody's: they belong to no class.
    public var loginsOfUnknown: UInt64 = 0

    public init() {}
    /// Attempts of the class that is asked about.
    public var attempts: UInt64 { byDatabase + byGateway + logins }
}

extension UInt64 {
    func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
