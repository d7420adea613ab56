public import Cedar

/// What the principals of a directory gain and lose when one set of policies follows another.
///
/// Decided, not sampled: every class of principals, every column and action, every home and the unknown one; and where
/// a decision depends on the data subject's key, for all keys at once.
public struct PolicyDiff: Sendable {
    public enum Direction: String, Sendable, Hashable, CaseIterable {
        case lose, gain
        /// More for some and less for others, or another mask.
        case change
    }

    public enum Question: String, Sendable, Hashable, CaseIterable {
        /// Whether the row is there.
        case row
        /// What the cell shows.
        case read
        case insert, update, delete
    }

    /// A policy that tells the two apart.
    public struct Reason: Sendable, Hashable {
        public var policy: PolicyID
        public var effect: Effect
        public var file: String
        public var line: Int
        /// It decided before and does so no longer.
        public var isGone: Bool
        /// It is a `forbid` that cannot be evaluated, and so denies.
        public var fails: Bool
    }

    public struct Change: Sendable, Hashable {
        public var direction: Direction
        public var question: Question
        public var table: TableName
        /// Nil for rows.
        public var column: String?
        public var homes: [SubjectHome]
        /// In words, such as `masked`, or `clear if the key is "7", else hidden`.
        public var before: String
        public var after: String
        public var reasons: [Reason]
    }

    /// Classes to which the same happens.
    public struct Group: Sendable {
        public var classes: [EqualPrincipals]
        public var changes: [Change]

        public var members: [Principal] { classes.flatMap(\.members) }
    }

    public let groups: [Group]
    /// Those for whom all stays as it was.
    public let unchanged: [EqualPrincipals]
    /// Every home that either catalog lists, and unknown.
    let homes: [SubjectHome]

    public var isEmpty: Bool { groups.isEmpty }

    /// - Parameter live: Without a database tables have the columns that the catalogs name, and policies cannot ask
    ///   of rows.
    public init(
        from old: RingfenceInputs, to new: RingfenceInputs, live: LiveSchema? = nil
    ) throws(DecisionError) {
        if let live {
            do throws(ConfigurationProblems) {
                try new.refuseUnanswerable(by: live)
            } catch {
                throw .refused(error)
            }
        }
        homes = Set(old.catalog.homes + new.catalog.homes).sorted().map(SubjectHome.home) + [.unknown]
        let live = live ?? LiveSchema(describing: [old.store, new.store])
        var positions: [[Change]: Int] = [:]
        var groups: [Group] = []
        var unchanged: [EqualPrincipals] = []
        for compared in ComparedClass.classes(of: old, and: new) {
            let comparison = DecisionComparison(
                old: try Side(old, compared.old, live: live), new: try Side(new, compared.new, live: live))
            let changes = comparison.changes
            if changes.isEmpty {
                unchanged.append(compared.principals)
            } else if let position = positions[changes] {
                groups[position].classes.append(compared.principals)
            } else {
                positions[changes] = groups.count
                groups.append(Group(classes: [compared.principals], changes: changes))
            }
        }
        self.groups = groups
        self.unchanged = unchanged
    }
}

extension PolicyDiff {
    /// One principal's decisions in one of the two versions.
    struct Side {
        let homes: [SubjectHome]
        let places: PolicyPlaces
        private let tables: [ExactText: TableDecisions]
        private let profiles: [ExactText: TableProfile]

        /// - Parameter principal: Nil for somebody who is not in that version's directory: nothing is there for them.
        init(_ inputs: RingfenceInputs, _ principal: Principal?, live: LiveSchema) throws(DecisionError) {
            homes = Set(inputs.catalog.homes).sorted().map(SubjectHome.home)
            places = PolicyPlaces(inputs.policies)
            guard let principal else {
                (tables, profiles) = ([:], [:])
                return
            }
            let decisions = try StoreDecisions(
                principal: principal, store: inputs.store.name, catalog: inputs.catalog, policies: inputs.policies,
                live: live)
            tables = Dictionary(decisions.tables.map { ($0.name.exact, $0) }, uniquingKeysWith: { first, _ in first })
            profiles = tables.mapValues { TableProfile($0) }
        }

        var names: [TableName] { tables.values.map(\.name) }

        func table(_ name: TableName) -> TableDecisions? { tables[name.exact] }
        func profile(_ name: TableName) -> TableProfile? { profiles[name.exact] }
    }
}

extension LiveSchema {
    /// What either of two catalogs names: a column that one of them leaves out is there all the same.
    init(describing stores: [Store]) {
        var tables: [LiveTable] = []
        for table in stores.flatMap({ LiveSchema(describing: $0).tables }) {
            if let index = tables.firstIndex(where: { $0.name.isExactly(table.name) }) {
                let known = tables[index].columns.map(\.name)
                tables[index].columns += table.columns.filter { !known.containsExactly($0.name) }
            } else {
                tables.append(table)
            }
        }
        self.init(serverVersion: 0, tables: tables)
    }
}
