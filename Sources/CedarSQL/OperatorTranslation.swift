internal import Cedar

/// Operators and methods with operands of the row.
extension ResidualTranslation {
    mutating func binary(
        _ residual: TypedResidual, _ operation: BinaryOperator, _ left: TypedResidual, _ right: TypedResidual,
        need: Need, present: Set<TypedResidual>
    ) -> Condition {
        switch operation {
        case .in: return member(residual, left, right, need: need, present: present)
        case .hasTag:
            return reject(residual, "hasTag", "tags are not mapped", "make the tag an attribute")
        case .getTag, .add, .subtract, .multiply:
            let operand = operand(residual, present: present)
            return Condition(operand.sql, mayBeNull: operand.mayBeNull)
        default: break
        }
        let leftOperand = operand(left, present: present)
        let rightOperand = operand(right, present: present)
        // Either rejected already, or NULL whatever else there is.
        if left.error != nil || right.error != nil { return Condition(.null, mayBeNull: true) }
        switch operation {
        case .equal: return equal(residual, leftOperand, rightOperand, need: need)
        case .notEqual:
            let equal = equal(residual, leftOperand, rightOperand, need: need.negated)
            return Condition(equal.sql.negated, mayBeNull: equal.mayBeNull)
        case .less: return ordered(residual, .less, leftOperand, rightOperand)
        case .lessOrEqual: return ordered(residual, .lessOrEqual, leftOperand, rightOperand)
        case .greater: return ordered(residual, .greater, leftOperand, rightOperand)
        case .greaterOrEqual: return ordered(residual, .greaterOrEqual, leftOperand, rightOperand)
        case .contains: return contains(residual, leftOperand, rightOperand, need: need)
        case .containsAll: return sets(residual, .contains, leftOperand, rightOperand)
        case .containsAny: return sets(residual, .overlaps, leftOperand, rightOperand)
        case .in, .hasTag, .getTag, .add, .subtract, .multiply:
            return reject(residual, operation.rawValue, "it is no comparison", "compare it with something")
        }
    }

    private func mayBeNull(_ operands: Operand...) -> Bool { operands.contains(where: \.mayBeNull) }

    private mutating func mismatch(_ residual: TypedResidual, _ construct: String) -> Condition {
        reject(residual, construct, "its operands are of different types", "validate the policies strictly")
    }

    // MARK: Comparisons

    private func compared(_ comparison: SQLExpression.Comparison, _ left: Operand, _ right: Operand) -> Condition {
        var (left, right, comparison) = (left, right, comparison)
        if left.value != nil { (left, right, comparison) = (right, left, comparison.mirrored) }
        let sql = left.type.isText ? left.sql.byBytes : left.sql
        return Condition(SQLExpression(.comparison(comparison, sql, right.sql)), mayBeNull: mayBeNull(left, right))
    }

    private mutating func equal(
        _ residual: TypedResidual, _ left: Operand, _ right: Operand, need: Need
    ) -> Condition {
        switch (left.type, right.type) {
        case (.entity(let first), .entity(let second)) where first != second:
            return constant(false, unlessNull: [left, right], need: need)
        case (.set, .set):
            guard left.isEmptySet || right.isEmptySet || left.type == right.type else {
                return mismatch(residual, "==")
            }
            if left.isEmptySet || right.isEmptySet {
                let set = left.isEmptySet ? right : left
                return Condition(isEmpty(set), mayBeNull: set.mayBeNull)
            }
            let all = [SQLExpression.ArrayOperator.contains, .isContained].map { array($0, left, right) }
            return Condition(.all(all), mayBeNull: mayBeNull(left, right))
        case (.record, _), (_, .record):
            return reject(
                residual, "record", "records are not compared in SQL", "compare their fields one by one")
        case (let first, let second) where first != second: return mismatch(residual, "==")
        default: break
        }
        if left.sql == right.sql, !mayBeNull(left, right) { return .constant(true) }
        if left.type == .bool {
            for (constant, other) in [(left, right), (right, left)] {
                guard case .bool(let value) = constant.value else { continue }
                return Condition(value ? other.sql : other.sql.negated, mayBeNull: other.mayBeNull)
            }
        }
        return compared(.equal, left, right)
    }

    private mutating func ordered(
        _ residual: TypedResidual, _ comparison: SQLExpression.Comparison, _ left: Operand, _ right: Operand
    ) -> Condition {
        guard left.type == right.type, [.long, .datetime, .duration].contains(left.type) else {
            return mismatch(residual, comparison.rawValue)
        }
        return compared(comparison, left, right)
    }

    mutating func like(_ text: Operand, _ pattern: Pattern, need: Need) -> Condition {
        var sqlPattern = ""
        var literal = ""
        var hasWildcard = false
        var isEscaped = false
        var isAfterWildcard = false
        for element in pattern.elements {
            switch element {
            case .wildcard:
                if !isAfterWildcard { sqlPattern.unicodeScalars.append("%") }
                hasWildcard = true
                isAfterWildcard = true
            case .literal(let scalar):
                isAfterWildcard = false
                if ["%", "_", "\\"].contains(scalar) {
                    sqlPattern.unicodeScalars.append("\\")
                    isEscaped = true
                }
                sqlPattern.unicodeScalars.append(scalar)
                literal.unicodeScalars.append(scalar)
            }
        }
        guard !literal.unicodeScalars.contains("\0") else { return constant(false, unlessNull: [text], need: need) }
        if !hasWildcard {
            let value = SQLExpression.value(.text(CedarString(literal)))
            return Condition(
                SQLExpression(.comparison(.equal, text.sql.byBytes, value)), mayBeNull: text.mayBeNull)
        }
        if literal.isEmpty { return constant(true, unlessNull: [text], need: need) }
        return Condition(
            SQLExpression(
                .like(text.sql.byBytes, pattern: .text(CedarString(sqlPattern)), isEscaped: isEscaped)),
            mayBeNull: text.mayBeNull)
    }

