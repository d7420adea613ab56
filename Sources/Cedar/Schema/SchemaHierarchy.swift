/// Which types and actions may be in which through any number of levels.
struct SchemaHierarchy: Sendable {
    private let typesAbove: [EntityTypeName: Set<EntityTypeName>]
    private let typesBelow: [EntityTypeName: Set<EntityTypeName>]
    private let actionsAbove: [EntityUID: Set<EntityUID>]
    private let actionsBelow: [EntityUID: Set<EntityUID>]
    /// For the type of a group of actions, the types of actions in it.
    private let actionTypesBelow: [EntityTypeName: Set<EntityTypeName>]

    init(_ entityTypes: some Sequence<Schema.EntityType>, _ actions: some Sequence<Schema.Action>) {
        typesAbove = Self.closure(entityTypes.map { ($0.name, Array($0.parents)) })
        typesBelow = Self.inverse(typesAbove)
        actionsAbove = Self.closure(actions.map { ($0.uid, $0.parents) })
        actionsBelow = Self.inverse(actionsAbove)
        var actionTypesBelow: [EntityTypeName: Set<EntityTypeName>] = [:]
        for (action, above) in actionsAbove {
            for group in above { actionTypesBelow[group.type, default: []].insert(action.type) }
        }
        self.actionTypesBelow = actionTypesBelow
    }

    /// Everything above each, through any number of levels. Types may be above themselves.
    private static func closure<Node: Hashable>(_ parents: [(Node, [Node])]) -> [Node: Set<Node>] {
        let direct = Dictionary(parents, uniquingKeysWith: { first, _ in first })
        var above: [Node: Set<Node>] = [:]
        for (node, parents) in parents where !parents.isEmpty {
            var found: Set<Node> = []
            var rest = parents
            while let next = rest.popLast() {
                if found.insert(next).inserted { rest += direct[next] ?? [] }
            }
            above[node] = found
        }
        return above
    }

    private static func inverse<Node: Hashable>(_ above: [Node: Set<Node>]) -> [Node: Set<Node>] {
        var below: [Node: Set<Node>] = [:]
        for (node, groups) in above {
            for group in groups { below[group, default: []].insert(node) }
        }
        return below
    }

    func ancestors(of type: EntityTypeName) -> Set<EntityTypeName> { typesAbove[type] ?? [] }
    func descendants(of type: EntityTypeName) -> Set<EntityTypeName> { typesBelow[type] ?? [] }
    func ancestors(of action: EntityUID) -> Set<EntityUID> { actionsAbove[action] ?? [] }
    func descendants(of action: EntityUID) -> Set<EntityUID> { actionsBelow[action] ?? [] }

    /// Whether an entity of type `type` can be in one of type `group`; every entity is in itself.
    func mayBeIn(_ type: EntityTypeName, _ group: EntityTypeName) -> Bool {
        type == group || typesBelow[group]?.contains(type) == true || actionTypesBelow[group]?.contains(type) == true
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
