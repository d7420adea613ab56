public import Ringfence

/// The question: who, located or controlled where, read whose data, between these two times.
public struct AuditQuery: Sendable, Hashable {
    /// From its beginning if nil.
    public var from: EntryTime?
    /// To its end if nil; not included.
    public var to: EntryTime?
    public var located: Jurisdiction?
    /// Whose data: people at home there; anybody's if nil.
    public var home: Jurisdiction?
    public var coveredOnly: Bool
    public var table: ExactText?
    /// How many statements are named, given an auditor's key.
    public var statementsMax: Int

    public init(
        from: EntryTime? = nil, to: EntryTime? = nil, located: Jurisdiction? = nil, home: Jurisdiction? = nil,
        coveredOnly: Bool = false, table: ExactText? = nil, statementsMax: Int = 1000
    ) {
        self.from = from
        self.to = to
        self.located = located
        self.home = home
        self.coveredOnly = coveredOnly
        self.table = table
        self.statementsMax = statementsMax
    }

    /// Whether any moment from `start` to `end`, both included, is asked about.
    func covers(from start: EntryTime, to end: EntryTime) -> Bool {
        if let from, end < from { return false }
        if let to, start >= to { return false }
        return true
    }

    func asks(about principal: PrincipalClass) -> Bool {
        if let located, principal.located != located { return false }
        return !coveredOnly || principal.isCovered
    }

    var homeText: ExactText? { home.map { ExactText($0.code) } }
}
