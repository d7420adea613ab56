internal import Cedar

extension Explanation {
    /// For a person at a terminal.
    public var text: String {
        var lines = [heading, "Profile \(digest.short) of store \(store)."]
        if isWhollyClear { lines.append("Everything in the store is clear to \(principal.name).") }
        if tables.isEmpty { lines.append("No table of the catalog is in the database.") }
        for table in tables { lines += [""] + text(of: table) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var heading: String {
        var parts: [String] = []
        switch principal {
        case .person(let person):
            parts.append("a person employed by \(person.employer) (\(person.employerCountry))")
            parts.append("located in \(person.location)")
            let citizenships = person.citizenships.map(\.code).joined(separator: " and ")
            parts.append(citizenships.isEmpty ? "of no known citizenship" : "citizen of \(citizenships)")
            parts.append(person.isCovered ? "a covered person" : "not a covered person")
        case .service(let service):
            parts.append("a service located in \(service.location)")
        }
        let teams = principal.teams
        parts.append(
            teams.isEmpty ? "on no team" : "on team\(teams.count == 1 ? "" : "s") \(teams.joined(separator: ", "))")
        return "\(principal.name) is \(parts.joined(separator: ", "))."
    }

    private func text(of table: Table) -> [String] {
        var lines = ["\(table.name): \(subjects(of: table))"]
        for group in table.rows {
            switch group.exist {
            case .always: continue
            case .never: lines.append("  Rows about \(people(group.homes, of: table)) are not there.")
            default: lines.append("  Rows about \(people(group.homes, of: table)) are there if \(group.exist.words).")
            }
        }
        for column in table.columns {
            lines.append("  \(column.facts.name) (\(describe(column.facts)))")
            let groups = lineGroups(of: column)
            let homesWidth = min(40, groups.map(\.homes.count).max() ?? 0)
            for group in groups {
                let start = "    \(padded(group.action, 7)) \(padded(group.outcome, 7)) "
                lines.append(start + "\(padded(group.homes, homesWidth))  \(group.reason)")
            }
        }
        return lines
    }

    private func subjects(of table: Table) -> String {
        if table.subjects.isEmpty { return "rows are about nobody the catalog names" }
        let parts = table.subjects.map { path in
            switch path {
            case .itself(let key, let home): "each row is a person, key \(key), home \(home)"
            case .reference(let column, let other, let key, let home):
                "\(column) leads to \(other)(\(key)), home \(home)"
            }
        }
        return parts.joined(separator: "; ")
    }

    private func people(_ homes: [SubjectHome], of table: Table) -> String {
        if homes == [.nobody] { return "nobody" }
        let all = table.rows.flatMap(\.homes).count
        if homes.count == all { return "people of any home" }
        return "people of \(list(homes))"
    }

    private func describe(_ facts: ColumnFacts) -> String {
        var parts = [facts.classification.rawValue]
        if let category = facts.category { parts.append(category) }
        if facts.classification == .protected { parts.append("mask \(facts.mask.words)") }
        if !facts.isCatalogued { parts.append("not in the catalog") }
        return parts.joined(separator: ", ")
    }

    private struct Line: Hashable {
        var action: String
        var outcome: String
        var homes: String
        var reason: String
    }

    private func lineGroups(of column: Column) -> [Line] {
        let homes = column.homes
        var lines = lines("read", homes) { home in reading(column, home) }
        for action in [DataAction.insert, .update, .delete] {
            lines += self.lines(action.rawValue, homes) { home in
                let decision = column.decision(action, for: home)
                return (outcome(decision?.allowed ?? .never, yes: "yes", no: "no"), reason(decision))
            }
        }
        return lines
    }

    private func lines(
        _ action: String, _ homes: [SubjectHome], _ value: (SubjectHome) -> (outcome: String, reason: String)
    ) -> [Line] {
        let groups = Self.grouped(homes) { index in
            let (outcome, reason) = value(homes[index])
            return Line(action: "", outcome: outcome, homes: "", reason: reason)
        }
        let most = groups.map(\.homes.count).max() ?? 0
        let commonest = groups.firstIndex { $0.homes.count == most }
        return groups.enumerated().map { index, group in
            var line = group.value
            line.action = index == 0 ? action : ""
            if group.homes == [.nobody] {
                line.homes = "every row"
            } else if groups.count == 1 {
                line.homes = "every home"
            } else {
                line.homes = index == commonest && most > 6 ? "other homes" : list(group.homes)
            }
            return line
        }
    }

    /// Clear, masked or NULL: `read` and `readMasked` together are what a cell shows.
    private func reading(_ column: Column, _ home: SubjectHome) -> (outcome: String, reason: String) {
        guard let read = column.decision(.read, for: home), let masked = column.decision(.readMasked, for: home) else {
            return ("NULL", "")
        }
        if read.allowed == .always { return ("clear", reason(read)) }
        if read.allowed == .never {
            let outcome = outcome(masked.allowed, yes: "masked", no: "NULL")
            guard masked.allowed == .never else {
                let barrier = read.isDefaultDeny ? "" : "; not clear: " + reason(read)
                return (outcome, reason(masked) + barrier)
            }
            let both = [reason(read), reason(masked)]
            return (outcome, both[0] == both[1] ? both[0] : "clear: \(both[0]); masked: \(both[1])")
        }
        let rest = outcome(masked.allowed, yes: "masked", no: "NULL")
        return ("clear?", reason(read) + "; else \(rest): " + reason(masked))
    }

    private func outcome(_ predicate: KeyPredicate, yes: String, no: String) -> String {
        switch predicate {
        case .always: yes
        case .never: no
        default: yes + "?"
        }
    }

    private func reason(_ decision: ColumnDecision?) -> String {
        guard let decision else { return "" }
        var parts: [String] = []
        // Permits don't matter where a forbid outweighs them altogether.
        if decision.allowed != .never || (decision.forbids.isEmpty && decision.failures.isEmpty) {
            if !decision.permits.isEmpty {
                parts.append("permit " + decision.permits.map(place).joined(separator: ", "))
            }
        }
        if !decision.forbids.isEmpty { parts.append("forbid " + decision.forbids.map(place).joined(separator: ", ")) }
        if decision.allowed != .always, decision.allowed != .never { parts.append("if \(decision.allowed.words)") }
        if decision.isDefaultDeny { parts.append("no policy permits it") }
        for failure in decision.failures {
            let consequence = failure.effect == .forbid ? ", so it denies" : ", so it permits nothing"
            parts.append("\(failure.effect) \(place(failure.policy)) fails: \(failure.message)\(consequence)")
        }
        return parts.joined(separator: "; ")
    }

    private func place(_ policy: PolicyID) -> String {
        let reference = reference(to: policy)
        return "\(policy) (\(reference.file):\(reference.line))"
    }

    private func list(_ homes: [SubjectHome]) -> String {
        homes.map { $0 == .unknown ? "unknown home" : $0.description }.joined(separator: ", ")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension Mask {
    /// As the catalog writes it.
    var words: String {
        switch self {
        case .null: "null"
        case .constant(let text): "constant \(CedarString(text).literal)"
        case .email: "email"
        case .last4: "last4"
        case .year: "year"
        case .coarse(let step): "coarse \(step)"
        case .pseudonym: "pseudonym"
        }
    }
}

extension KeyPredicate {
    /// For a sentence: `the key is one of "7", "9"`.
    var words: String {
        switch self {
        case .always: "anything"
        case .never: "nothing"
        case .isOneOf(let keys):
            keys.count == 1
                ? "the key is \(CedarString(keys[0]).literal)"
                : "the key is one of \(keys.map { CedarString($0).literal }.joined(separator: ", "))"
        case .isLike(let pattern):
            "the key is like \(Pattern(pattern.flatMap(\.elements)).description)"
        case .row(let test): test.text
        case .not(let inner): "not (\(inner.words))"
        case .and(let left, let right): "(\(left.words)) and (\(right.words))"
        case .or(let left, let right): "(\(left.words)) or (\(right.words))"
        }
    }
}

extension KeyPatternPart {
    fileprivate var elements: [Pattern.Element] {
        switch self {
        case .wildcard: [.wildcard]
        case .literal(let text): text.unicodeScalars.map { .literal($0) }
        }
    }
}
