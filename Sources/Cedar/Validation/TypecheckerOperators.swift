/// Operators with two operands, and what is expected of operands.
extension Typechecker {
    enum Expectation: Equatable {
        case bool, long, string, entity, set, entityOrRecord, entityOrSet
        case exactly(ExpressionType)

        fileprivate func admits(_ type: ExpressionType) -> Bool {
            switch (self, type) {
            case (.bool, .bool), (.long, .long), (.string, .string), (.entity, .entity), (.set, .set),
                (.entityOrRecord, .entity), (.entityOrRecord, .record), (.entityOrSet, .entity),
                (.entityOrSet, .set(.entity)):
                true
            case (.exactly(.bool), .bool): true
            case (.exactly(let wanted), _): wanted == type
            default: false
            }
        }

        fileprivate var noun: String {
            switch self {
            case .bool: "Bool"
            case .long: "Long"
            case .string: "String"
            case .entity: "an entity"
            case .set: "a set"
            case .entityOrRecord: "an entity or a record"
            case .entityOrSet: "an entity or a set of entities"
            case .exactly(let type): type.description
            }
        }
    }

    /// Checks `expression`; where it is not as expected its type is unknown, after an error.
    mutating func expect(_ expectation: Expectation, _ expression: Expression) -> Typed {
        var typed = check(expression)
        guard let type = typed.type, !expectation.admits(type) else { return typed }
        fail(
            "\(expectation.noun) is expected, but this is \(type.withArticle)", expression.range,
            help: Self.help(expectation, type))
        typed.type = nil
        return typed
    }

    private static func help(_ expectation: Expectation, _ type: ExpressionType) -> String? {
        switch (expectation, type) {
        case (.entityOrSet, .set), (.entityOrSet, .string): "test whether a set has an element by `….contains(…)`"
        case (.set, .entity): "test whether an entity is in a group by `… in …`"
        case (.set, .record): "test whether a record has an attribute by `… has …`"
        case (.set, .string), (.entityOrRecord, .string): "compare text by `==` or `like`"
        case (.string, .entity): "test the type of an entity by `… is …`"
        case (.long, .string): "text cannot be put together in a policy"
        case (.long, .decimal): "compare decimals by methods, as in `….lessThan(…)`"
        default: nil
        }
    }

    mutating func binary(
        _ expression: Expression, _ operation: BinaryOperator, _ left: Expression, _ right: Expression
    ) -> Typed {
        switch operation {
        case .equal: return Typed(equality(expression, left, right))
        case .notEqual: return Typed(Self.negated(equality(expression, left, right)))
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            comparison(left, right)
            return Typed(.bool(nil))
        case .add, .subtract, .multiply:
            _ = expect(.long, left)
            _ = expect(.long, right)
            return Typed(.long)
        case .in:
            let member = expect(.entity, left).type
            let group = expect(.entityOrSet, right).type
            return Typed(membership(left, member, right, group))
        case .contains:
            let set = expect(.set, left).type
            let element = check(right).type
            if case .set(let elements)? = set, let element, elements.joined(with: element) == nil {
                failIncompatible(elements, element, expression.range, "the elements of the set and what it may contain")
            }
            return Typed(.bool(nil))
        case .containsAll, .containsAny:
            let first = expect(.set, left).type
            let second = expect(.set, right).type
            if let first, let second, first.joined(with: second) == nil {
                failIncompatible(first, second, expression.range, "the two sets")
            }
            return Typed(.bool(nil))
        case .hasTag: return hasTag(left, right)
        case .getTag: return getTag(expression, left, right)
        }
    }

    /// Entities of two types are never equal; of other types that do not go together it is an error to ask.
    private mutating func equality(_ expression: Expression, _ left: Expression, _ right: Expression) -> ExpressionType
    {
        let leftType = check(left).type
        let rightType = check(right).type
        guard let leftType, let rightType else { return .bool(nil) }
        if case .entity(let first) = leftType, case .entity(let second) = rightType, first != second {
            return .bool(false)
        }
        if let first = literal(left), let second = literal(right) { return .bool(first == second) }
        if leftType.joined(with: rightType) == nil {
            failIncompatible(leftType, rightType, expression.range, "the operands of `==`")
        }
        return .bool(nil)
    }

    /// The value of a literal that is no set, record or extension value, or of the request's action.
    private func literal(_ expression: Expression) -> Value? {
        switch expression.kind {
        case .literal(let value):
            switch value {
            case .bool, .long, .string, .entity: return value
            default: return nil
            }
        case .variable(.action): return .entity(environment.action)
        default: return nil
        }
    }

    private mutating func comparison(_ left: Expression, _ right: Expression) {
        let leftType = check(left).type
        let rightType = check(right).type
        guard let leftType, let rightType, leftType != rightType || !leftType.isOrdered else { return }
        switch (leftType.isOrdered, rightType.isOrdered) {
        case (true, true) where rightType == .long: failComparison(left, leftType, wanted: "Long")
        case (true, _): failComparison(right, rightType, wanted: leftType.description)
        case (false, true): failComparison(left, leftType, wanted: rightType.description)
        case (false, false):
            failComparison(left, leftType, wanted: "Long, datetime or duration")
            failComparison(right, rightType, wanted: "Long, datetime or duration")
        }
    }

    private mutating func failComparison(_ operand: Expression, _ type: ExpressionType, wanted: String) {
        fail(
            "\(wanted) is expected, but this is \(type.withArticle)", operand.range,
            help: type == .decimal ? Self.help(.long, .decimal) : nil)
    }

    /// The type of `left in right`, false if the types or the hierarchy of actions make it so.
    mutating func membership(
        _ left: Expression, _ leftType: ExpressionType?, _ right: Expression, _ rightType: ExpressionType?
    ) -> ExpressionType {
        guard case .entity(let member)? = leftType, let rightType else { return .bool(nil) }
        if member.isActionType, case .entity(let action)? = literal(left), let groups = entities(right) {
            let actions = groups.filter(\.type.isActionType)
            return actions.isEmpty ? .bool(false) : .bool(validator.isAction(action, in: actions))
        }
        switch rightType {
        case .entity(let group), .set(.entity(let group)):
            return .bool(validator.schema.mayBeIn(member, group) ? nil : false)
        default: return .bool(nil)
        }
    }

    /// The entities of a literal, of the action, or of a set of only those.
    private func entities(_ expression: Expression) -> [EntityUID]? {
        if case .entity(let uid)? = literal(expression) { return [uid] }
        let values: [Value?]
        switch expression.kind {
        case .set(let elements): values = elements.map { literal($0) }
        case .literal(.set(let elements)): values = elements.map { $0 }
        default: return nil
        }
        let entities = values.compactMap { value -> EntityUID? in
            if case .entity(let uid)? = value { uid } else { nil }
        }
        return entities.count == values.count ? entities : nil
    }
}

extension ExpressionType {
    var withArticle: String {
        switch self {
        case .entity: "an entity of type \(self)"
        default: description
        }
    }
}
