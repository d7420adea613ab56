/// What policy is asked about a column: Cedar's `Action::"…"`.
public enum DataAction: String, Sendable, Hashable, CaseIterable {
    case read, readMasked, insert, update, delete
}

/// Whose data a row is, as far as a decision can know: policy is asked once for each.
public enum SubjectHome: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// A home of the catalog's list.
    case home(Jurisdiction)
    /// Missing, dangling or not in the list: counts as the catalog's `homeWhenUnknown`.
    case unknown
    /// The row is about nobody.
    case nobody

    public var description: String {
        switch self {
        case .home(let home): home.code
        case .unknown: "unknown"
        case .nobody: "nobody"
        }
    }

    private var rank: Int {
        switch self {
        case .home: 0
        case .unknown: 1
        case .nobody: 2
        }
    }

    public static func < (left: SubjectHome, right: SubjectHome) -> Bool {
        if case .home(let one) = left, case .home(let other) = right { return one < other }
        return left.rank < right.rank
    }
}
