/// Whether there is an action whose types of principal and resource the scope admits.
struct ScopeValidation {
    private let schema: Schema
    private let policy: Policy

    init(_ schema: Schema, _ policy: Policy) {
        self.schema = schema
        self.policy = policy
    }

    func problem() -> CedarDiagnostic? {
        let scope = policy.scope
        let actions = actions(scope.action)
        let applies = actions.contains { action in
            action.principals.contains { admits(scope.principal, $0) }
                && action.resources.contains { admits(scope.resource, $0) }
        }
        guard !applies else { return nil }
        var help: String?
        if wouldBeIn(scope.principal, actions.flatMap(\.principals)) { help = "did you mean `principal in`?" }
        if wouldBeIn(scope.resource, actions.flatMap(\.resources)) { help = "did you mean `resource in`?" }
        return CedarDiagnostic(
            message: "no action applies to the principal and resource of the scope", span: policy.span, help: help)
    }

    private func actions(_ constraint: ActionConstraint) -> [Schema.Action] {
        switch constraint {
        case .any: return Array(schema.actions.values)
        case .equal(let uid): return schema.actions[uid].map { [$0] } ?? []
        case .in(let groups):
            // One that the schema does not have leaves open which actions are meant.
            guard groups.allSatisfy({ schema.actions[$0] != nil }) else { return [] }
            let all = groups.reduce(into: Set(groups)) { $0.formUnion(schema.descendants(of: $1)) }
            return all.compactMap { schema.actions[$0] }
        }
    }

    private func admits(_ constraint: EntityConstraint, _ type: EntityTypeName) -> Bool {
        switch constraint {
        case .any, .equal(.slot), .in(.slot): true
        case .equal(.entity(let uid)): uid.type == type
        case .in(.entity(let group)): schema.hierarchy.isIn(type, group.type)
        case .is(let wanted, nil), .is(let wanted, .some(.slot)): wanted == type
        case .is(let wanted, .some(.entity(let group))): wanted == type && schema.hierarchy.isIn(type, group.type)
        }
    }

    private func wouldBeIn(_ constraint: EntityConstraint, _ types: [EntityTypeName]) -> Bool {
        guard case .equal(.entity(let uid)) = constraint, !types.contains(uid.type) else { return false }
        return types.contains { schema.hierarchy.isIn($0, uid.type) }
    }
}
