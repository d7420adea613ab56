/// A principal, action, resource or group, with what is known of it.
public struct Entity: Sendable, Hashable {
    public var uid: EntityUID
    public var attributes: ValueRecord
    /// What it directly belongs to. A parent need not be in the store.
    public var parents: [EntityUID]
    public var tags: ValueRecord

    public init(
        uid: EntityUID, attributes: ValueRecord = ValueRecord(), parents: [EntityUID] = [],
        tags: ValueRecord = ValueRecord()
    ) {
        self.uid = uid
        self.attributes = attributes
        self.parents = parents
        self.tags = tags
    }
}
