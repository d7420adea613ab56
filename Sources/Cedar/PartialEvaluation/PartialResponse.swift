/// What is left of one policy.
public struct ResidualPolicy: Sendable, Hashable {
    public let policy: PolicyID
    public let effect: Effect
    /// `.value(true)`: satisfied. `.error`: fails and is skipped by Cedar. Otherwise it depends on unknowns.
    public let residual: Residual
}

/// The answer to a request about a ``PartialEntity``.
public struct PartialResponse: Sendable {
    /// Every policy that is not known to be unsatisfied, in order.
    public let residuals: [ResidualPolicy]
    let resource: PartialEntity
    let entities: Entities

    /// Cedar's decision, nil while it depends on unknowns.
    public var decision: Decision? {
        func any(_ effect: Effect, _ test: (Residual) -> Bool) -> Bool {
            residuals.contains { $0.effect == effect && test($0.residual) }
        }
        if any(.forbid, { $0 == .value(true) }) { return .deny }
        if !any(.permit, { !$0.isError }) { return .deny }
        guard !any(.forbid, { !$0.isError }), any(.permit, { $0 == .value(true) }) else { return nil }
        return .allow
    }

    /// The policies that fail whatever the unknowns are.
    public var errors: [PolicyFailure] { residuals.failures }

    /// The unknowns that it depends on, sorted.
    public var unknowns: [Unknown] { Set(residuals.flatMap(\.residual.unknowns)).sorted() }

    /// What is left once the unknowns with these paths have values; with all of them nothing is, and ``decision`` is
    /// what ``PolicySet/authorize(_:_:)`` answers for the resource with these values.
    public func substituting(_ values: [[CedarString]: Value]) -> PartialResponse {
        let left = residuals.compactMap { policy -> ResidualPolicy? in
            let residual = policy.residual.substituting(values, resource: resource, entities: entities)
            guard residual != .value(false) else { return nil }
            return ResidualPolicy(policy: policy.policy, effect: policy.effect, residual: residual)
        }
        return PartialResponse(residuals: left, resource: resource, entities: entities)
    }

    /// The answer, nil while a policy depends on unknowns, even if the decision no longer does.
    public var response: Response? {
        guard residuals.allSatisfy({ $0.residual.isDecided }) else { return nil }
        func satisfied(_ effect: Effect) -> [PolicyID] {
            residuals.filter { $0.effect == effect && $0.residual == .value(true) }.map(\.policy)
        }
        return Response(permits: satisfied(.permit), forbids: satisfied(.forbid), errors: errors)
    }
}

extension PolicySet {
    /// Decides as far as it can about a resource that is known in part.
    ///
    /// - Parameter entities: May lack the resource; what `resource` says of it counts.
    public func partiallyAuthorize(
        principal: EntityUID, action: EntityUID, resource: PartialEntity, context: ValueRecord, entities: Entities
    ) -> PartialResponse {
        let facts = EntityFacts(entities: entities, resource: resource)
        let residuals = policies.compactMap {
            $0.residual(
                principal: principal, action: action, resource: resource.uid, context: .record(context), facts: facts)
        }
        return PartialResponse(residuals: residuals, resource: resource, entities: entities)
    }
}

extension Residual {
    var isError: Bool { if case .error = self { true } else { false } }

    fileprivate var isDecided: Bool {
        switch self {
        case .value, .error: true
        default: false
        }
    }

