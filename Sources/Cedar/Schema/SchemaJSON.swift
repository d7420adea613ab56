/// Reads a schema in the JSON format, which has one member for each namespace.
struct SchemaJSON {
    private let source: SourceText
    private var diagnostics: [CedarDiagnostic] = []

    private init(_ source: SourceText) { self.source = source }

    /// - Throws: One diagnostic for each part that is not as the format wants it.
    static func syntax(of json: JSONValue, in source: SourceText) throws(SchemaError) -> SchemaSyntax {
        var reader = SchemaJSON(source)
        let syntax = reader.schema(json)
        guard reader.diagnostics.isEmpty else {
            throw SchemaError(diagnostics: Array(reader.diagnostics.prefix(SchemaSyntax.diagnosticsMax)))
        }
        return syntax
    }

    // MARK: JSON

    private mutating func fail(_ message: String, _ range: ByteRange, help: String? = nil) {
        guard diagnostics.count < SchemaSyntax.diagnosticsMax else { return }
        diagnostics.append(CedarDiagnostic(message: message, span: source.span(range), help: help))
    }

    /// The members of an object that may have `keys`; with any keys if that is nil.
    private mutating func members(_ json: JSONValue, _ noun: String, keys: [String]? = nil) -> [JSONValue.Member] {
        guard let members = json.members else {
            fail("\(noun) is an object, not \(json.noun)", json.range)
            return []
        }
        var seen: Set<CedarString> = []
        return members.filter { member in
            if !seen.insert(member.key).inserted {
                fail("the key \(member.key.literal) occurs twice", member.keyRange, help: "keep one of the two")
                return false
            }
            if let keys, !keys.contains(where: { CedarString($0) == member.key }) {
                fail(
                    "\(noun) has no \(member.key.literal)", member.keyRange,
                    help: Suggestion.help(for: member.key.text, among: keys)
                        ?? "it may have \(keys.joined(separator: ", "))")
                return false
            }
            return true
        }
    }

    private mutating func elements(_ json: JSONValue, _ noun: String) -> [JSONValue] {
        guard let elements = json.elements else {
            fail("\(noun) is an array, not \(json.noun)", json.range)
            return []
        }
        return elements
    }

    private mutating func string(_ json: JSONValue, _ noun: String) -> CedarString? {
        guard let string = json.string else {
            fail("\(noun) is a string, not \(json.noun)", json.range)
            return nil
        }
        return string
    }

    private mutating func name(_ json: JSONValue, _ noun: String) -> SchemaSyntax.Name? {
        string(json, noun).flatMap { name($0, noun, json.range) }
    }

    private mutating func name(_ text: CedarString, _ noun: String, _ range: ByteRange) -> SchemaSyntax.Name? {
        let prefix = "__cedar::"
        let rest = text.text.hasPrefix(prefix) ? String(text.text.dropFirst(prefix.count)) : text.text
        guard IdentifierRules.isTypeName(rest.utf8) else {
            fail("\(text.literal) is not \(noun)", range, help: "names are identifiers joined by `::`")
            return nil
        }
        return SchemaSyntax.Name(text: text.text, range: range)
    }

    private mutating func identifier(_ member: JSONValue.Member, _ noun: String) -> SchemaSyntax.Name? {
        guard IdentifierRules.isIdentifier(member.key.text.utf8) else {
            fail(
                "\(member.key.literal) is not \(noun)", member.keyRange,
                help: "it is an identifier and no reserved word; its namespace is the key further out")
            return nil
        }
        return SchemaSyntax.Name(text: member.key.text, range: member.keyRange)
    }

    /// They say nothing to the engine, but must be well formed.
    private mutating func annotations(_ json: JSONValue) {
        for member in members(json, "annotations") {
            let bytes = member.key.text.utf8
            if bytes.first.map(IdentifierRules.isStart) != true || !bytes.allSatisfy(IdentifierRules.isPart) {
                fail("\(member.key.literal) is no identifier", member.keyRange)
            }
            guard case .null = member.value.kind else {
                _ = string(member.value, "an annotation")
                continue
            }
        }
    }

    // MARK: Declarations

    private mutating func schema(_ json: JSONValue) -> SchemaSyntax {
        var syntax = SchemaSyntax()
        for member in members(json, "a schema") {
            var name: SchemaSyntax.Name?
            if member.key != "" {
                name = self.name(member.key, "the name of a namespace", member.keyRange)
                if name == nil { continue }
            }
            syntax.namespaces.append(namespace(member.value, name))
        }
        return syntax
    }

