extension Schema {
    /// This schema in Cedar's schema language, declarations in order of their names.
    ///
    /// Read again it is the same schema. Common types and annotations are gone: what was read has them no longer.
    public var text: String { SchemaText(self).text }
}

/// Writes a schema in Cedar's schema language.
private struct SchemaText {
    private let schema: Schema
    /// The last parts of the names that the schema itself declares, which hide the language's own types.
    private let declared: Set<String>

    init(_ schema: Schema) {
        self.schema = schema
        declared = Set(schema.entityTypes.keys.map(\.baseName))
    }

    var text: String {
        let types = Dictionary(grouping: schema.entityTypes.values) { Self.namespace($0.name) }
        let actions = Dictionary(grouping: schema.actions.values) { Self.namespace($0.uid.type) }
        let blocks = Set(types.keys).union(actions.keys).sorted().map { namespace in
            let declarations =
                (types[namespace] ?? []).sorted { $0.name < $1.name }.map(entityType)
                + (actions[namespace] ?? []).sorted { $0.uid < $1.uid }.map(action)
            guard !namespace.text.isEmpty else { return declarations.joined(separator: "\n") }
            let lines = declarations.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
            return "namespace \(namespace) {\n" + lines.map { "  \($0)\n" }.joined() + "}"
        }
        return blocks.map { $0 + "\n" }.joined(separator: "\n")
    }

    /// What stands before the last `::`, empty if there is none.
    private static func namespace(_ name: EntityTypeName) -> CedarString {
        CedarString(String(decoding: name.name.text.utf8.dropLast(name.baseName.utf8.count).dropLast(2), as: UTF8.self))
    }

    private func entityType(_ type: Schema.EntityType) -> String {
        if let identifiers = type.enumeration {
            return "entity \(type.name.baseName) enum [\(identifiers.map(\.literal).joined(separator: ", "))];"
        }
        var text = "entity \(type.name.baseName)"
        if !type.parents.isEmpty {
            text += " in [\(type.parents.sorted().map(\.description).joined(separator: ", "))]"
        }
        if !type.attributes.attributes.isEmpty {
            text += " {\n" + fields(type.attributes).map { "  \($0),\n" }.joined() + "}"
        }
        if let tags = type.tags { text += " tags \(self.type(tags))" }
        return text + ";"
    }

    private func action(_ action: Schema.Action) -> String {
        var text = "action \(action.uid.id.literal)"
        if !action.parents.isEmpty {
            text += " in [\(action.parents.map(\.description).joined(separator: ", "))]"
        }
        guard !action.principals.isEmpty || !action.resources.isEmpty else { return text + ";" }
        text += " appliesTo {\n"
        text += "  principal: [\(action.principals.map(\.description).joined(separator: ", "))],\n"
        text += "  resource: [\(action.resources.map(\.description).joined(separator: ", "))],\n"
        text += "  context: \(type(.record(action.context))),\n"
        return text + "};"
    }

    private func fields(_ record: RecordType) -> [String] {
        record.attributes.sorted { $0.key < $1.key }.map { name, attribute in
            let word = IdentifierRules.isIdentifier(name.text.utf8) ? name.text : name.literal
            return "\(word)\(attribute.isRequired ? "" : "?"): \(type(attribute.type))"
        }
    }

    private func type(_ type: SchemaType) -> String {
        switch type {
        case .bool: builtin("Bool")
        case .long: builtin("Long")
        case .string: builtin("String")
        case .decimal: builtin("decimal")
        case .ipaddr: builtin("ipaddr")
        case .datetime: builtin("datetime")
        case .duration: builtin("duration")
        case .entity(let name): name.description
        case .set(let element): "Set<\(self.type(element))>"
        case .record(let record):
            record.attributes.isEmpty ? "{}" : "{ \(fields(record).joined(separator: ", ")) }"
        }
    }

    private func builtin(_ name: String) -> String { declared.contains(name) ? "__cedar::\(name)" : name }
}