    private var operands: [Residual] {
        switch self {
        case .value, .error, .unknown: []
        case .and(let all), .or(let all), .set(let all), .call(_, let all): all
        case .not(let one), .negate(let one), .is(let one, _), .like(let one, _), .isEmpty(let one), .has(let one, _),
            .attribute(let one, _):
            [one]
        case .if(let condition, let then, let otherwise): [condition, then, otherwise]
        case .equal(let left, let right), .less(let left, let right), .lessOrEqual(let left, let right),
            .greater(let left, let right),
            .greaterOrEqual(let left, let right), .add(let left, let right), .subtract(let left, let right),
            .multiply(let left, let right),
            .in(let left, let right), .contains(let left, let right), .containsAll(let left, let right),
            .containsAny(let left, let right),
            .hasTag(let left, let right), .getTag(let left, let right):
            [left, right]
        case .record(let fields): fields.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// The unknowns in it, sorted.
    public var unknowns: [Unknown] {
        if case .unknown(let unknown) = self { return [unknown] }
        return Set(operands.flatMap(\.unknowns)).sorted()
    }

    /// Puts values in for unknowns and folds again. With all of them in, the result is `.value` or `.error`.
    ///
    /// - Parameter resource: The one of the question, as are the entities.
    public func substituting(
        _ values: [[CedarString]: Value], resource: PartialEntity, entities: Entities
    ) -> Residual {
        Substitution(values: values, facts: EntityFacts(entities: entities, resource: resource)).apply(to: self)
    }
}

private struct Substitution {
    let values: [[CedarString]: Value]
    let facts: EntityFacts

    func apply(to residual: Residual) -> Residual {
        func binary(_ operation: BinaryOperator, _ left: Residual, _ right: Residual) -> Residual {
            facts.binary(operation, apply(to: left), apply(to: right))
        }
        switch residual {
        case .value, .error: return residual
        case .unknown(let unknown):
            guard let value = values[unknown.path] else { return residual }
            guard unknown.kind == nil || unknown.kind == value.kind else {
                return Folding.error(.substitutedKind(unknown, found: value.kind))
            }
            return .value(value)
        case .and(let operands): return Folding.junction(stopsAt: false, operands.lazy.map(apply))
        case .or(let operands): return Folding.junction(stopsAt: true, operands.lazy.map(apply))
        case .not(let operand): return Folding.not(apply(to: operand))
        case .if(let condition, let then, let otherwise):
            return Folding.conditional(apply(to: condition), then: { apply(to: then) }, else: { apply(to: otherwise) })
        case .equal(let left, let right): return binary(.equal, left, right)
        case .less(let left, let right): return binary(.less, left, right)
        case .lessOrEqual(let left, let right): return binary(.lessOrEqual, left, right)
        case .greater(let left, let right): return binary(.greater, left, right)
        case .greaterOrEqual(let left, let right): return binary(.greaterOrEqual, left, right)
        case .add(let left, let right): return binary(.add, left, right)
        case .subtract(let left, let right): return binary(.subtract, left, right)
        case .multiply(let left, let right): return binary(.multiply, left, right)
        case .negate(let operand): return Folding.negate(apply(to: operand))
        case .in(let left, let right): return binary(.in, left, right)
        case .is(let operand, let type): return Folding.isOf(apply(to: operand), type)
        case .like(let operand, let pattern): return Folding.like(apply(to: operand), pattern)
        case .contains(let left, let right): return binary(.contains, left, right)
        case .containsAll(let left, let right): return binary(.containsAll, left, right)
        case .containsAny(let left, let right): return binary(.containsAny, left, right)
        case .isEmpty(let operand): return Folding.isEmpty(apply(to: operand))
        case .has(let operand, let name): return facts.has(apply(to: operand), [name])
        case .attribute(let operand, let name): return facts.attribute(apply(to: operand), name)
        case .hasTag(let left, let right): return binary(.hasTag, left, right)
        case .getTag(let left, let right): return binary(.getTag, left, right)
        case .set(let elements): return Folding.set(elements.map(apply))
        case .record(let fields):
            return Folding.record(fields.sorted { $0.key < $1.key }.map { ($0.key, apply(to: $0.value)) })
        case .call(let function, let arguments): return Folding.call(function, arguments.map(apply))
        }
    }
}

extension [ResidualPolicy] {
    var failures: [PolicyFailure] {
        compactMap { residual in
            guard case .error(let error) = residual.residual else { return nil }
            return PolicyFailure(policy: residual.policy, effect: residual.effect, error: error)
        }
    }
}

extension Policy {
    /// What is left of the policy; nil if it is known not to be satisfied.
    func residual(
        principal: EntityUID, action: EntityUID, resource: EntityUID, context: Value, facts: EntityFacts
    ) -> ResidualPolicy? {
        guard scope.covers(principal, action, resource, facts) else { return nil }
        let evaluator = PartialEvaluator(
            principal: principal, action: action, resource: resource, context: context, facts: facts, source: source)
        let left = Folding.junction(
            stopsAt: false,
            conditions.lazy.map { condition in
                let body = evaluator.evaluate(condition.body)
                return condition.kind == .when ? body : Folding.not(body)
            })
        if left == .value(false) { return nil }
        return ResidualPolicy(policy: id, effect: effect, residual: left)
    }
}

extension Scope {
    fileprivate func covers(_ principal: EntityUID, _ action: EntityUID, _ resource: EntityUID, _ facts: EntityFacts)
        -> Bool
    {
        self.principal.covers(principal, facts) && self.action.covers(action, facts)
            && self.resource.covers(resource, facts)
    }
}

extension EntityConstraint {
    fileprivate func covers(_ uid: EntityUID, _ facts: EntityFacts) -> Bool {
        switch self {
        case .any: true
        case .equal(.entity(let other)): uid == other
        case .in(.entity(let group)): facts.isMember(uid, of: group)
        case .is(let type, in: nil): uid.type == type
        case .is(let type, in: .some(.entity(let group))): uid.type == type && facts.isMember(uid, of: group)
        case .equal(.slot), .in(.slot), .is(_, in: .some(.slot)): false
        }
    }
}

extension ActionConstraint {
    fileprivate func covers(_ uid: EntityUID, _ facts: EntityFacts) -> Bool {
        switch self {
        case .any: true
        case .equal(let other): uid == other
        case .in(let groups): groups.contains { facts.isMember(uid, of: $0) }
        }
    }
}