    private mutating func namespace(_ json: JSONValue, _ name: SchemaSyntax.Name?) -> SchemaSyntax.Namespace {
        var namespace = SchemaSyntax.Namespace(name: name)
        var missing: Set<CedarString> = ["entityTypes", "actions"]
        let keys = ["commonTypes", "entityTypes", "actions", "annotations"]
        for member in members(json, "a namespace", keys: keys) {
            missing.remove(member.key)
            switch member.key {
            case "commonTypes":
                for member in members(member.value, "`commonTypes`") {
                    if let declaration = commonType(member) { namespace.commonTypes.append(declaration) }
                }
            case "entityTypes":
                for member in members(member.value, "`entityTypes`") {
                    if let declaration = entityType(member) { namespace.entityTypes.append(declaration) }
                }
            case "actions":
                for member in members(member.value, "`actions`") { namespace.actions.append(action(member)) }
            default:
                annotations(member.value)
                if name == nil, member.value.members?.isEmpty == false {
                    fail("the empty namespace has no annotations", member.keyRange)
                }
            }
        }
        if json.members != nil {
            for key in missing.sorted() { fail("a namespace lacks \(key.literal)", json.range, help: "add it, as {}") }
        }
        return namespace
    }

    private mutating func commonType(_ member: JSONValue.Member) -> SchemaSyntax.CommonTypeDeclaration? {
        guard let name = identifier(member, "the name of a common type"),
            let type = type(member.value, more: ["annotations"])
        else { return nil }
        return SchemaSyntax.CommonTypeDeclaration(name: name, type: type)
    }

    private mutating func entityType(_ member: JSONValue.Member) -> SchemaSyntax.EntityTypeDeclaration? {
        let name = identifier(member, "the name of an entity type")
        var parents: [SchemaSyntax.Name] = []
        var shape: SchemaSyntax.TypeExpression?
        var tags: SchemaSyntax.TypeExpression?
        var enumeration: [CedarString]?
        let keys = ["memberOfTypes", "shape", "tags", "enum", "annotations"]
        let parts = members(member.value, "an entity type", keys: keys)
        for part in parts {
            switch part.key {
            case "memberOfTypes":
                parents = elements(part.value, "`memberOfTypes`").compactMap {
                    self.name($0, "the name of an entity type")
                }
            case "shape": shape = type(part.value)
            case "tags": tags = type(part.value)
            case "enum":
                let identifiers = elements(part.value, "`enum`").compactMap { string($0, "an identifier") }
                if identifiers.isEmpty { fail("an enumerated type has at least one entity", part.value.range) }
                enumeration = identifiers
            default: annotations(part.value)
            }
        }
        if enumeration != nil {
            for part in parts where part.key != "enum" && part.key != "annotations" {
                fail("an enumerated type has no \(part.key.literal)", part.keyRange)
            }
        }
        guard let name else { return nil }
        return SchemaSyntax.EntityTypeDeclaration(
            names: [name],
            kind: enumeration.map { .enumeration($0) } ?? .standard(parents: parents, shape: shape, tags: tags))
    }

    private mutating func action(_ member: JSONValue.Member) -> SchemaSyntax.ActionDeclaration {
        var parents: [SchemaSyntax.ActionReference] = []
        var appliesTo: SchemaSyntax.AppliesTo?
        let keys = ["memberOf", "appliesTo", "attributes", "annotations"]
        for part in members(member.value, "an action", keys: keys) {
            if case .null = part.value.kind, part.key != "annotations" { continue }
            switch part.key {
            case "memberOf": parents = elements(part.value, "`memberOf`").compactMap { actionReference($0) }
            case "appliesTo": appliesTo = self.appliesTo(part.value)
            case "attributes": fail("actions have no attributes", part.keyRange, help: "leave them out")
            default: annotations(part.value)
            }
        }
        return SchemaSyntax.ActionDeclaration(
            names: [SchemaSyntax.ActionName(id: member.key, range: member.keyRange)], parents: parents,
            appliesTo: appliesTo)
    }

    private mutating func actionReference(_ json: JSONValue) -> SchemaSyntax.ActionReference? {
        var id: CedarString?
        var type: SchemaSyntax.Name?
        for part in members(json, "a group of actions", keys: ["id", "type"]) {
            if part.key == "id" {
                id = string(part.value, "`id`")
            } else if case .null = part.value.kind {
                continue
            } else {
                type = name(part.value, "the type of an action")
            }
        }
        guard let id else {
            if json.members != nil { fail("a group of actions lacks `id`", json.range) }
            return nil
        }
        return SchemaSyntax.ActionReference(type: type, id: id, range: json.range)
    }

