extension PolicySet {
    /// Every entity that a policy or template names, actions too, wherever it stands.
    public var namedEntities: Set<EntityUID> {
        (policies + templates).reduce(into: []) { $0.formUnion($1.namedEntities) }
    }
}

extension Policy {
    /// Every entity that it names, actions too, wherever it stands.
    public var namedEntities: Set<EntityUID> {
        var found = Set([scope.principal.entity, scope.resource.entity].compactMap { $0 })
        switch scope.action {
        case .any: break
        case .equal(let uid): found.insert(uid)
        case .in(let groups): found.formUnion(groups)
        }
        for condition in conditions { condition.body.collectEntities(into: &found) }
        return found
    }
}

extension EntityConstraint {
    /// The entity it names, if it names one.
    var entity: EntityUID? {
        switch self {
        case .equal(.entity(let uid)), .in(.entity(let uid)), .is(_, in: .some(.entity(let uid))): uid
        case .any, .equal(.slot), .in(.slot), .is(_, in: nil), .is(_, in: .some(.slot)): nil
        }
    }
}

extension Expression {
    fileprivate func collectEntities(into found: inout Set<EntityUID>) {
        if case .literal(let value) = kind { found.formUnion(value.entities) }
        for operand in operands { operand.collectEntities(into: &found) }
    }
}

extension Value {
    /// The entities in it, however deep.
    var entities: [EntityUID] {
        switch self {
        case .entity(let uid): [uid]
        case .set(let elements): elements.flatMap(\.entities)
        case .record(let record): record.flatMap(\.value.entities)
        default: []
        }
    }
}
