public import Cedar

/// Why a principal may do what with which columns: each decision with the policies that made it.
public struct Explanation: Sendable {
    public struct Table: Sendable, Hashable {
        public var name: TableName
        public var subjects: [SubjectPath]
        public var rows: [RowGroup]
        public var columns: [Column]
    }

    /// Whether rows about people of some homes exist for the principal.
    public struct RowGroup: Sendable, Hashable {
        public var homes: [SubjectHome]
        public var exist: KeyPredicate
    }

    public struct Column: Sendable, Hashable {
        public var facts: ColumnFacts
        public var verdicts: [Verdict]
    }

    /// One decision, and the homes it is the same for.
    public struct Verdict: Sendable, Hashable {
        public var action: DataAction
        public var homes: [SubjectHome]
        public var decision: ColumnDecision
    }

    /// Where a policy stands.
    public struct PolicyReference: Sendable, Hashable {
        public var id: PolicyID
        public var file: String
        public var line: Int
    }

    public var principal: Principal
    public var store: String
    public var digest: ProfileDigest
    public var isWhollyClear: Bool
    public var tables: [Table]
    private let references: [PolicyID: PolicyReference]

    /// - Parameter only: The one table to explain; nil for all.
    public init(
        _ principal: Principal, by compiler: ProfileCompiler, only: TableName? = nil
    ) throws(DecisionError) {
        let decided = try compiler.profile(for: principal)
        let decisions = try compiler.decisions(of: principal)
        self.principal = principal
        store = compiler.store
        digest = decided.digest
        isWhollyClear = decided.profile.isWhollyClear
        references = Dictionary(
            (compiler.policies.policies + compiler.policies.templates).map {
                ($0.id, PolicyReference(id: $0.id, file: $0.span.file, line: $0.span.line))
            }, uniquingKeysWith: { first, _ in first })
        tables = decisions.tables.filter { table in only.map(table.name.isExactly) ?? true }.map { table in
            let profile = TableProfile(table)
            return Table(
                name: table.name, subjects: table.subjects,
                rows: Self.grouped(table.homes) { profile.visible.predicate(for: table.homes[$0]) }.map {
                    RowGroup(homes: $0.homes, exist: $0.value)
                },
                columns: table.columns.map { Column($0, homes: table.homes) })
        }
    }

    public func reference(to policy: PolicyID) -> PolicyReference {
        references[policy] ?? PolicyReference(id: policy, file: "", line: 0)
    }

    /// Homes with the same value together, in the order of the first of each group.
    static func grouped<Value: Hashable>(
        _ homes: [SubjectHome], by value: (Int) -> Value
    ) -> [(homes: [SubjectHome], value: Value)] {
        var positions: [Value: Int] = [:]
        var groups: [(homes: [SubjectHome], value: Value)] = []
        for (index, home) in homes.enumerated() {
            let value = value(index)
            if let position = positions[value] {
                groups[position].homes.append(home)
            } else {
                positions[value] = groups.count
                groups.append(([home], value))
            }
        }
        return groups
    }
}

extension Explanation.Column {
    init(_ column: ColumnDecisions, homes: [SubjectHome]) {
        facts = column.facts
        verdicts = DataAction.allCases.flatMap { action in
            let decisions = column[action]
            return Explanation.grouped(homes) { decisions[$0] }.map {
                Explanation.Verdict(action: action, homes: $0.homes, decision: $0.value)
            }
        }
    }

    func decision(_ action: DataAction, for home: SubjectHome) -> ColumnDecision? {
        verdicts.first { $0.action == action && $0.homes.contains(home) }?.decision
    }

    var homes: [SubjectHome] { verdicts.filter { $0.action == .read }.flatMap(\.homes).sorted() }
}
