/// Evaluates conditions, as far as the resource is known.
struct PartialEvaluator {
    let principal: EntityUID
    let action: EntityUID
    let resource: EntityUID
    let context: Value
    let facts: EntityFacts
    let source: SourceText

    func evaluate(_ expression: Expression) -> Residual {
        let result = folded(expression)
        guard case .error(let error) = result else { return result }
        return .error(error.located(at: source.span(expression.range)))
    }

    private func folded(_ expression: Expression) -> Residual {
        switch expression.kind {
        case .literal(let value): .value(value)
        case .variable(.principal): .value(.entity(principal))
        case .variable(.action): .value(.entity(action))
        case .variable(.resource): .value(.entity(resource))
        case .variable(.context): .value(context)
        case .not(let operand): Folding.not(evaluate(operand))
        case .negate(let operand): Folding.negate(evaluate(operand))
        case .and(let operands): Folding.junction(stopsAt: false, operands.lazy.map(evaluate))
        case .or(let operands): Folding.junction(stopsAt: true, operands.lazy.map(evaluate))
        case .conditional(let condition, let then, let otherwise):
            Folding.conditional(evaluate(condition), then: { evaluate(then) }, else: { evaluate(otherwise) })
        case .binary(let operation, let left, let right): facts.binary(operation, evaluate(left), evaluate(right))
        case .isEmpty(let operand): Folding.isEmpty(evaluate(operand))
        case .like(let operand, let pattern): Folding.like(evaluate(operand), pattern)
        case .is(let operand, let type, let group):
            isOf(evaluate(operand), type, group)
        case .has(let operand, let path): facts.has(evaluate(operand), path[...])
        case .attribute(let operand, let name): facts.attribute(evaluate(operand), name)
        case .set(let elements): Folding.set(elements.map(evaluate))
        case .record(let fields): Folding.record(fields.map { ($0.key, evaluate($0.value)) })
        case .call(let function, let arguments): Folding.call(function, arguments.map(evaluate))
        }
    }

    /// `e is T in g`: `g` is not evaluated where `e` is of another type.
    private func isOf(_ operand: Residual, _ type: EntityTypeName, _ group: Expression?) -> Residual {
        let isType = Folding.isOf(operand, type)
        guard let group else { return isType }
        return Folding.junction(
            stopsAt: false,
            [{ isType }, { facts.binary(.in, operand, evaluate(group)) }].lazy.map { $0() })
    }
}

/// What is known of entities, the resource's unknown attributes among them.
struct EntityFacts {
    let entities: Entities
    /// Nil where the resource is an entity like all others.
    let resource: PartialEntity?

    func isMember(_ uid: EntityUID, of group: EntityUID) -> Bool {
        guard let resource, uid == resource.uid else { return entities.isMember(uid, of: group) }
        return uid == group || resource.parents.contains { entities.isMember($0, of: group) }
    }

    /// Everything that `uid` is in, without itself.
    func ancestors(of uid: EntityUID) -> Set<EntityUID> {
        guard let resource, uid == resource.uid else { return entities.ancestors(of: uid) }
        return resource.parents.reduce(into: Set(resource.parents)) { $0.formUnion(entities.ancestors(of: $1)) }
    }

    func binary(_ operation: BinaryOperator, _ left: Residual, _ right: Residual) -> Residual {
        switch operation {
        case .equal: Folding.equal(left, right)
        case .notEqual: Folding.not(Folding.equal(left, right))
        case .less: Folding.ordered(left, right, { $0 < $1 }, Residual.less)
        case .lessOrEqual: Folding.ordered(left, right, { !($1 < $0) }, Residual.lessOrEqual)
        case .greater: Folding.ordered(left, right, { $1 < $0 }, Residual.greater)
        case .greaterOrEqual: Folding.ordered(left, right, { !($0 < $1) }, Residual.greaterOrEqual)
        case .in: Folding.member(left, right, isMember)
        case .add: Folding.arithmetic(left, right, "+", Int64.addingReportingOverflow, Residual.add)
        case .subtract: Folding.arithmetic(left, right, "-", Int64.subtractingReportingOverflow, Residual.subtract)
        case .multiply: Folding.arithmetic(left, right, "*", Int64.multipliedReportingOverflow, Residual.multiply)
        case .contains: Folding.contains(left, right)
        case .containsAll: Folding.setTest(left, right, { $0.isSuperset(of: $1) }, Residual.containsAll)
        case .containsAny: Folding.setTest(left, right, { $0.intersects($1) }, Residual.containsAny)
        case .hasTag: tag(left, right, test: true)
        case .getTag: tag(left, right, test: false)
        }
    }

    private func residual(_ value: PartialValue) -> Residual {
        switch value {
        case .known(let value): .value(value)
        case .unknown(let unknown): .unknown(unknown)
        case .record(let fields):
            Folding.record(fields.sorted { $0.key < $1.key }.map { ($0.key, residual($0.value)) })
        }
    }

    /// The attribute, nil if there is none; an error where that cannot be asked.
    private func find(_ operand: Residual, _ name: CedarString) -> Residual? {
        switch operand {
        case .value(.entity(let uid)):
            if let resource, uid == resource.uid { return resource.attributes[name].map(residual) }
            return entities[uid]?.attributes[name].map(Residual.value)
        case .value(.record(let record)): return record[name].map(Residual.value)
        case .record(let fields): return fields[name]
        case .value(let value):
            return Folding.error(.wrongKind(expected: [.entity, .record], found: value.kind))
        default: return operand
        }
    }

    func attribute(_ operand: Residual, _ name: CedarString) -> Residual {
        switch operand {
        case .value, .record:
            if let found = find(operand, name) { return found }
            guard case .value(.entity(let uid)) = operand else {
                return Folding.error(.noSuchAttribute(name, owner: nil))
            }
            let isKnown = uid == resource?.uid || entities[uid] != nil
            return Folding.error(isKnown ? .noSuchAttribute(name, owner: uid) : .noSuchEntity(uid))
        case .error: return operand
        default: return .attribute(operand, name)
        }
    }

    func has(_ operand: Residual, _ path: ArraySlice<CedarString>) -> Residual {
        guard let name = path.first else { return .value(true) }
        let rest = path.dropFirst()
        switch operand {
        case .value, .record:
            guard let found = find(operand, name) else { return .value(false) }
            if case .error = found { return found }
            return rest.isEmpty ? .value(true) : has(found, rest)
        case .error: return operand
        default:
            guard !rest.isEmpty else { return .has(operand, name) }
            return Folding.junction(stopsAt: false, [.has(operand, name), has(.attribute(operand, name), rest)])
        }
    }

    private func tag(_ operand: Residual, _ key: Residual, test: Bool) -> Residual {
        for case .error(let error) in [operand, key] { return .error(error) }
        if case .value(let value) = operand, value.kind != .entity {
            return Folding.error(.wrongKind(expected: [.entity], found: value.kind))
        }
        if case .value(let value) = key, value.kind != .string {
            return Folding.error(.wrongKind(expected: [.string], found: value.kind))
        }
        guard case .value(.entity(let uid)) = operand, case .value(.string(let key)) = key else {
            return test ? .hasTag(operand, key) : .getTag(operand, key)
        }
        let found: Residual? =
            uid == resource?.uid ? resource?.tags[key].map(residual) : entities[uid]?.tags[key].map(Residual.value)
        if test { return .value(.bool(found != nil)) }
        let isKnown = uid == resource?.uid || entities[uid] != nil
        return found ?? Folding.error(isKnown ? .noSuchTag(key, owner: uid) : .noSuchEntity(uid))
    }
}