    mutating func call(
        _ residual: TypedResidual, _ function: ExtensionFunction, _ arguments: [Operand]
    ) -> Condition {
        let isDecimal = arguments.count == 2 && arguments.allSatisfy { $0.type == .decimal }
        let isAddress = arguments.count == function.argumentCount && arguments.allSatisfy { $0.type == .ipaddr }
        func within(_ ranges: String...) -> Condition {
            let tests = ranges.compactMap { try? CedarAddress(parsing: $0) }.map {
                SQLExpression(.isWithin(arguments[0].sql, .value(.inet($0))))
            }
            return Condition(.any(tests), mayBeNull: arguments[0].mayBeNull)
        }
        func family(_ version: Int64) -> Condition {
            let family = SQLExpression(.function("family", [arguments[0].sql]))
            return Condition(
                SQLExpression(.comparison(.equal, family, .value(.bigint(version)))),
                mayBeNull: arguments[0].mayBeNull)
        }
        switch function {
        case .lessThan where isDecimal: return compared(.less, arguments[0], arguments[1])
        case .lessThanOrEqual where isDecimal: return compared(.lessOrEqual, arguments[0], arguments[1])
        case .greaterThan where isDecimal: return compared(.greater, arguments[0], arguments[1])
        case .greaterThanOrEqual where isDecimal: return compared(.greaterOrEqual, arguments[0], arguments[1])
        case .isIpv4 where isAddress: return family(4)
        case .isIpv6 where isAddress: return family(6)
        case .isLoopback where isAddress: return within("127.0.0.0/8", "::1")
        case .isMulticast where isAddress: return within("224.0.0.0/4", "ff00::/8")
        case .isInRange where isAddress:
            return Condition(
                SQLExpression(.isWithin(arguments[0].sql, arguments[1].sql)),
                mayBeNull: mayBeNull(arguments[0], arguments[1]))
        default: return mismatch(residual, function.rawValue)
        }
    }

    // MARK: Sets

    private func isEmpty(_ set: Operand) -> SQLExpression {
        SQLExpression(.comparison(.equal, SQLExpression(.function("cardinality", [set.sql])), .value(.bigint(0))))
    }

    /// Collated, should the elements be text.
    private func array(_ operation: SQLExpression.ArrayOperator, _ left: Operand, _ right: Operand) -> SQLExpression {
        var (left, right, operation) = (left, right, operation)
        if left.value != nil {
            (left, right) = (right, left)
            operation = operation.mirrored
        }
        let isText = if case .set(let element) = left.type { element.isText } else { false }
        return SQLExpression(.array(operation, isText ? left.sql.byBytes : left.sql, right.sql))
    }

    private mutating func sets(
        _ residual: TypedResidual, _ operation: SQLExpression.ArrayOperator, _ left: Operand, _ right: Operand
    ) -> Condition {
        guard case .set = left.type, case .set = right.type,
            left.type == right.type || left.isEmptySet || right.isEmptySet
        else { return mismatch(residual, operation == .contains ? "containsAll" : "containsAny") }
        let emptied = (
            left.isEmptySet ? left.emptied(as: right) : left, right.isEmptySet ? right.emptied(as: left) : right
        )
        return Condition(array(operation, emptied.0, emptied.1), mayBeNull: mayBeNull(left, right))
    }

    private mutating func contains(
        _ residual: TypedResidual, _ set: Operand, _ element: Operand, need: Need
    ) -> Condition {
        if set.isEmptySet { return constant(false, unlessNull: [element], need: need) }
        guard case .set(let elementType) = set.type else { return mismatch(residual, "contains") }
        if case .entity(let first) = elementType, case .entity(let second) = element.type, first != second {
            return constant(false, unlessNull: [set, element], need: need)
        }
        guard elementType == element.type else { return mismatch(residual, "contains") }
        if case .set(let values) = set.value, values.count == 1, let only = SQLValue(values[0]) {
            let only = Operand(sql: .value(only), type: elementType, mayBeNull: false, value: values[0])
            if elementType == .bool { return equal(residual, element, only, need: need) }
            return compared(.equal, element, only)
        }
        guard let sqlType = SQLValue.ElementType(elementType) else { return mismatch(residual, "contains") }
        let any = SQLExpression(
            .isAny(elementType.isText ? element.sql.byBytes : element.sql, of: set.sql, elementType: sqlType))
        guard element.mayBeNull, set.value == nil else {
            return Condition(any, mayBeNull: mayBeNull(set, element))
        }
        // NULL is in no empty array, but reading it has failed.
        return Condition(.when(SQLExpression(.test(element.sql, .notNull)), then: any), mayBeNull: true)
    }
}

extension SQLExpression.ArrayOperator {
    fileprivate var mirrored: SQLExpression.ArrayOperator {
        switch self {
        case .contains: .isContained
        case .isContained: .contains
        case .overlaps: .overlaps
        }
    }
}

extension ResidualTranslation.Operand {
    fileprivate var isEmptySet: Bool { if case .set(let elements) = value { elements.isEmpty } else { false } }

    /// An empty array of the other's type: what type an empty set is of, nothing tells.
    fileprivate func emptied(as other: Self) -> Self {
        guard case .set(let type) = other.type, let sqlType = SQLValue.ElementType(type) else { return self }
        var result = self
        result.sql = .value(.array([], of: sqlType))
        result.type = other.type
        return result
    }
}

extension SchemaType {
    /// Whether its values are `text` in SQL, which a collation applies to.
    var isText: Bool {
        switch self {
        case .string, .entity: true
        default: false
        }
    }
}
