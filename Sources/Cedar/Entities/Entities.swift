/// The entities that a request is decided with, and who belongs to whom through any number of levels.
public struct Entities: Sendable {
    /// Values nest at most this deep, so that nothing that walks them can exhaust the stack.
    public static let valueDepthMax = 64

    private var byUID: [EntityUID: Entity] = [:]
    /// All that an entity is in, through its parents; without itself. Only entities that have parents are listed.
    private var ancestors: [EntityUID: Set<EntityUID>] = [:]

    /// No entities.
    public init() {}

    /// - Throws: If an entity occurs twice with different contents, belongs to itself through its parents, or has a
    ///   value that nests deeper than ``valueDepthMax``. The same entity twice is accepted.
    public init(_ entities: some Sequence<Entity>) throws(EntitiesError) {
        for entity in entities { try insert(entity) }
        try close()
    }

    public subscript(uid: EntityUID) -> Entity? { byUID[uid] }

    /// In the order of their names.
    public var all: [Entity] { byUID.values.sorted { $0.uid < $1.uid } }

    public var count: Int { byUID.count }

    /// Everything `uid` belongs to, through any number of levels; not itself.
    public func ancestors(of uid: EntityUID) -> Set<EntityUID> { ancestors[uid] ?? [] }

    /// Every known entity that belongs to `group`, through any number of levels; not itself.
    public func descendants(of group: EntityUID) -> Set<EntityUID> {
        Set(ancestors.filter { $0.value.contains(group) }.keys)
    }

    /// Cedar's `in`: every entity is in itself, known or not.
    public func isMember(_ uid: EntityUID, of group: EntityUID) -> Bool {
        uid == group || ancestors[uid]?.contains(group) == true
    }

    /// These entities and `more`; an entity that both have must be the same in both.
    public func adding(_ more: some Sequence<Entity>) throws(EntitiesError) -> Entities {
        var result = self
        for entity in more { try result.insert(entity) }
        result.ancestors = [:]
        try result.close()
        return result
    }

    private mutating func insert(_ entity: Entity) throws(EntitiesError) {
        for record in [entity.attributes, entity.tags] where Value.record(record).depth > Self.valueDepthMax {
            throw EntitiesError(
                message: "a value of \(entity.uid) nests deeper than \(Self.valueDepthMax) levels",
                help: "flatten it, or make it an entity of its own")
        }
        if let present = byUID[entity.uid] {
            guard present.hasSameContents(as: entity) else {
                throw EntitiesError(
                    message: "\(entity.uid) occurs twice with different contents", help: "keep one of the two")
            }
            return
        }
        byUID[entity.uid] = entity
    }

    /// Depth first without recursion: hierarchies come from outside and may be deep.
    private mutating func close() throws(EntitiesError) {
        var isOpen: Set<EntityUID> = []
        for start in byUID.keys where ancestors[start] == nil {
            var path: [(uid: EntityUID, next: Int)] = [(start, 0)]
            isOpen = [start]
            while let (uid, next) = path.last {
                let parents = byUID[uid]?.parents ?? []
                guard next < parents.count else {
                    var all = Set(parents)
                    for parent in parents { all.formUnion(ancestors[parent] ?? []) }
                    ancestors[uid] = all
                    isOpen.remove(uid)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let parent = parents[next]
                guard !isOpen.contains(parent) else {
                    throw EntitiesError(
                        message: "\(parent) is in itself through its parents",
                        help: "remove one of the parents that close the circle")
                }
                if ancestors[parent] == nil, byUID[parent] != nil {
                    path.append((parent, 0))
                    isOpen.insert(parent)
                }
            }
        }
    }
}

extension Entity {
    /// The order and repetition of parents do not matter.
    fileprivate func hasSameContents(as other: Entity) -> Bool {
        attributes == other.attributes && tags == other.tags && Set(parents) == Set(other.parents)
    }
}
