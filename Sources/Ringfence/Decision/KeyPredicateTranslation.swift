internal import Cedar

extension KeyPredicate {
    /// The path of the data subject's key in a residual.
    static let keyPath: [CedarString] = ["subject", "id"]

    /// What a residual over the subject's key says, nil if that may fail for some key or SQL has no exact equal.
    ///
    /// The key is a string that is always there, so what is taken here can neither fail nor be NULL.
    init?(_ residual: Residual) {
        guard let predicate = Self.predicate(residual), predicate.nodeCount <= Self.nodesMax else { return nil }
        self = predicate
    }

    private static func predicate(_ residual: Residual) -> KeyPredicate? {
        switch residual {
        case .value(.bool(true)): return .always
        case .value(.bool(false)): return .never
        case .and(let operands): return predicates(operands).map(all)
        case .or(let operands): return predicates(operands).map(any)
        case .not(let operand): return predicate(operand).map(negation)
        case .if(let condition, let then, let otherwise):
            guard let condition = predicate(condition), let then = predicate(then), let otherwise = predicate(otherwise)
            else { return nil }
            return any(of: [all(of: [condition, then]), all(of: [negation(of: condition), otherwise])])
        case .equal(let left, let right):
            if isKey(left), isKey(right) { return .always }
            if isKey(left), case .value(let value) = right { return isOneOf([value]) }
            if isKey(right), case .value(let value) = left { return isOneOf([value]) }
            return nil
        case .contains(.value(.set(let values)), let element):
            return isKey(element) ? isOneOf(Array(values)) : nil
        case .contains(.set(let elements), let element):
            guard isKey(element) else { return nil }
            var values: [Value] = []
            for element in elements {
                guard case .value(let value) = element else { return nil }
                values.append(value)
            }
            return isOneOf(values)
        case .contains: return nil
        case .like(let operand, let pattern):
            return isKey(operand) ? like(pattern) : nil
        case .value, .error, .unknown, .less, .lessOrEqual, .greater, .greaterOrEqual, .add, .subtract, .multiply,
            .negate, .in, .is, .containsAll, .containsAny, .isEmpty, .has, .attribute, .hasTag, .getTag, .set, .record,
            .call:
            return nil
        }
    }

    private static func predicates(_ residuals: [Residual]) -> [KeyPredicate]? {
        var result: [KeyPredicate] = []
        for residual in residuals {
            guard let predicate = predicate(residual) else { return nil }
            result.append(predicate)
        }
        return result
    }

    private static func isKey(_ residual: Residual) -> Bool {
        guard case .unknown(let unknown) = residual else { return false }
        return unknown.path == keyPath
    }

    /// A value of another kind equals no string; a text with NUL equals no text of PostgreSQL.
    private static func isOneOf(_ values: [Value]) -> KeyPredicate {
        oneOf(
            values.compactMap { value in
                guard case .string(let string) = value, !string.text.utf8.contains(0) else { return nil }
                return string.text
            })
    }

    private static func like(_ pattern: Pattern) -> KeyPredicate {
        var parts: [KeyPatternPart] = []
        var literal = ""
        for element in pattern.elements {
            switch element {
            case .literal("\0"): return .never
            case .literal(let scalar): literal.unicodeScalars.append(scalar)
            case .wildcard:
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                if parts.last != .wildcard { parts.append(.wildcard) }
            }
        }
        if parts == [.wildcard], literal.isEmpty { return .always }
        if parts.isEmpty { return .isOneOf([literal]) }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        return .isLike(pattern: parts)
    }
}
