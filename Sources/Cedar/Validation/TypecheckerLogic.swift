/// `&&`, `||`, `if` and `is`: what is certainly true or false decides what is looked at, and what a test shows holds
/// where it is known to be true.
extension Typechecker {
    /// Left to right; what follows a false operand is not looked at.
    mutating func conjunction(
        count: Int, _ operand: (inout Typechecker, Int) -> Typed
    ) -> Typed {
        var result = operand(&self, 0)
        var entered: [Set<Capability>] = []
        for position in 1..<max(count, 1) {
            if result.type == .bool(false) {
                result.capabilities = []
                break
            }
            // Only what the last operand adds: all of them each time would be quadratic.
            if position == 1 { enter(result.capabilities, &entered) }
            let right = operand(&self, position)
            enter(right.capabilities, &entered)
            switch (result.type, right.type) {
            case (_, .bool(false)): result = Typed(.bool(false))
            case (_, .bool(true)): result.capabilities.formUnion(right.capabilities)
            case (.bool(true), _):
                result.type = right.type ?? .bool(nil)
                result.capabilities = right.capabilities
            default:
                result.type = .bool(nil)
                result.capabilities.formUnion(right.capabilities)
            }
        }
        for capabilities in entered { known.leave(capabilities) }
        return result
    }

    private mutating func enter(_ capabilities: Set<Capability>, _ entered: inout [Set<Capability>]) {
        guard !capabilities.isEmpty else { return }
        known.enter(capabilities)
        entered.append(capabilities)
    }

    /// Left to right; what follows a true operand is not looked at.
    mutating func disjunction(_ operands: [Expression]) -> Typed {
        var result = Typed(.bool(false))
        for (position, operand) in operands.enumerated() {
            guard result.type != .bool(true) else { break }
            let right = expect(.bool, operand)
            if position == 0 {
                result = right
                continue
            }
            switch (result.type, right.type) {
            case (_, .bool(true)): result = right
            case (_, .bool(false)): break
            case (.bool(false), _): result = right
            default: result = Typed(.bool(nil), result.capabilities.intersection(right.capabilities))
            }
        }
        return Typed(result.type ?? .bool(nil), result.capabilities)
    }

    mutating func conditional(
        _ expression: Expression, _ condition: Expression, _ then: Expression, _ other: Expression
    ) -> Typed {
        let test = expect(.bool, condition)
        if test.type == .bool(false) { return check(other) }
        known.enter(test.capabilities)
        var result = check(then)
        known.leave(test.capabilities)
        result.capabilities.formUnion(test.capabilities)
        if test.type == .bool(true) { return result }
        let alternative = check(other)
        guard let left = result.type, let right = alternative.type else { return Typed(nil) }
        return Typed(
            joined([left, right], expression.range, "the branches of an `if`"),
            result.capabilities.intersection(alternative.capabilities))
    }

    /// `e is T in g`: `g` is not looked at where `e` is of another type.
    mutating func isOf(_ operand: Expression, _ type: EntityTypeName, _ group: Expression?) -> Typed {
        let owner = expect(.entity, operand)
        guard let group else { return Typed(isOf(owner.type, type)) }
        return conjunction(count: 2) { checker, position in
            if position == 0 { return Typed(checker.isOf(owner.type, type)) }
            let groupType = checker.expect(.entityOrSet, group).type
            return Typed(checker.membership(operand, owner.type, group, groupType))
        }
    }

    private func isOf(_ owner: ExpressionType?, _ type: EntityTypeName) -> ExpressionType {
        guard case .entity(let name)? = owner else { return .bool(nil) }
        return .bool(name == type)
    }
}
