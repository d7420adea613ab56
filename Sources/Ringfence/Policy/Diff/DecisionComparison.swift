internal import Cedar

/// Compares what two versions decide for one class of principals.
struct DecisionComparison {
    let old: PolicyDiff.Side
    let new: PolicyDiff.Side

    typealias Change = PolicyDiff.Change

    /// By table; within it rows first, then the columns in the table's order.
    var changes: [Change] {
        var names: [ExactText: TableName] = [:]
        for name in old.names + new.names { names[name.exact] = name }
        return names.sorted { $0.key < $1.key }.map(\.value).flatMap(changes)
    }

    private func changes(_ name: TableName) -> [Change] {
        let (before, after) = (old.table(name), new.table(name))
        let isAboutNobody = (before?.homes ?? [.nobody]) == [.nobody] && (after?.homes ?? [.nobody]) == [.nobody]
        let homes = isAboutNobody ? [.nobody] : Set(old.homes + new.homes).sorted() + [.unknown]
        var changes = grouped(homes) { home in
            change(
                .row, name, nil, home, Access(visible: old.profile(name), home, before),
                Access(visible: new.profile(name), home, after), reading, before?.columns ?? [], after?.columns ?? [])
        }
        var columns: [String] = []
        for column in (after?.columns ?? []) + (before?.columns ?? []) where !columns.containsExactly(column.facts.name)
        {
            columns.append(column.facts.name)
        }
        for column in columns {
            let was = before?.columns.first { $0.facts.name.isExactly(column) }
            let `is` = after?.columns.first { $0.facts.name.isExactly(column) }
            func compare(
                _ question: PolicyDiff.Question, _ actions: [DataAction],
                _ access: (ColumnDecisions?, Int?) -> Access
            ) {
                changes += grouped(homes) { home in
                    change(
                        question, name, column, home, access(was, before?.index(of: home)),
                        access(`is`, after?.index(of: home)), actions, was.map { [$0] } ?? [], `is`.map { [$0] } ?? [])
                }
            }
            compare(.read, reading, Access.init(cell:at:))
            compare(.insert, [.insert]) { Access($0?[.insert], at: $1) }
            compare(.update, [.update]) { Access($0?[.update], at: $1) }
        }
        changes += grouped(homes) { home in
            change(
                .delete, name, nil, home, Access(deletable: old.profile(name), home, before),
                Access(deletable: new.profile(name), home, after), [.delete], before?.columns ?? [],
                after?.columns ?? [])
        }
        return changes
    }

    private let reading: [DataAction] = [.read, .readMasked]

    init(old: PolicyDiff.Side, new: PolicyDiff.Side) {
        self.old = old
        self.new = new
    }

    /// Homes for which the same changes together.
    private func grouped(_ homes: [SubjectHome], _ change: (SubjectHome) -> Change?) -> [Change] {
        var positions: [Change: Int] = [:]
        var changes: [Change] = []
        for home in homes {
            guard var found = change(home) else { continue }
            found.homes = []
            if let position = positions[found] {
                changes[position].homes.append(home)
            } else {
                positions[found] = changes.count
                found.homes = [home]
                changes.append(found)
            }
        }
        return changes
    }

    private func change(
        _ question: PolicyDiff.Question, _ table: TableName, _ column: String?, _ home: SubjectHome, _ was: Access,
        _ is: Access, _ actions: [DataAction], _ before: [ColumnDecisions], _ after: [ColumnDecisions]
    ) -> Change? {
        guard let direction = `is`.direction(from: was) else { return nil }
        let isMaskNew = was.mask != nil && `is`.mask != nil && was.mask != `is`.mask
        return Change(
            direction: direction, question: question, table: table, column: column, homes: [home],
            before: was.words(question, withMask: isMaskNew), after: `is`.words(question, withMask: isMaskNew),
            reasons: reasons(actions, before, after, table, home))
    }

    /// The policies that decide on one side only.
    private func reasons(
        _ actions: [DataAction], _ before: [ColumnDecisions], _ after: [ColumnDecisions], _ table: TableName,
        _ home: SubjectHome
    ) -> [PolicyDiff.Reason] {
        func decisions(_ columns: [ColumnDecisions], _ table: TableDecisions?) -> [ColumnDecision] {
            guard let index = table?.index(of: home) else { return [] }
            return columns.flatMap { column in actions.map { column[$0][index] } }
        }
        let (was, `is`) = (Deciders(decisions(before, old.table(table))), Deciders(decisions(after, new.table(table))))
        var reasons: [PolicyDiff.Reason] = []
        func add(_ policies: [PolicyID], _ effect: Effect, isGone: Bool, fails: Bool = false) {
            let places = isGone ? old.places : new.places
            reasons += policies.map {
                PolicyDiff.Reason(
                    policy: $0, effect: effect, file: places.file(of: $0), line: places.line(of: $0), isGone: isGone,
                    fails: fails)
            }
        }
        add(`is`.forbids.filter { !was.forbids.contains($0) }, .forbid, isGone: false)
        add(`is`.failures.filter { !was.failures.contains($0) }, .forbid, isGone: false, fails: true)
        add(`is`.permits.filter { !was.permits.contains($0) }, .permit, isGone: false)
        add(was.forbids.filter { !`is`.forbids.contains($0) }, .forbid, isGone: true)
        add(was.failures.filter { !`is`.failures.contains($0) }, .forbid, isGone: true, fails: true)
        add(was.permits.filter { !`is`.permits.contains($0) }, .permit, isGone: true)
        return reasons
    }

    private struct Deciders {
        var permits: [PolicyID] = []
        var forbids: [PolicyID] = []
        var failures: [PolicyID] = []

        init(_ decisions: [ColumnDecision]) {
            for decision in decisions {
                permits += decision.permits.filter { !permits.contains($0) }
                forbids += decision.forbids.filter { !forbids.contains($0) }
                let failing = decision.failures.filter { $0.effect == .forbid }.map(\.policy)
                failures += failing.filter { !failures.contains($0) }
            }
        }
    }
}

extension TableDecisions {
    /// Where decisions about people of a home stand: homes that this catalog does not list count as unknown.
    func index(of home: SubjectHome) -> Int? {
        homes.firstIndex(of: home) ?? homes.firstIndex(of: .unknown) ?? homes.firstIndex(of: .nobody)
    }
}
