internal import Cedar

extension PolicyDiff {
    /// For each group of classes what it loses and gains, in sentences and then as a table.
    public var text: String {
        var lines: [String] = []
        for group in groups {
            lines += group.classes.map { Self.capitalized($0.wordsWithNames) }
            lines += sentences(group.changes).map { "  \($0)" } + [""]
            lines += table(group.changes).map { "  \($0)" } + [""]
        }
        return lines.joined(separator: "\n") + (lines.isEmpty ? "" : "\n") + summary + "\n"
    }

    private var summary: String {
        let still = unchanged.flatMap(\.members).count
        guard !isEmpty else { return "Nothing changes for \(Self.people(still))." }
        let concerned = groups.flatMap(\.members).count
        func count(_ direction: Direction) -> Int {
            groups.filter { $0.changes.contains { $0.direction == direction } }.flatMap(\.members).count
        }
        let parts = [
            count(.lose) > 0 ? "\(count(.lose)) \(count(.lose) == 1 ? "loses" : "lose") something" : nil,
            count(.gain) > 0 ? "\(count(.gain)) \(count(.gain) == 1 ? "gains" : "gain") something" : nil,
            count(.change) > 0 ? "\(count(.change)) \(count(.change) == 1 ? "sees" : "see") something else" : nil,
        ].compactMap { $0 }
        return "\(Self.people(concerned)) affected: \(parts.joined(separator: ", ")). "
            + "Nothing changes for \(Self.people(still))."
    }

    private static func people(_ count: Int) -> String { "\(count) principal\(count == 1 ? "" : "s")" }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    /// What becomes of cells in rows that appear or vanish goes without saying.
    private func sentences(_ changes: [Change]) -> [String] {
        struct Kind: Hashable {
            var direction: Direction
            var question: Question
            var homes: [SubjectHome]
            var outcome: String
        }
        let rows = changes.filter { $0.question == .row && $0.direction != .change }
        var order: [Kind] = []
        var tables: [Kind: [(name: TableName, columns: [String])]] = [:]
        for change in changes {
            let isImplied = rows.contains { row in
                change.question == .read && row.table.isExactly(change.table) && row.direction == change.direction
                    && change.homes.allSatisfy(row.homes.contains)
            }
            if isImplied { continue }
            let kind = Kind(
                direction: change.direction, question: change.question, homes: change.homes,
                outcome: "\(change.before) → \(change.after)")
            if tables[kind] == nil { order.append(kind) }
            let column = change.column.map { [$0] } ?? []
            if let last = tables[kind]?.indices.last, tables[kind]?[last].name.isExactly(change.table) == true {
                tables[kind]?[last].columns += column
            } else {
                tables[kind, default: []].append((change.table, column))
            }
        }
        return Direction.allCases.flatMap { direction in
            order.filter { $0.direction == direction }.map { kind in
                let what = (tables[kind] ?? []).map(Self.object)
                let people = kind.homes == [.nobody] ? "" : " of people of \(self.people(kind.homes))"
                return "\(direction.verb(kind.question)) \(what.joined(separator: ", "))\(people) (\(kind.outcome))"
            }
        }
    }

    private func people(_ homes: [SubjectHome]) -> String {
        if homes == [.nobody] { return "nobody" }
        let others = self.homes.filter { !homes.contains($0) }
        if others.isEmpty { return "any home" }
        if homes.count > 6, others.count <= 3 { return "any home but \(list(others, " and "))" }
        return list(homes)
    }

    private func list(_ homes: [SubjectHome], _ separator: String = ", ") -> String {
        homes.map { $0 == .unknown ? "unknown home" : $0.description }.joined(separator: separator)
    }

    /// Columns of a table to which the same happens, for the same reason, share a line.
    private func table(_ changes: [Change]) -> [String] {
        var order: [Change] = []
        var columns: [Change: [String]] = [:]
        for change in changes {
            var kind = change
            kind.column = nil
            if columns[kind] == nil { order.append(kind) }
            columns[kind, default: []] += change.column.map { [$0] } ?? []
        }
        let header = ["", "what", "people of", "before", "after", "by"]
        let rows = order.map { change in
            let object = Self.object(change.table, columns[change] ?? [])
            let isWhole = change.question == .row || change.question == .delete
            let verb = change.question == .row || change.question == .read ? "" : "\(change.question.rawValue) "
            return [
                change.direction.rawValue, "\(verb)\(isWhole ? "rows of " : "")\(object)", people(change.homes),
                change.before, change.after, change.reasons.map(\.words).joined(separator: ", "),
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        return ([header] + rows).map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// `app.users.email`, `app.users (email, phone)`
    private static func object(_ table: TableName, _ columns: [String]) -> String {
        switch columns.count {
        case 0: "\(table)"
        case 1: "\(table).\(columns[0])"
        default: "\(table) (\(columns.joined(separator: ", ")))"
        }
    }
}

extension PolicyDiff.Direction {
    fileprivate func verb(_ question: PolicyDiff.Question) -> String {
        let object =
            switch question {
            case .row: " rows of"
            case .read: ""
            case .insert: " inserting"
            case .update: " updating"
            case .delete: " deleting rows of"
            }
        switch self {
        case .lose: return "lose" + object
        case .gain: return "gain" + object
        case .change: return "see a change in" + object
        }
    }
}

extension PolicyDiff.Reason {
    /// `forbid us-boundary (policy.cedar:33)`, and `no more permit …` for one that is gone.
    var words: String {
        "\(isGone ? "no more " : "")\(effect.rawValue) \(policy) (\(file):\(line))\(fails ? ", which fails" : "")"
    }
}
