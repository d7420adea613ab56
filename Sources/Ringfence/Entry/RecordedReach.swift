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

    /// Whether it says anything of a table, be it by `*`.
    public func names(_ table: ExactText) -> Bool { (tables[table] ?? tables[Self.any]) != nil }

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

    init(_ value: EntryJSON) throws(EntryError) {
        guard case .object(let members) = value else { throw .invalid(member: "reach", what: "an object") }
        var tables: [ExactText: [ExactText: ReachLevel]] = [:]
        for table in members {
            let name = ExactText(table.name.string)
            guard case .object(let lines) = table.value else {
                throw .invalid(member: "reach.\(name)", what: "an object")
            }
            var homes: [ExactText: ReachLevel] = [:]
            for line in lines {
                let home = ExactText(line.name.string)
                guard case .string(let text) = line.value, let level: ReachLevel = text.choice() else {
                    let levels = ReachLevel.allCases.map(\.rawValue).joined(separator: ", ")
                    throw .invalid(member: "reach.\(name).\(home)", what: "one of \(levels)")
                }
                homes[home] = level
            }
            tables[name] = homes
        }
        self.init(tables: tables)
    }

    /// `json` if it is a reach and short enough. If it is too long, the most that any table gives for each home, as a
    /// reach of the table `*`; if it is none, everything: a reach may say too much, never too little.
    static func bounded(_ json: [UInt8]) -> [UInt8] {
        guard let value = try? EntryJSON(parsing: json), let reach = try? RecordedReach(value) else {
            return Array("{\"*\":{\"*\":\"clear\"}}".utf8)
        }
        guard json.count > bytesMax else { return json }
        let homes = Set(reach.tables.values.flatMap(\.keys)).union([any])
        let folded = homes.map { home in
            // Where a table says nothing of a home, not even by `*`, it is clear there.
            (home, home == any ? reach.levelOfOthers : reach.level(home: home))
        }
        let lines = RecordedReach(tables: [any: Dictionary(uniqueKeysWithValues: folded)]).json
        return lines.count <= bytesMax ? lines : Array("{\"*\":{\"*\":\"clear\"}}".utf8)
    }

    /// The most there is in any table for a home that no table names.
    private var levelOfOthers: ReachLevel {
        tables.values.map { $0[Self.any] ?? .clear }.max() ?? .hidden
    }

    /// With tables and homes in the order of their bytes.
    public var json: [UInt8] {
        var writer = EntryWriter(capacity: 256)
        writer.raw("{")
        for (position, table) in tables.keys.sorted().enumerated() {
            if position > 0 { writer.raw(",") }
            writer.string(table.string)
            writer.raw(":{")
            let homes = tables[table] ?? [:]
            for (position, home) in homes.keys.sorted().enumerated() {
                if position > 0 { writer.raw(",") }
                writer.string(home.string)
                writer.raw(":")
                writer.string((homes[home] ?? .clear).rawValue)
            }
            writer.raw("}")
        }
        writer.raw("}")
        return writer.bytes
    }
}
