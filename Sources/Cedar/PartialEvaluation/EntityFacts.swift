/// Operators on operands that are folded already.
struct EntityFacts {
    let entities: Entities

    func binary(_ operation: BinaryOperator, _ left: FoldedOperand, _ right: FoldedOperand) -> FoldedOperand {
        switch operation {
        case .equal: Folding.equal(left, right)
        case .notEqual: Folding.not(Folding.equal(left, right))
        case .less: Folding.ordered(left, right, { $0 < $1 })
        case .lessOrEqual: Folding.ordered(left, right, { !($1 < $0) })
        case .greater: Folding.ordered(left, right, { $1 < $0 })
        case .greaterOrEqual: Folding.ordered(left, right, { !($0 < $1) })
        case .in: Folding.member(left, right, entities.isMember)
        case .add: Folding.arithmetic(left, right, "+", Int64.addingReportingOverflow)
        case .subtract: Folding.arithmetic(left, right, "-", Int64.subtractingReportingOverflow)
        case .multiply: Folding.arithmetic(left, right, "*", Int64.multipliedReportingOverflow)
        case .contains: Folding.contains(left, right)
        case .containsAll: Folding.setTest(left, right, { $0.isSuperset(of: $1) })
        case .containsAny: Folding.setTest(left, right, { $0.intersects($1) })
        case .hasTag: tag(left, right, test: true)
        case .getTag: tag(left, right, test: false)
        }
    }

    private func tag(_ operand: FoldedOperand, _ key: FoldedOperand, test: Bool) -> FoldedOperand {
        for case .error(let error) in [operand, key] { return .error(error) }
        if case .value(let value) = operand, value.kind != .entity {
            return Folding.error(.wrongKind(expected: [.entity], found: value.kind))
        }
        if case .value(let value) = key, value.kind != .string {
            return Folding.error(.wrongKind(expected: [.string], found: value.kind))
        }
        guard case .value(.entity(let uid)) = operand, case .value(.string(let key)) = key else {
            return .unknown(test ? .bool : nil)
        }
        let found = entities[uid]?.tags[key]
        if test { return .value(.bool(found != nil)) }
        return found.map(FoldedOperand.value)
            ?? Folding.error(entities[uid] == nil ? .noSuchEntity(uid) : .noSuchTag(key, owner: uid))
    }
}
