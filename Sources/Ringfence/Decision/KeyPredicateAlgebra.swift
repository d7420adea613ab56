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
            case .isLike, .not, .and: others.append(predicate)
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
            case .isLike, .not, .or: others.append(predicate)
            }
        }
        if let keys {
            // A key that is named can be tested now.
            let left = keys.filter { key in others.allSatisfy { $0.isTrue(of: key) } }
            return oneOf(left)
        }
        return joined(others, empty: .always, KeyPredicate.and)
    }

    static func negation(of predicate: KeyPredicate) -> KeyPredicate {
        switch predicate {
        case .always: .never
        case .never: .always
        case .not(let inner): inner
        case .isOneOf, .isLike, .and, .or: .not(predicate)
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
        case .always, .never, .isLike: 1
        case .isOneOf(let keys): keys.count
        case .not(let inner): 1 + inner.nodeCount
        case .and(let left, let right), .or(let left, let right): 1 + left.nodeCount + right.nodeCount
        }
    }

    /// Whether it is true of a key, given as Cedar sees it.
    public func isTrue(of key: String) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .isOneOf(let keys): keys.containsExactly(key)
        case .isLike(let pattern): KeyPatternPart.matches(pattern, key)
        case .not(let inner): !inner.isTrue(of: key)
        case .and(let left, let right): left.isTrue(of: key) && right.isTrue(of: key)
        case .or(let left, let right): left.isTrue(of: key) || right.isTrue(of: key)
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
