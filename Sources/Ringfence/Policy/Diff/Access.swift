internal import Cedar

/// What a principal has of a cell, a row or an action, by the key of the person it is about.
struct Access {
    /// Clear, there, or allowed.
    var full: KeyPredicate
    /// Clear or masked; as ``full`` where nothing is masked.
    var some: KeyPredicate
    /// What is shown where it is masked.
    var mask: Mask?

    init(cell column: ColumnDecisions?, at index: Int?) {
        let full = column.flatMap { column in index.map { column[.read][$0].allowed } } ?? .never
        let masked = column.flatMap { column in index.map { column[.readMasked][$0].allowed } } ?? .never
        self.full = full
        some = .any(of: [full, masked])
        mask = index == nil ? nil : column?.facts.mask
    }

    init(_ decisions: [ColumnDecision]?, at index: Int?) {
        self.init(index.flatMap { decisions?[$0].allowed } ?? .never)
    }

    init(visible profile: TableProfile?, _ home: SubjectHome, _ table: TableDecisions?) {
        self.init(Self.predicate(profile?.visible, home, table))
    }

    init(deletable profile: TableProfile?, _ home: SubjectHome, _ table: TableDecisions?) {
        self.init(Self.predicate(profile?.delete, home, table))
    }

    private init(_ predicate: KeyPredicate) {
        full = predicate
        some = predicate
    }

    private static func predicate(
        _ condition: RowCondition?, _ home: SubjectHome, _ table: TableDecisions?
    ) -> KeyPredicate {
        guard let condition, let table, let index = table.index(of: home) else { return .never }
        return condition.predicate(for: table.homes[index])
    }
}

extension Access {
    /// Nil if it is the same for every key.
    func direction(from old: Access) -> PolicyDiff.Direction? {
        let gains = full.exceeds(old.full) || some.exceeds(old.some)
        let loses = old.full.exceeds(full) || old.some.exceeds(some)
        switch (gains, loses) {
        case (true, false): return .gain
        case (false, true): return .lose
        case (true, true): return .change
        case (false, false):
            let isMasked = KeyPredicate.all(of: [some, .negation(of: full)]).example != .none
            return isMasked && mask != old.mask ? .change : nil
        }
    }

    /// - Parameter withMask: Where it is the mask that differs.
    func words(_ question: PolicyDiff.Question, withMask: Bool) -> String {
        let (yes, no) =
            switch question {
            case .row: ("there", "absent")
            case .read: ("clear", "hidden")
            case .insert, .update, .delete: ("allowed", "denied")
            }
        let masked = mask.flatMap { withMask ? "masked (\($0.words))" : nil } ?? "masked"
        if full == .always { return yes }
        let isPartlyMasked = KeyPredicate.all(of: [some, .negation(of: full)]).example != .none
        let rest: String
        switch some {
        case .always: rest = masked
        case .never: return no
        case _ where isPartlyMasked: rest = "\(masked) if \(some.words), else \(no)"
        default: rest = no
        }
        return full == .never ? rest : "\(yes) if \(full.words), else \(rest)"
    }
}

extension KeyPredicate {
    /// Whether it is true of a key of which `other` is not, or may be.
    fileprivate func exceeds(_ other: KeyPredicate) -> Bool {
        if canonicalBytes == other.canonicalBytes { return false }
        return KeyPredicate.all(of: [self, .negation(of: other)]).example != .none
    }
}
