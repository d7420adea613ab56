/// Reads one entity: `{"uid": …, "attrs": {…}, "parents": […], "tags": {…}}`. Other keys are ignored.
struct EntityJSONReader {
    private let source: SourceText
    private let schema: Schema?
    private let values: ValueJSONReader

    init(source: SourceText, schema: Schema?) {
        self.source = source
        self.schema = schema
        values = ValueJSONReader(source: source, schema: schema)
    }

    func entity(_ json: JSONValue) throws(CedarDiagnostic) -> Entity {
        var fields = try JSONFields(json, "an entity", in: source)
        let name = try fields.require("uid")
        let uid = try source.entityUID(name)
        let attributes = try fields.require("attrs")
        let parents = try parents(try fields.require("parents"))
        let tags = fields.take("tags")
        let entity: Entity
        if let schema, !uid.type.isActionType {
            entity = try conforming(uid, name, attributes, parents.map(\.uid), tags, to: schema)
            for (parent, range) in parents { try check(parent, at: range, of: uid, in: schema) }
        } else {
            entity = Entity(
                uid: uid, attributes: try values.record(try source.members(of: attributes, "`attrs`")),
                parents: parents.map(\.uid),
                tags: try tags.map { json throws(CedarDiagnostic) in
                    try values.record(try source.members(of: json, "`tags`"))
                } ?? ValueRecord())
        }
        return entity
    }

    private func parents(_ json: JSONValue) throws(CedarDiagnostic) -> [(uid: EntityUID, range: ByteRange)] {
        var parents: [(EntityUID, ByteRange)] = []
        for element in try source.elements(of: json, "`parents`") {
            parents.append((try source.entityUID(element), element.range))
        }
        return parents
    }

    private func conforming(
        _ uid: EntityUID, _ name: JSONValue, _ attributes: JSONValue, _ parents: [EntityUID], _ tags: JSONValue?,
        to schema: Schema
    ) throws(CedarDiagnostic) -> Entity {
        guard let type = schema.entityTypes[uid.type] else {
            throw source.diagnostic(
                "there is no entity type \(uid.type) in the schema", at: name.range,
                help: Suggestion.help(
                    for: uid.type.description, among: schema.entityTypes.keys.map(\.description)))
        }
        try values.check(uid, at: name.range)
        var tagValues: [CedarString: Value] = [:]
        for member in try tags.map({ json throws(CedarDiagnostic) in
            try source.members(of: json, "`tags`")
        }) ?? [] {
            guard let tag = type.tags else {
                throw source.diagnostic(
                    "\(uid.type) has no tags in the schema", at: member.keyRange,
                    help: "declare them, `entity \(uid.type.baseName) { … } tags …`, or leave them out")
            }
            tagValues[member.key] = try values.value(member.value, as: tag)
        }
        return Entity(
            uid: uid, attributes: try values.attributes(attributes, type.attributes, of: "\(uid)"),
            parents: parents, tags: ValueRecord(tagValues))
    }

    /// A parent may also be of a type that is only indirectly above.
    private func check(
        _ parent: EntityUID, at range: ByteRange, of uid: EntityUID, in schema: Schema
    ) throws(CedarDiagnostic) {
        let allowed = schema.ancestors(of: uid.type)
        guard allowed.contains(parent.type) else {
            throw source.diagnostic(
                "\(uid) cannot be in \(parent) by the schema", at: range,
                help: allowed.isEmpty
                    ? "entities of type \(uid.type) are in nothing"
                    : "it may be in \(allowed.sorted().map(\.description).joined(separator: ", "))")
        }
        try values.check(parent, at: range)
    }
}
