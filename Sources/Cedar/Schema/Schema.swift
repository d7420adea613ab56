/// Which entity types and actions there are, and what each of them has: what policies are validated against.
///
/// Names are resolved and common types expanded: nothing here depends on a namespace any more.
public struct Schema: Sendable {
    public struct EntityType: Sendable, Hashable {
        public var name: EntityTypeName
        /// The types whose entities it may directly be in.
        public var parents: Set<EntityTypeName>
        public var attributes: RecordType
        /// The type of all its tags; nil if it has none.
        public var tags: SchemaType?
        /// The identifiers of an enumerated type, which has no other entities; nil for ordinary ones.
        public var enumeration: [CedarString]?

        public init(
            name: EntityTypeName, parents: Set<EntityTypeName> = [], attributes: RecordType = RecordType(),
            tags: SchemaType? = nil, enumeration: [CedarString]? = nil
        ) {
            self.name = name
            self.parents = parents
            self.attributes = attributes
            self.tags = tags
            self.enumeration = enumeration
        }
    }

    public struct Action: Sendable, Hashable {
        public var uid: EntityUID
        /// The actions it is directly in.
        public var parents: [EntityUID]
        /// The types of principal and resource that it applies to; without any, no request names the action.
        public var principals: [EntityTypeName]
        public var resources: [EntityTypeName]
        public var context: RecordType

        public init(
            uid: EntityUID, parents: [EntityUID] = [], principals: [EntityTypeName] = [],
            resources: [EntityTypeName] = [], context: RecordType = RecordType()
        ) {
            self.uid = uid
            self.parents = parents
            self.principals = principals
            self.resources = resources
            self.context = context
        }
    }

    public private(set) var entityTypes: [EntityTypeName: EntityType]
    public private(set) var actions: [EntityUID: Action]
    let hierarchy: SchemaHierarchy

    /// What a program declares itself. It must be as a text could be: types that are named are declared, and an
    /// enumerated type has nothing but its identifiers.
    public init(entityTypes: some Sequence<EntityType>, actions: some Sequence<Action>) {
        self.init(
            entityTypes: Dictionary(entityTypes.map { ($0.name, $0) }) { $1 },
            actions: Dictionary(actions.map { ($0.uid, $0) }) { $1 })
    }

    init(entityTypes: [EntityTypeName: EntityType], actions: [EntityUID: Action]) {
        self.entityTypes = entityTypes
        self.actions = actions
        hierarchy = SchemaHierarchy(entityTypes.values, actions.values)
    }

    /// Reads Cedar's schema language.
    ///
    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: Every error that could be told apart. Beyond what the official engine refuses, these are errors: an
    ///   attribute declared twice, and types deeper or larger than any that people write.
    public init(parsing text: String, fileName: String) throws(SchemaError) {
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        self = try SchemaResolver.schema(of: try SchemaParser.syntax(of: source), in: source)
    }

    /// Reads Cedar's JSON schema format.
    ///
    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: As ``init(parsing:fileName:)`` does.
    public init(json text: String, fileName: String) throws(SchemaError) {
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        let json: JSONValue
        do {
            json = try JSONReader.value(in: source)
        } catch {
            throw SchemaError(diagnostics: [error])
        }
        self = try SchemaResolver.schema(of: try SchemaJSON.syntax(of: json, in: source), in: source)
    }
}