    private mutating func appliesTo(_ json: JSONValue) -> SchemaSyntax.AppliesTo {
        var appliesTo = SchemaSyntax.AppliesTo()
        var missing: Set<CedarString> = ["principalTypes", "resourceTypes"]
        for part in members(json, "`appliesTo`", keys: ["principalTypes", "resourceTypes", "context"]) {
            missing.remove(part.key)
            switch part.key {
            case "principalTypes":
                appliesTo.principals = elements(part.value, "`principalTypes`")
                    .compactMap { self.name($0, "the name of an entity type") }
            case "resourceTypes":
                appliesTo.resources = elements(part.value, "`resourceTypes`")
                    .compactMap { self.name($0, "the name of an entity type") }
            default: appliesTo.context = type(part.value)
            }
        }
        for key in missing.sorted() where json.members != nil { fail("`appliesTo` lacks \(key.literal)", json.range) }
        return appliesTo
    }

    // MARK: Types

    /// - Parameter more: Keys beside those of the type, which the caller reads.
    private mutating func type(_ json: JSONValue, more: [String] = [], depth: Int = 0) -> SchemaSyntax.TypeExpression? {
        guard depth <= SchemaSyntax.nestingMax else {
            fail("the type nests deeper than \(SchemaSyntax.nestingMax) levels", json.range)
            return nil
        }
        guard json.members != nil else {
            fail("a type is an object, not \(json.noun)", json.range)
            return nil
        }
        guard let kind = json["type"] else {
            fail("a type lacks `type`", json.range)
            return nil
        }
        guard let word = string(kind, "`type`") else { return nil }
        let keys: [String] =
            switch word {
            case "Set": ["element"]
            case "Record": ["attributes", "additionalAttributes"]
            case "Entity", "EntityOrCommon", "Extension": ["name"]
            default: []
            }
        let parts = members(json, "a type \(word.literal)", keys: ["type"] + keys + more)
        if let annotations = parts.first(where: { $0.key == "annotations" }) { self.annotations(annotations.value) }
        func part(_ key: CedarString) -> JSONValue? { parts.first { $0.key == key }?.value }
        switch word {
        case "String": return .builtin(.string, json.range)
        case "Long": return .builtin(.long, json.range)
        case "Boolean": return .builtin(.bool, json.range)
        case "Set":
            guard let element = part("element") else { return lacking("element", word, json) }
            return type(element, depth: depth + 1).map { .set($0, json.range) }
        case "Record":
            guard let attributes = part("attributes") else { return lacking("attributes", word, json) }
            if let more = part("additionalAttributes") { closed(more) }
            return .record(
                members(attributes, "`attributes`").compactMap { attribute($0, depth: depth + 1) }, json.range)
        case "Entity", "EntityOrCommon":
            guard let name = part("name") else { return lacking("name", word, json) }
            return self.name(name, "the name of a type").map { .name($0, word == "Entity" ? .entityType : .either) }
        case "Extension":
            guard let name = part("name") else { return lacking("name", word, json) }
            return extensionType(name)
        default:
            return name(kind, "the name of a type").map { .name($0, .commonType) }
        }
    }

    private mutating func lacking(
        _ key: String, _ word: CedarString, _ json: JSONValue
    ) -> SchemaSyntax.TypeExpression? {
        fail("a type \(word.literal) lacks `\(key)`", json.range)
        return nil
    }

    private mutating func closed(_ json: JSONValue) {
        guard let isOpen = json.bool else {
            return fail("`additionalAttributes` is a boolean, not \(json.noun)", json.range)
        }
        if isOpen {
            fail(
                "records with attributes that are not declared are not supported", json.range,
                help: "declare the attributes, as optional where need be")
        }
    }

    private mutating func extensionType(_ json: JSONValue) -> SchemaSyntax.TypeExpression? {
        guard let name = string(json, "`name`") else { return nil }
        guard let type = SchemaType.extensionTypes[name.text] else {
            fail(
                "there is no extension type \(name.literal)", json.range,
                help: Suggestion.help(for: name.text, among: SchemaType.extensionTypes.keys)
                    ?? "the extension types are datetime, decimal, duration and ipaddr")
            return nil
        }
        return .builtin(type, json.range)
    }

    private mutating func attribute(_ member: JSONValue.Member, depth: Int) -> SchemaSyntax.Attribute? {
        guard let type = type(member.value, more: ["required", "annotations"], depth: depth) else { return nil }
        var isRequired = true
        if let required = member.value["required"] {
            if let bool = required.bool {
                isRequired = bool
            } else {
                fail("`required` is a boolean, not \(required.noun)", required.range)
            }
        }
        return SchemaSyntax.Attribute(
            name: member.key, nameRange: member.keyRange, type: type, isRequired: isRequired)
    }
}
