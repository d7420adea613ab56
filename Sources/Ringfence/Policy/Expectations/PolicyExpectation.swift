public import Cedar

/// What a policy author expects of one principal, one table and rows about some people.
public struct PolicyExpectation: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// Of reading: the cell as it is, the catalog's mask of it, or nothing of it.
        case clear, masked, hidden
        /// Of writing.
        case allowed, denied

        static func outcomes(of action: DataAction) -> [Outcome] {
            switch action {
            case .read, .readMasked: [.clear, .masked, .hidden]
            case .insert, .update, .delete: [.allowed, .denied]
            }
        }
    }

    /// One of the people a row is about.
    public struct Subject: Sendable, Hashable {
        public var home: SubjectHome
        /// In text form; nil where policy does not ask for it.
        public var key: String?
    }

    /// Where the file has it.
    public var file: String
    public var line: Int
    public var column: Int

    public var principal: Principal
    public var table: TableName
    /// Those that are named; empty for the whole row: then each of its columns must be as expected.
    public var columns: [String]
    /// Rows by the people they are about, in the order of the catalog's subjects; each must be as expected.
    public var rows: [[Subject]]
    /// What stands in the row, by column, where policy looks at it; a column that is NULL is nil.
    var row: [CedarString: Value?] = [:]
    /// ``DataAction/read`` stands for what a cell shows, so masks too.
    public var action: DataAction
    public var outcome: Outcome
    /// The policy that must have decided.
    public var because: PolicyID?
}

extension PolicyExpectation {
    /// `casey reads app.users.email of people of US: hidden`
    public var words: String {
        let verb =
            switch action {
            case .read, .readMasked: "reads"
            case .insert: "inserts"
            case .update: "updates"
            case .delete: "deletes"
            }
        let what =
            switch columns.count {
            case 0: action == .delete ? "rows of \(table)" : "\(table)"
            case 1: "\(table).\(columns[0])"
            default: "\(table) (\(columns.joined(separator: ", ")))"
            }
        return "\(principal.name) \(verb) \(what)\(Self.words(rows)): \(outcome.rawValue)"
    }

    static func words(_ rows: [[Subject]]) -> String {
        guard rows.count == 1, let row = rows.first else { return " of people of any home" }
        return words(row)
    }

    static func words(_ row: [Subject]) -> String {
        if row.isEmpty || row.contains(where: { $0.home == .nobody }) { return "" }
        let people = row.map { subject in
            let home = subject.home == .unknown ? "unknown home" : subject.home.description
            return subject.key.map { "person \(CedarString($0).literal) of \(home)" } ?? "people of \(home)"
        }
        return " of " + (Set(people).count == 1 ? people[0] : people.joined(separator: " and "))
    }
}
