extension PolicySet {
    /// Decides by Cedar's rules: denied unless a permit is satisfied and no forbid is; policies that fail are skipped.
    public func authorize(_ request: Request, _ entities: Entities) -> Response {
        var permits: [PolicyID] = []
        var forbids: [PolicyID] = []
        var errors: [PolicyFailure] = []
        func evaluate(_ policy: Policy) {
            guard policy.scope.covers(request, entities) else { return }
            do throws(EvaluationError) {
                guard try policy.isSatisfied(by: request, entities) else { return }
                switch policy.effect {
                case .permit: permits.append(policy.id)
                case .forbid: forbids.append(policy.id)
                }
            } catch {
                errors.append(PolicyFailure(policy: policy.id, effect: policy.effect, error: error))
            }
        }
        if policies.count < PolicyIndex.policiesMin {
            for policy in policies { evaluate(policy) }
        } else {
            for position in index.positions(request, entities) { evaluate(policies[position]) }
        }
        return Response(permits: permits, forbids: forbids, errors: errors)
    }
}

extension Response {
    /// - Parameter permits: The ones that are satisfied, as are the forbids.
    init(permits: [PolicyID], forbids: [PolicyID], errors: [PolicyFailure]) {
        decision = forbids.isEmpty && !permits.isEmpty ? .allow : .deny
        reasons = forbids.isEmpty ? permits : forbids
        self.errors = errors
    }
}

extension Policy {
    /// Whether its conditions hold.
    fileprivate func isSatisfied(by request: Request, _ entities: Entities) throws(EvaluationError) -> Bool {
        let evaluator = Evaluator(request: request, entities: entities, source: source)
        for condition in conditions where try evaluator.isTrue(condition.body) != (condition.kind == .when) {
            return false
        }
        return true
    }
}

extension Scope {
    fileprivate func covers(_ request: Request, _ entities: Entities) -> Bool {
        principal.covers(request.principal, entities) && action.covers(request.action, entities)
            && resource.covers(request.resource, entities)
    }
}

extension EntityConstraint {
    fileprivate func covers(_ uid: EntityUID, _ entities: Entities) -> Bool {
        switch self {
        case .any: true
        case .equal(.entity(let other)): uid == other
        case .in(.entity(let group)): entities.isMember(uid, of: group)
        case .is(let type, in: nil): uid.type == type
        case .is(let type, in: .some(.entity(let group))): uid.type == type && entities.isMember(uid, of: group)
        case .equal(.slot), .in(.slot), .is(_, in: .some(.slot)): false
        }
    }
}

extension ActionConstraint {
    fileprivate func covers(_ uid: EntityUID, _ entities: Entities) -> Bool {
        switch self {
        case .any: true
        case .equal(let other): uid == other
        case .in(let groups): groups.contains { entities.isMember(uid, of: $0) }
        }
    }
}
