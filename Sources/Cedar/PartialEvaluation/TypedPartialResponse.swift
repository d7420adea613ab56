/// What is left of one policy.
public struct TypedResidualPolicy: Sendable, Hashable {
    public let policy: PolicyID
    public let effect: Effect
    /// A value is `true`: the policy is satisfied. An error: it fails and is skipped by Cedar.
    public let residual: TypedResidual
}

/// The answer to a ``PartialRequest``.
public struct TypedPartialResponse: Sendable {
    /// Every policy that is not known to be unsatisfied, in order.
    public let residuals: [TypedResidualPolicy]
    /// The attributes asked for that no type has, by policy. A condition that depends on them rarely means what its
    /// author thinks: a `forbid` guarded by a misspelt `has` never forbids.
    public let undeclared: [PolicyID: [UndeclaredAttribute]]
    /// The paths of the unknown resource's attributes that policies ask for, `["subject", "home"]`, also where the
    /// answer does not depend on them as long as they are as the schema says.
    public let consulted: Set<[CedarString]>
    let schema: Schema
    let contextType: RecordType

    /// Cedar's decision, nil while it depends on unknowns. One that is given early is final.
    public var decision: Decision? {
        func any(_ effect: Effect, _ test: (TypedResidual) -> Bool) -> Bool {
            residuals.contains { $0.effect == effect && test($0.residual) }
        }
        if any(.forbid, { $0.value == true }) { return .deny }
        if !any(.permit, { $0.error == nil }) { return .deny }
        guard !any(.forbid, { $0.error == nil }), any(.permit, { $0.value == true }) else { return nil }
        return .allow
    }

    /// The policies that fail whatever the unknowns are.
    public var errors: [PolicyFailure] {
        residuals.compactMap { policy in
            policy.residual.error.map { PolicyFailure(policy: policy.policy, effect: policy.effect, error: $0) }
        }
    }

    /// What is left now that more is known. With everything known nothing is, and the answer is that of
    /// ``PolicySet/authorize(_:_:)``.
    ///
    /// - Parameter request: Of the same action and types as before; what was known is as it was.
    public func substituting(_ request: PartialRequest, _ entities: PartialEntities) -> TypedPartialResponse {
        var evaluator = TypedEvaluator(
            request: request, entities: entities.adding(actionsOf: schema), schema: schema, contextType: contextType)
        let left = residuals.compactMap { policy -> TypedResidualPolicy? in
            let residual = evaluator.evaluate(policy.residual)
            guard residual.value != false else { return nil }
            return TypedResidualPolicy(policy: policy.policy, effect: policy.effect, residual: residual)
        }
        return TypedPartialResponse(
            residuals: left, undeclared: undeclared, consulted: consulted, schema: schema, contextType: contextType)
    }

    /// The answer, nil while a policy depends on unknowns, even if the decision no longer does.
    public var response: Response? {
        guard residuals.allSatisfy({ $0.residual.value != nil || $0.residual.error != nil }) else { return nil }
        func satisfied(_ effect: Effect) -> [PolicyID] {
            residuals.filter { $0.effect == effect && $0.residual.value == true }.map(\.policy)
        }
        return Response(permits: satisfied(.permit), forbids: satisfied(.forbid), errors: errors)
    }
}

extension PolicySet {
    /// Decides as far as it can about a request that is known in part, by the types of `schema`.
    ///
    /// The result is what Cedar decides for all entities and requests that are as the schema says. Policies need not
    /// be strictly valid, but less is decided early of those that are not.
    ///
    /// - Throws: If the schema does not declare the action, or not for these types.
    public func partiallyAuthorize(
        _ request: PartialRequest, _ entities: PartialEntities, schema: Schema
    ) throws(PartialRequestError) -> TypedPartialResponse {
        let action = try request.declaration(in: schema)
        let entities = entities.adding(actionsOf: schema)
        var residuals: [TypedResidualPolicy] = []
        var undeclared: [PolicyID: [UndeclaredAttribute]] = [:]
        var consulted: Set<[CedarString]> = []
        for policy in policies {
            var evaluator = TypedEvaluator(
                request: request, entities: entities, schema: schema, contextType: action.context,
                source: policy.source)
            let residual = evaluator.residual(of: policy)
            consulted.formUnion(evaluator.consulted)
            if !evaluator.undeclared.isEmpty { undeclared[policy.id] = evaluator.undeclared }
            guard residual.value != false else { continue }
            residuals.append(TypedResidualPolicy(policy: policy.id, effect: policy.effect, residual: residual))
        }
        return TypedPartialResponse(
            residuals: residuals, undeclared: undeclared, consulted: consulted, schema: schema,
            contextType: action.context)
    }
}

