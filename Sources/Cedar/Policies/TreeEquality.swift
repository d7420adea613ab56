/// Equal trees mean the same and are written alike, wherever they stand.
extension Expression: Equatable {
    static func == (left: Expression, right: Expression) -> Bool {
        left.operandsMatch(right) && left.operands == right.operands
    }

    /// The expressions that this one is made of, in order.
    var operands: [Expression] {
        switch kind {
        case .literal, .variable: []
        case .not(let operand), .negate(let operand), .isEmpty(let operand), .like(let operand, _),
            .has(let operand, _), .attribute(let operand, _), .is(let operand, _, in: nil):
            [operand]
        case .and(let operands), .or(let operands), .set(let operands), .call(_, let operands): operands
        case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
        case .binary(_, let left, let right), .is(let left, _, in: .some(let right)): [left, right]
        case .record(let fields): fields.map(\.value)
        }
    }

    /// Whether both do the same with their operands, whatever these are.
    private func operandsMatch(_ other: Expression) -> Bool {
        switch kind {
        case .literal(let value): if case .literal(value) = other.kind { true } else { false }
        case .variable(let variable): if case .variable(variable) = other.kind { true } else { false }
        case .not: if case .not = other.kind { true } else { false }
        case .negate: if case .negate = other.kind { true } else { false }
        case .and: if case .and = other.kind { true } else { false }
        case .or: if case .or = other.kind { true } else { false }
        case .conditional: if case .conditional = other.kind { true } else { false }
        case .binary(let operation, _, _): if case .binary(operation, _, _) = other.kind { true } else { false }
        case .isEmpty: if case .isEmpty = other.kind { true } else { false }
        case .like(_, let pattern): if case .like(_, pattern) = other.kind { true } else { false }
        case .is(_, let type, _): if case .is(_, type, _) = other.kind { true } else { false }
        case .has(_, let path): if case .has(_, path) = other.kind { true } else { false }
        case .attribute(_, let name): if case .attribute(_, name) = other.kind { true } else { false }
        case .set: if case .set = other.kind { true } else { false }
        case .record(let fields):
            if case .record(let others) = other.kind { fields.map(\.key) == others.map(\.key) } else { false }
        case .call(let function, _): if case .call(function, _) = other.kind { true } else { false }
        }
    }
}

extension Scope: Equatable {
    static func == (left: Scope, right: Scope) -> Bool {
        left.principal == right.principal && left.action == right.action && left.resource == right.resource
    }
}

extension Policy {
    /// Whether it says the same as `other`, whatever both are called and wherever they stand.
    func hasSameTree(as other: Policy) -> Bool {
        effect == other.effect && scope == other.scope && conditions == other.conditions
            && annotations.elementsEqual(other.annotations) { left, right in
                left.key == right.key && left.value == right.value && left.isBare == right.isBare
            }
    }
}
