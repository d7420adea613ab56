extension KeyPredicate {
    /// Larger ones are not compiled: what they would allow is denied.
    static let nodesMax = 2000

    /// True of keys for which one of `predicates` is; canonical whatever their order.
    static func any(of predicates: [KeyPredicate]) -> KeyPredicate {
        var keys: [String] = []
        var others: [KeyPredicate] = []
        var open = predicates
        while let predicate = open.popLast() {
            switch predicate {
            case .always: return .always
            case .never: continue
            case .isOneOf(let more): keys += more
            case .or(let left, let right): open += [left, right]
            case .isLike, .row, .not, .and: others.append(predicate)
            }
        }
        let list = oneOf(keys)
        if list != .never { others.append(list) }
        return joined(others, empty: .never, KeyPredicate.or)
    }

    /// True of keys for which all `predicates` are; canonical whatever their order.
    static func all(of predicates: [KeyPredicate]) -> KeyPredicate {
        var keys: [String]?
        var others: [KeyPredicate] = []
        var open = predicates
        while let predicate = open.popLast() {
            switch predicate {
            case .never: return .never
            case .always: continue
            case .isOneOf(let more): keys = keys.map { $0.filter(more.containsExactly) } ?? more
            case .and(let left, let right): open += [left, right]
            case .isLike, .row, .not, .or: others.append(predicate)
            }
        }
        if let keys {
            // A key that is named can be tested now, but for what the row decides.
            let left = oneOf(keys.filter { key in others.allSatisfy { $0.isTrue(of: key) != false } })
            if left == .never { return .never }
            others = [left] + others.filter(\.dependsOnRow)
        }
        return joined(others, empty: .always, KeyPredicate.and)
    }

    static func negation(of predicate: KeyPredicate) -> KeyPredicate {
        switch predicate {
        case .always: .never
        case .never: .always
        case .not(let inner): inner
        case .isOneOf, .isLike, .row, .and, .or: .not(predicate)
        }
    }

    /// Sorted, each key once.
    static func oneOf(_ keys: [String]) -> KeyPredicate {
        let sorted = Set(keys.map { ExactText($0) }).sorted()
        return sorted.isEmpty ? .never : .isOneOf(sorted.map(\.string))
    }

    private static func joined(
        _ predicates: [KeyPredicate], empty: KeyPredicate, _ join: (KeyPredicate, KeyPredicate) -> KeyPredicate
    ) -> KeyPredicate {
        guard predicates.count > 1 else { return predicates.first ?? empty }
        var byBytes: [[UInt8]: KeyPredicate] = [:]
        for predicate in predicates { byBytes[predicate.canonicalBytes] = predicate }
        var sorted = byBytes.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
        guard var result = sorted.popLast() else { return empty }
        while let next = sorted.popLast() { result = join(next, result) }
        return result
    }

    var canonicalBytes: [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.predicate(self)
        return encoder.bytes
    }

    var nodeCount: Int {
        switch self {
        case .always, .never, .isLike, .row: 1
        case .isOneOf(let keys): keys.count
        case .not(let inner): 1 + inner.nodeCount
        case .and(let left, let right), .or(let left, let right): 1 + left.nodeCount + right.nodeCount
        }
    }

    /// Whether it is true of a key, given as Cedar sees it; nil if the row decides.
    public func isTrue(of key: String) -> Bool? {
        switch self {
        case .always: return true
        case .never: return false
        case .isOneOf(let keys): return keys.containsExactly(key)
        case .isLike(let pattern): return KeyPatternPart.matches(pattern, key)
        case .row: return nil
        case .not(let inner): return inner.isTrue(of: key).map { !$0 }
        case .and(let left, let right):
            let both = [left.isTrue(of: key), right.isTrue(of: key)]
            return both.contains(false) ? false : both.contains(nil) ? nil : true
        case .or(let left, let right):
            let both = [left.isTrue(of: key), right.isTrue(of: key)]
            return both.contains(true) ? true : both.contains(nil) ? nil : false
        }
    }

    /// Whether it asks for the subject's key.
    var dependsOnKey: Bool {
        switch self {
        case .always, .never, .row: false
        case .isOneOf, .isLike: true
        case .not(let inner): inner.dependsOnKey
        case .and(let left, let right), .or(let left, let right): left.dependsOnKey || right.dependsOnKey
        }
    }

    var dependsOnRow: Bool { !rowTests.isEmpty }

    /// Every question to the row in it.
    public var rowTests: Set<RowTest> {
        switch self {
        case .always, .never, .isOneOf, .isLike: []
        case .row(let test): [test]
        case .not(let inner): inner.rowTests
        case .and(let left, let right), .or(let left, let right): left.rowTests.union(right.rowTests)
        }
    }

    /// What is left once it is known what the row answers.
    func assuming(_ answers: [RowTest: Bool]) -> KeyPredicate {
        switch self {
        case .always, .never, .isOneOf, .isLike: self
        case .row(let test): answers[test].map { $0 ? .always : .never } ?? self
        case .not(let inner): .negation(of: inner.assuming(answers))
        case .and(let left, let right): .all(of: [left.assuming(answers), right.assuming(answers)])
        case .or(let left, let right): .any(of: [left.assuming(answers), right.assuming(answers)])
        }
    }
}

extension KeyPatternPart {
    static func matches(_ pattern: [KeyPatternPart], _ key: String) -> Bool {
        let bytes = Array(key.utf8)
        // Literals are whole scalars, so matching their bytes matches scalars.
        var reachable: Set<Int> = [0]
        for part in pattern {
            switch part {
            case .wildcard:
                guard let first = reachable.min() else { return false }
                reachable = Set(first...bytes.count)
            case .literal(let text):
                let literal = Array(text.utf8)
                reachable = Set(
                    reachable.filter { bytes[$0...].starts(with: literal) }.map { $0 + literal.count })
            }
        }
        return reachable.contains(bytes.count)
    }
}
