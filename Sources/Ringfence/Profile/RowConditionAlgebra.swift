extension RowCondition {
    /// - Parameter cases: What holds for subjects of each home; one case of ``SubjectHome/nobody`` for a table
    ///   without subjects, which asks for no key.
    init(_ cases: [(home: SubjectHome, predicate: KeyPredicate)]) {
        guard cases.contains(where: { $0.predicate != .always }) else {
            self = cases.isEmpty ? .never : .always
            return
        }
        if case (.nobody, let predicate)? = cases.first {
            let isOpen = predicate != .never && !predicate.dependsOnKey
            self.init(homes: .none, keyed: isOpen ? [KeyedClause(homes: .all, predicate: predicate)] : [])
            return
        }
        var clauses: [[UInt8]: (predicate: KeyPredicate, homes: [SubjectHome])] = [:]
        var always: [SubjectHome] = []
        for (home, predicate) in cases where home != .nobody {
            switch predicate {
            case .never: continue
            case .always: always.append(home)
            case .isOneOf, .isLike, .row, .not, .and, .or:
                clauses[predicate.canonicalBytes, default: (predicate, [])].homes.append(home)
            }
        }
        let sorted = clauses.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        self.init(
            homes: HomeSet(always),
            keyed: sorted.map { KeyedClause(homes: HomeSet($0.value.homes), predicate: $0.value.predicate) })
    }

    /// For which keys it holds when a subject is at home there.
    public func predicate(for home: SubjectHome) -> KeyPredicate {
        if homes.contains(home) { return .always }
        return .any(of: keyed.filter { $0.homes.contains(home) }.map(\.predicate))
    }

    /// Whether it covers a subject.
    ///
    /// - Parameter key: The subject's key in text form.
    /// - Returns: Not where the row decides.
    public func covers(_ home: SubjectHome, key: String) -> Bool { predicate(for: home).isTrue(of: key) == true }

    /// Every question to the row in it.
    public var rowTests: Set<RowTest> { keyed.reduce(into: []) { $0.formUnion($1.predicate.rowTests) } }

    public var isNever: Bool { homes.isEmpty && keyed.isEmpty }
}

extension HomeSet {
    init(_ homes: [SubjectHome]) {
        var jurisdictions: Set<Jurisdiction> = []
        for case .home(let home) in homes { jurisdictions.insert(home) }
        self = .some(jurisdictions, includesUnknown: homes.contains(.unknown))
    }

    public func contains(_ home: SubjectHome) -> Bool {
        switch (self, home) {
        case (.all, _): true
        case (.some(let homes, _), .home(let home)): homes.contains(home)
        case (.some(_, let includesUnknown), .unknown): includesUnknown
        case (.some, .nobody): false
        }
    }
}