extension PartialEntities {
    /// With the schema's actions, which are entities too; those that are there already count as they are.
    func adding(actionsOf schema: Schema) -> PartialEntities {
        guard schema.actions.keys.contains(where: { known[$0] == nil }) else { return self }
        let added = schema.actionEntities.filter { known[$0.uid] == nil }
        var result = self
        // Without the schema's hierarchy, should it be circular, an action is in no group.
        if let all = try? known.adding(added) { result.known = all }
        return result
    }
}

extension TypedEvaluator {
    private enum Part {
        case scope(TypedResidual)
        case condition(Condition)
    }

    /// Scope and conditions in their order, as one conjunction.
    mutating func residual(of policy: Policy) -> TypedResidual {
        let scope = policy.scope
        let place = source.map {
            Place(source: $0, range: ByteRange(policy.span.startOffset, policy.span.endOffset))
        }
        // A scope cannot fail, and is most often settled: what it says need not become a tree then.
        let isCovered = covers(scope)
        if isCovered == false { return truth(false, at: place) }
        let scopeParts: [Part] =
            isCovered == true
            ? []
            : [
                .scope(constraint(scope.principal, on: .principal, at: place)),
                .scope(constraint(scope.action, at: place)),
                .scope(constraint(scope.resource, on: .resource, at: place)),
            ]
        let parts = scopeParts + policy.conditions.map(Part.condition)
        return junction(stopsAt: false, parts, at: place) { evaluator, part in
            switch part {
            case .scope(let residual): return residual
            case .condition(let condition):
                let body = evaluator.evaluate(condition.body)
                return condition.kind == .when ? body : evaluator.not(body, at: body.place)
            }
        }
    }

    /// Nil if it depends on what is not known.
    private func covers(_ scope: Scope) -> Bool? {
        let parts = [
            covers(scope.action), covers(scope.principal, request.principal), covers(scope.resource, request.resource),
        ]
        return parts.contains(false) ? false : parts.contains(nil) ? nil : true
    }

    private func covers(_ constraint: EntityConstraint, _ party: PartialRequest.Party) -> Bool? {
        switch (constraint, party) {
        case (.any, _): true
        case (.is(let type, in: nil), _): type == party.type
        case (.is(let type, in: .some), _) where type != party.type: false
        case (.equal(.entity(let other)), .known(let uid)): uid == other
        case (.in(.entity(let group)), .known(let uid)), (.is(_, in: .some(.entity(let group))), .known(let uid)):
            entities.isMember(uid, of: group)
        case (.equal(.slot), _), (.in(.slot), _), (.is(_, in: .some(.slot)), _): false
        case (.equal(.entity), .unknown), (.in(.entity), .unknown), (.is(_, in: .some(.entity)), .unknown): nil
        }
    }

    private func covers(_ constraint: ActionConstraint) -> Bool? {
        switch constraint {
        case .any: return true
        case .equal(let uid): return uid == request.action
        case .in(let groups):
            let memberships = groups.map { entities.isMember(request.action, of: $0) }
            return memberships.contains(true) ? true : memberships.contains(nil) ? nil : false
        }
    }

    private mutating func constraint(
        _ constraint: EntityConstraint, on variable: RequestVariable, at place: Place?
    ) -> TypedResidual {
        let entity = self.variable(variable, at: place)
        switch constraint {
        case .any: return truth(true, at: place)
        case .equal(.entity(let uid)): return binary(.equal, entity, value(.entity(uid), at: place), at: place)
        case .in(.entity(let group)): return binary(.in, entity, value(.entity(group), at: place), at: place)
        case .is(let type, in: nil): return isOf(entity, type, at: place)
        case .is(let type, in: .some(.entity(let group))):
            guard isOf(entity, type, at: place).value == true else { return truth(false, at: place) }
            return binary(.in, entity, value(.entity(group), at: place), at: place)
        case .equal(.slot), .in(.slot), .is(_, in: .some(.slot)): return truth(false, at: place)
        }
    }

    private mutating func constraint(_ constraint: ActionConstraint, at place: Place?) -> TypedResidual {
        let action = value(.entity(request.action), at: place)
        switch constraint {
        case .any: return truth(true, at: place)
        case .equal(let uid): return truth(uid == request.action, at: place)
        case .in(let groups):
            return binary(.in, action, value(.set(ValueSet(groups.map(Value.entity))), at: place), at: place)
        }
    }
}
