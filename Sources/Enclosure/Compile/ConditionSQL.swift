import Ringfence

/// A ``RowCondition`` as SQL over one row.
///
/// Positive throughout: an expression is TRUE only for rows that are named, and NULL or FALSE for every other.
struct ConditionSQL {
    let catalogHomes: [Jurisdiction]
    let subjects: [SubjectPath]
    let live: LiveSchema
    /// The table, or the variable, that the row's columns are qualified with.
    let row: String

    /// Nil where the condition always holds.
    func expression(_ condition: RowCondition) -> String? {
        if condition.homes == .all { return nil }
        if condition.isNever { return "FALSE" }
        if subjects.isEmpty { return aboutNobody(condition) }
        let terms = subjects.map { expression(condition, for: $0) }
        return terms.count == 1 ? terms[0] : terms.map { "(\($0))" }.joined(separator: " AND ")
    }

    /// There is no home and no key to ask for, only the row itself.
    private func aboutNobody(_ condition: RowCondition) -> String {
        let tests = condition.keyed.filter { $0.homes == .all }.map { predicate($0.predicate, on: "NULL::text") }
        return tests.isEmpty ? "FALSE" : tests.count == 1 ? tests[0] : "(" + tests.joined(separator: " OR ") + ")"
    }

    private func expression(_ condition: RowCondition, for subject: SubjectPath) -> String {
        var alternatives: [String] = []
        if !condition.homes.isEmpty { alternatives.append(membership(condition.homes, of: subject)) }
        for clause in condition.keyed {
            let key = "\(row).\(SQLText.identifier(subject.keyColumn))::text COLLATE \"C\""
            alternatives.append(
                "(\(membership(clause.homes, of: subject)) AND \(predicate(clause.predicate, on: key)))")
        }
        return alternatives.count == 1 ? alternatives[0] : "(" + alternatives.joined(separator: " OR ") + ")"
    }

    /// That the subject's home is in the set. Where people of unknown home belong to it, the other homes of the
    /// catalog's list are what is named, and everything but them belongs: NULL, dangling and misspelt ones too.
    private func membership(_ homes: HomeSet, of subject: SubjectPath) -> String {
        guard case .some(let listed, let includesUnknown) = homes else { return "TRUE" }
        if !includesUnknown { return isHome(in: catalogHomes.filter(listed.contains), of: subject) }
        let others = catalogHomes.filter { !listed.contains($0) }
        return others.isEmpty ? "TRUE" : "(\(isHome(in: others, of: subject))) IS NOT TRUE"
    }

    private func isHome(in homes: [Jurisdiction], of subject: SubjectPath) -> String {
        guard !homes.isEmpty else { return "FALSE" }
        let list = SQLText.list(homes.map(\.code))
        switch subject {
        case .itself(_, let home):
            return "\(row).\(SQLText.identifier(home))::text COLLATE \"C\" IN (\(list))"
        case .reference(let column, let table, let key, let home):
            let subjects = SQLText.qualified(table.schema, table.table)
            return "\(row).\(SQLText.identifier(column)) IN (SELECT s.\(SQLText.identifier(key)) FROM \(subjects) s "
                + "WHERE s.\(SQLText.identifier(home))::text COLLATE \"C\" IN (\(list)))"
        }
    }

    private func predicate(_ predicate: KeyPredicate, on key: String) -> String {
        switch predicate {
        case .always: return "TRUE"
        case .never: return "FALSE"
        case .isOneOf(let keys): return keys.isEmpty ? "FALSE" : "\(key) IN (\(SQLText.list(keys)))"
        case .isLike(let pattern): return "\(key) LIKE \(SQLText.literal(likePattern(pattern))) ESCAPE '!'"
        case .row(let test): return test.sql(of: row)
        case .not(let inner): return "((\(self.predicate(inner, on: key))) IS FALSE)"
        case .and(let left, let right):
            return "(\(self.predicate(left, on: key)) AND \(self.predicate(right, on: key)))"
        case .or(let left, let right): return "(\(self.predicate(left, on: key)) OR \(self.predicate(right, on: key)))"
        }
    }

    private func likePattern(_ parts: [KeyPatternPart]) -> String {
        parts.map { part in
            switch part {
            case .wildcard: "%"
            case .literal(let text): String(text.flatMap { "!%_".contains($0) ? ["!", $0] : [$0] })
            }
        }.joined()
    }
}

extension SubjectPath {
    /// The column of the row that says who the subject is.
    var keyColumn: String {
        switch self {
        case .itself(let key, _): key
        case .reference(let column, _, _, _): column
        }
    }

    /// The columns of the row that a home depends on.
    var homeColumns: [String] {
        switch self {
        case .itself(let key, let home): [key, home]
        case .reference(let column, _, _, _): [column]
        }
    }
}
