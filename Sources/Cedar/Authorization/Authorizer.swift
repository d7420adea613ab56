extension PolicySet {
    /// Decides by Cedar's rules: denied unless a permit is satisfied and no forbid is; policies that fail are skipped.
    public func authorize(_ request: Request, _ entities: Entities) -> Response {
        Response(
            deciding: residuals(
                principal: request.principal, action: request.action, resource: request.resource,
                context: .record(request.context), facts: EntityFacts(entities: entities, resource: nil)))
    }

    /// What is left of each policy that is not known to be unsatisfied, in order.
    func residuals(
        principal: EntityUID, action: EntityUID, resource: EntityUID, context: Value, facts: EntityFacts
    ) -> [ResidualPolicy] {
        func left(_ policy: Policy) -> ResidualPolicy? {
            policy.residual(principal: principal, action: action, resource: resource, context: context, facts: facts)
        }
        guard policies.count >= PolicyIndex.policiesMin else { return policies.compactMap(left) }
        return index.positions(principal: principal, action: action, resource: resource, facts).compactMap {
            left(policies[$0])
        }
    }
}

extension Response {
    /// - Parameter residuals: Each a value or an error.
    init(deciding residuals: [ResidualPolicy]) {
        let satisfied = residuals.filter { $0.residual == .value(true) }
        let forbids = satisfied.filter { $0.effect == .forbid }
        let permits = satisfied.filter { $0.effect == .permit }
        decision = forbids.isEmpty && !permits.isEmpty ? .allow : .deny
        reasons = (forbids.isEmpty ? permits : forbids).map(\.policy)
        errors = residuals.failures
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
        let evaluator = Evaluator(
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
