internal import Cedar

/// Decides cells and rows as the enclosure would show them, and says which policies made it so.
struct ExpectationJudge {
    private let inputs: RingfenceInputs
    private let live: LiveSchema
    private let places: PolicyPlaces
    /// Of each principal only the tables that something is expected of: a store may have hundreds.
    private var tables: [TableOfPrincipal: TableDecisions] = [:]
    private var whollyClear: [Principal: Bool] = [:]
    private var inquiries: [Principal: Inquiry] = [:]

    private struct TableOfPrincipal: Hashable {
        var principal: Principal
        var table: ExactText
        var row: [CedarString: Value?]
    }

    /// - Parameter live: Nil for tables that have the columns which the catalog names.
    init(_ inputs: RingfenceInputs, places: PolicyPlaces, live: LiveSchema?) {
        self.inputs = inputs
        self.places = places
        self.live = live ?? LiveSchema(describing: inputs.store)
    }

    mutating func result(of expectation: PolicyExpectation) throws(DecisionError) -> ExpectationResult {
        let principal = expectation.principal
        var result = ExpectationResult(expectation: expectation, findings: [])
        let inquiry = try inquiry(of: principal)
        guard let table = decisions(of: principal, expectation) else { return result }
        let changesRows = expectation.action == .update || expectation.action == .delete
        let row = RowJudge(
            table: table, inquiry: inquiry, values: expectation.row,
            isWhollyClear: changesRows ? try isWhollyClear(principal) : false, places: places,
            homeWhenUnknown: inputs.catalog.homeWhenUnknown.code)
        for subjects in expectation.rows {
            for (column, verdict) in row.verdicts(expectation.action, expectation.columns, subjects) {
                let isBecause = expectation.because.map(verdict.policies.contains) ?? true
                result.findings.append(
                    ExpectationResult.Finding(
                        column: column, row: subjects, outcome: verdict.outcome, policies: verdict.policies,
                        reason: verdict.reason, isAsExpected: verdict.outcome == expectation.outcome && isBecause))
            }
        }
        return result
    }

    private mutating func inquiry(of principal: Principal) throws(DecisionError) -> Inquiry {
        if let known = inquiries[principal] { return known }
        let inquiry = try Inquiry(
            principal: principal, store: inputs.store, catalog: inputs.catalog, policies: inputs.policies, live: live)
        if inquiries.isEmpty, live.isDescribed {
            let unknown = inquiry.policiesAskingOfRows
            guard unknown.isEmpty else { throw .rowsUnknown(unknown) }
        }
        inquiries[principal] = inquiry
        return inquiry
    }

    private mutating func decisions(
        of principal: Principal, _ expectation: PolicyExpectation
    ) -> TableDecisions? {
        let name = expectation.table
        let key = TableOfPrincipal(principal: principal, table: name.exact, row: expectation.row)
        if let known = tables[key] { return known }
        guard let table = inputs.store.tables.first(where: { $0.name.isExactly(name) }),
            let live = live.tables.first(where: { $0.name.isExactly(name) })
        else { return nil }
        let decisions = inquiries[principal]?.decisions(table, live: live, row: expectation.row)
        tables[key] = decisions
        return decisions
    }

    private mutating func isWhollyClear(_ principal: Principal) throws(DecisionError) -> Bool {
        if let known = whollyClear[principal] { return known }
        let decisions = try StoreDecisions(
            principal: principal, store: inputs.store.name, catalog: inputs.catalog, policies: inputs.policies,
            live: live)
        let profile = Profile(decisions, catalog: inputs.catalog, live: live)
        whollyClear[principal] = profile.isWhollyClear
        return profile.isWhollyClear
    }
}

/// One table's rows for one principal.
private struct RowJudge {
    typealias Subject = PolicyExpectation.Subject

    struct Verdict {
        var outcome: PolicyExpectation.Outcome?
        var policies: [PolicyID] = []
        var reason: String
    }

    /// Whether something holds of a row, by the people it is about.
    private enum Answer { case yes, no, open }

    let table: TableDecisions
    let inquiry: Inquiry
    /// What is known of the row, by column.
    let values: [CedarString: Value?]
    let isWhollyClear: Bool
    let places: PolicyPlaces
    let homeWhenUnknown: String

    func verdicts(
        _ action: DataAction, _ names: [String], _ row: [Subject]
    ) -> [(column: String?, verdict: Verdict)] {
        if action == .delete { return [(nil, delete(row))] }
        let columns = names.isEmpty ? table.columns : table.columns.filter { names.containsExactly($0.facts.name) }
        return columns.map { column in
            let verdict = action == .read ? read(column, row) : write(action, column, row)
            return (column.facts.name, verdict)
        }
    }

    private func read(_ column: ColumnDecisions, _ row: [Subject]) -> Verdict {
        let reads = row.map { decision(.read, column, $0) }
        let masks = row.map { decision(.readMasked, column, $0) }
        let isClear = answer(row) { reads[$0].allowed }
        let isReadable = answer(row) { .any(of: [reads[$0].allowed, masks[$0].allowed]) }
        switch (isClear, isReadable) {
        case (.yes, _): return verdict(.clear, permits: reads.flatMap(\.permits))
        case (.no, .yes):
            let barriers = row.indices.filter { reads[$0].allowed == .never }.flatMap { blockers(reads[$0]) }
            return verdict(.masked, permits: masks.flatMap(\.permits), forbids: barriers)
        case (.no, .no):
            let hiding = row.indices.filter { reads[$0].allowed == .never && masks[$0].allowed == .never }
            return verdict(.hidden, forbids: hiding.flatMap { blockers(reads[$0]) + blockers(masks[$0]) })
        case (.open, _), (.no, .open):
            return open(zip(reads, masks).flatMap { [$0.allowed, $1.allowed] })
        }
    }

