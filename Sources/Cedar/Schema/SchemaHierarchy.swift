/// Which types and actions may be in which through any number of levels.
struct SchemaHierarchy: Sendable {
    private let types: Reachability<EntityTypeName>
    private let actions: Reachability<EntityUID>
    /// For each type of actions, the bits of its actions and of all that one of them is in.
    private let actionTypes: [EntityTypeName: (own: [UInt64], above: [UInt64])]

    init(_ entityTypes: some Sequence<Schema.EntityType>, _ actions: some Sequence<Schema.Action>) {
        types = Reachability(entityTypes.map { ($0.name, Array($0.parents)) })
        let all = Reachability(actions.map { ($0.uid, $0.parents) })
        self.actions = all
        actionTypes = Dictionary(grouping: actions.map(\.uid), by: \.type).mapValues { all.bits(of: $0) }
    }

    func ancestors(of type: EntityTypeName) -> Set<EntityTypeName> { Set(types.above(type)) }
    func descendants(of type: EntityTypeName) -> Set<EntityTypeName> { Set(types.below(type)) }
    func ancestors(of action: EntityUID) -> Set<EntityUID> { Set(actions.above(action)) }
    func descendants(of action: EntityUID) -> Set<EntityUID> { Set(actions.below(action)) }

    func isIn(_ type: EntityTypeName, _ group: EntityTypeName) -> Bool {
        type == group || types.isAbove(group, type)
    }

    func isIn(_ action: EntityUID, _ group: EntityUID) -> Bool { action == group || actions.isAbove(group, action) }

    func mayBeIn(_ type: EntityTypeName, _ group: EntityTypeName) -> Bool {
        if isIn(type, group) { return true }
        guard let above = actionTypes[type]?.above, let own = actionTypes[group]?.own else { return false }
        return zip(above, own).contains { $0 & $1 != 0 }
    }
}

extension Schema {
    /// The types whose entities may be in one of `type`, through any number of levels.
    public func descendants(of type: EntityTypeName) -> Set<EntityTypeName> { hierarchy.descendants(of: type) }

    /// The types whose entities one of `type` may be in, through any number of levels.
    public func ancestors(of type: EntityTypeName) -> Set<EntityTypeName> { hierarchy.ancestors(of: type) }

    /// The actions in `action`, through any number of levels; not itself.
    public func descendants(of action: EntityUID) -> Set<EntityUID> { hierarchy.descendants(of: action) }

    /// The actions that `action` is in, through any number of levels; not itself.
    public func ancestors(of action: EntityUID) -> Set<EntityUID> { hierarchy.ancestors(of: action) }

    /// Whether an entity of type `type` can ever be in one of type `group`; every entity is in itself.
    public func mayBeIn(_ type: EntityTypeName, _ group: EntityTypeName) -> Bool { hierarchy.mayBeIn(type, group) }

    /// The actions as entities, which a store has whenever there is a schema.
    public var actionEntities: [Entity] {
        actions.values.map { Entity(uid: $0.uid, parents: $0.parents) }.sorted { $0.uid < $1.uid }
    }
}
