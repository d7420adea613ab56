/// Entities known whole, and some known in part; there are no others, but for types that are open.
public struct PartialEntities: Sendable {
    /// An entity that exists. Of its parts each is known whole or not at all, but of its attributes any.
    public struct PartlyKnown: Sendable, Hashable {
        public var attributes: PartialRecord?
        /// All it belongs to, through any number of levels.
        public var ancestors: Set<EntityUID>?
        public var tags: ValueRecord?

        public init(attributes: ValueRecord? = nil, ancestors: Set<EntityUID>? = nil, tags: ValueRecord? = nil) {
            self.attributes = attributes.map(PartialRecord.init)
            self.ancestors = ancestors
            self.tags = tags
        }

        public init(attributes: PartialRecord, ancestors: Set<EntityUID>?, tags: ValueRecord?) {
            self.attributes = attributes
            self.ancestors = ancestors
            self.tags = tags
        }
    }

    public internal(set) var known: Entities
    /// These count also where ``known`` has the same entity.
    public let partlyKnown: [EntityUID: PartlyKnown]
    /// Types of which there may be more entities; nothing is known of those, not even whether they exist.
    public let openTypes: Set<EntityTypeName>

    public init(
        _ known: Entities, partlyKnown: [EntityUID: PartlyKnown] = [:], openTypes: Set<EntityTypeName> = []
    ) {
        self.known = known
        self.partlyKnown = partlyKnown
        self.openTypes = openTypes
    }

    func isOpen(_ uid: EntityUID) -> Bool {
        !openTypes.isEmpty && openTypes.contains(uid.type) && !exists(uid)
    }

    func exists(_ uid: EntityUID) -> Bool { partlyKnown[uid] != nil || known[uid] != nil }

    /// Whether `uid` belongs to `group`; nil if that is not known.
    func isMember(_ uid: EntityUID, of group: EntityUID) -> Bool? {
        guard uid != group else { return true }
        guard let ancestors = ancestors(of: uid) else { return nil }
        return ancestors.contains(group)
    }

    /// All that `uid` belongs to, without itself; nil if that is not known.
    func ancestors(of uid: EntityUID) -> Set<EntityUID>? {
        if let entity = partlyKnown[uid] { return entity.ancestors }
        guard !isOpen(uid) else { return nil }
        var all = known.ancestors(of: uid)
        guard !all.contains(where: isOpen) else { return nil }
        guard !partlyKnown.isEmpty else { return all }
        for ancestor in all {
            guard let entity = partlyKnown[ancestor] else { continue }
            guard let further = entity.ancestors else { return nil }
            all.formUnion(further)
        }
        return all
    }
}