    private func write(_ action: DataAction, _ column: ColumnDecisions, _ row: [Subject]) -> Verdict {
        let decisions = row.map { decision(action, column, $0) }
        switch answer(row, { decisions[$0].allowed }) {
        case .yes:
            if action == .update, !isWhollyClear, table.subjects.contains(where: { $0.depends(on: column.facts.name) })
            {
                return Verdict(outcome: .denied, reason: "whose row it is depends on this column")
            }
            return existing(action, row) ?? verdict(.allowed, permits: decisions.flatMap(\.permits))
        case .no:
            return verdict(
                .denied, forbids: decisions.filter { $0.allowed == .never }.flatMap(blockers))
        case .open: return open(decisions.map(\.allowed))
        }
    }

    private func delete(_ row: [Subject]) -> Verdict {
        let profile = TableProfile(table)
        let decisions = table.columns.flatMap { column in row.map { decision(.delete, column, $0) } }
        switch answer(row, { profile.delete.predicate(for: row[$0].home) }) {
        case .yes: return existing(.delete, row) ?? verdict(.allowed, permits: decisions.flatMap(\.permits))
        case .no: return verdict(.denied, forbids: decisions.flatMap(blockers))
        case .open: return open(row.map { profile.delete.predicate(for: $0.home) })
        }
    }

    /// What is written to must be there to be found; nil if it is.
    private func existing(_ action: DataAction, _ row: [Subject]) -> Verdict? {
        guard action != .insert, !isWhollyClear else { return nil }
        let cells = table.columns.map { read($0, row) }
        if cells.contains(where: { $0.outcome == .clear || $0.outcome == .masked }) { return nil }
        if let open = cells.first(where: { $0.outcome == nil }) { return open }
        return Verdict(
            outcome: .denied, policies: unique(cells.flatMap(\.policies)),
            reason: "the row is not there for the principal, none of its cells being clear or masked")
    }

    /// What is deployed decides; a known key only narrows down which policies it was.
    private func decision(_ action: DataAction, _ column: ColumnDecisions, _ subject: Subject) -> ColumnDecision {
        guard let index = table.homes.firstIndex(of: subject.home) else { return .nothing }
        let decided = column[action][index]
        guard let key = subject.key, !decided.failures.contains(where: \.isInexpressible) else { return decided }
        let home = if case .home(let home) = subject.home { home.code } else { homeWhenUnknown }
        return inquiry.decision(action, column.facts, table.name, home: home, key: key, row: values)
    }

    private func answer(_ row: [Subject], _ predicate: (Int) -> KeyPredicate) -> Answer {
        var answer = Answer.yes
        for (index, subject) in row.enumerated() {
            switch (predicate(index), subject.key) {
            case (.always, _): continue
            case (.never, _): return .no
            case (let predicate, let key?):
                switch predicate.isTrue(of: key) {
                case false?: return .no
                case true?: continue
                case nil: answer = .open
                }
            case (_, nil): answer = .open
            }
        }
        return answer
    }

    private func blockers(_ decision: ColumnDecision) -> [PolicyID] {
        decision.forbids + decision.failures.filter { $0.effect == .forbid }.map(\.policy)
    }

    private func verdict(
        _ outcome: PolicyExpectation.Outcome, permits: [PolicyID] = [], forbids: [PolicyID] = []
    ) -> Verdict {
        let (permits, forbids) = (unique(permits), unique(forbids))
        var parts: [String] = []
        if !permits.isEmpty { parts.append("permit " + permits.map(places.words).joined(separator: ", ")) }
        if !forbids.isEmpty { parts.append("forbid " + forbids.map(places.words).joined(separator: ", ")) }
        return Verdict(
            outcome: outcome, policies: permits + forbids,
            reason: parts.isEmpty ? "no policy permits it" : parts.joined(separator: "; "))
    }

    private func open(_ predicates: [KeyPredicate]) -> Verdict {
        let predicates = predicates.filter { $0 != .always && $0 != .never }
        let conditions = unique(predicates.map(\.words)).joined(separator: "; ")
        let asksForKey = predicates.contains(where: \.dependsOnKey)
        let columns = unique(predicates.flatMap(\.rowTests).flatMap(\.columns)).sorted()
        guard !columns.isEmpty else {
            return Verdict(
                outcome: nil, reason: "it depends on whom the row is about (\(conditions)): add key: \"…\"")
        }
        let row = "row: { \(columns.map { "\($0): …" }.joined(separator: ", ")) }"
        return Verdict(
            outcome: nil,
            reason: "it depends on what is in the row (\(conditions)): add \(row)\(asksForKey ? " and key: \"…\"" : "")"
        )
    }

    private func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return elements.filter { seen.insert($0).inserted }
    }
}

extension SubjectPath {
    /// Whether another value there could make the row somebody else's.
    fileprivate func depends(on column: String) -> Bool {
        switch self {
        case .itself(let key, let home): key.isExactly(column) || home.isExactly(column)
        case .reference(let reference, _, _, _): reference.isExactly(column)
        }
    }
}
