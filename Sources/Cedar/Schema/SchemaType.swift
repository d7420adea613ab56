/// The type that a schema gives to an attribute, a tag or a context.
public indirect enum SchemaType: Sendable, Hashable {
    case bool
    case long
    case string
    case decimal
    case ipaddr
    case datetime
    case duration
    case entity(EntityTypeName)
    case set(SchemaType)
    case record(RecordType)
}

/// The attributes of a record or an entity; others it has not.
public struct RecordType: Sendable, Hashable {
    public struct Attribute: Sendable, Hashable {
        public var type: SchemaType
        /// Whether every such record has it.
        public var isRequired: Bool

        public init(_ type: SchemaType, isRequired: Bool = true) {
            self.type = type
            self.isRequired = isRequired
        }
    }

    public var attributes: [CedarString: Attribute]

    public init(_ attributes: [CedarString: Attribute] = [:]) { self.attributes = attributes }

    public subscript(name: CedarString) -> Attribute? { attributes[name] }
}

extension SchemaType {
    static let extensionTypes: [String: SchemaType] = [
        "datetime": .datetime, "decimal": .decimal, "duration": .duration, "ipaddr": .ipaddr,
    ]

    /// The types that need no declaration: of the namespace `__cedar`, and without it where nothing else has the name.
    static let builtinTypes: [String: SchemaType] = extensionTypes.merging(
        ["Bool": .bool, "Long": .long, "String": .string], uniquingKeysWith: { first, _ in first })
}
