/// Everything that a schema declares, by its full name.
///
/// Names are ASCII here, so that the canonical equivalence of `String` is equality of bytes.
struct SchemaNames {
    struct CommonType {
        let declaration: SchemaSyntax.CommonTypeDeclaration
        let namespace: String?
    }

    /// What a name stands for.
    enum Target {
        case entityType(EntityTypeName)
        /// By its full name.
        case commonType(String)
        case builtin(SchemaType)
    }

    private(set) var entityTypes: Set<String> = []
    private(set) var commonTypes: [String: CommonType] = [:]
    private(set) var actions: Set<EntityUID> = []
    /// The types of actions exist where there are actions.
    private var actionTypes: Set<String> = []
    /// In the order of the text.
    private(set) var commonTypeOrder: [String] = []
    private var diagnostics: [(message: String, range: ByteRange, help: String?)] = []

    /// Common types of these names could not be told from JSON's keywords.
    private static let reservedTypeNames: Set<String> = [
        "Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String",
    ]

    static func full(_ name: String, in namespace: String?) -> String {
        namespace.map { "\($0)::\(name)" } ?? name
    }

    static func actionType(in namespace: String?) -> EntityTypeName {
        EntityTypeName(CedarString(full("Action", in: namespace)))
    }

    /// Entity types, and actions: who is in whom takes a bit for each pair.
    private static let declarationsMax = 1 << 14

    /// - Returns: The names, and what is wrong with them.
    static func collect(
        _ syntax: SchemaSyntax
    ) -> (names: SchemaNames, diagnostics: [(message: String, range: ByteRange, help: String?)]) {
        var names = SchemaNames()
        var namespaces: Set<String> = []
        for namespace in syntax.namespaces {
            if let name = namespace.name {
                if !namespaces.insert(name.text).inserted {
                    names.fail(
                        "the namespace `\(name.text)` is declared twice", name.range, help: "join the two into one")
                }
                if name.text == "__cedar" || name.text.hasPrefix("__cedar::") || name.text.contains("::__cedar") {
                    names.fail("the namespace `__cedar` is the language's own", name.range)
                }
            }
            names.declare(namespace)
        }
        if max(names.entityTypes.count, names.actions.count) > declarationsMax {
            names.fail("the schema declares more than \(declarationsMax) entity types or actions", ByteRange(0, 0))
        }
        names.findShadows(syntax)
        return (names, names.diagnostics)
    }

    private mutating func fail(_ message: String, _ range: ByteRange, help: String? = nil) {
        guard diagnostics.count < SchemaSyntax.diagnosticsMax else { return }
        diagnostics.append((message, range, help))
    }

    private mutating func declare(_ namespace: SchemaSyntax.Namespace) {
        let prefix = namespace.name?.text
        for declaration in namespace.entityTypes {
            for name in declaration.names {
                if name.text == "Action" {
                    fail("entity types are not called `Action`", name.range, help: "declare actions with `action`")
                } else if !entityTypes.insert(Self.full(name.text, in: prefix)).inserted {
                    fail("the entity type `\(name.text)` is declared twice", name.range, help: "keep one of the two")
                }
            }
        }
        for declaration in namespace.commonTypes {
            let name = declaration.name
            let full = Self.full(name.text, in: prefix)
            if Self.reservedTypeNames.contains(name.text) {
                fail("`\(name.text)` is the name of a built-in type", name.range, help: "choose another name")
            } else if commonTypes[full] != nil {
                fail("the type `\(name.text)` is declared twice", name.range, help: "keep one of the two")
            } else {
                commonTypes[full] = CommonType(declaration: declaration, namespace: prefix)
                commonTypeOrder.append(full)
            }
        }
        let type = Self.actionType(in: prefix)
        if !namespace.actions.isEmpty { actionTypes.insert(type.name.text) }
        for declaration in namespace.actions {
            for name in declaration.names where !actions.insert(EntityUID(type: type, id: name.id)).inserted {
                fail("the action \(name.id.literal) is declared twice", name.range, help: "keep one of the two")
            }
        }
    }

    /// What a namespace declares must not hide what is declared outside of all namespaces (RFC 70).
    private mutating func findShadows(_ syntax: SchemaSyntax) {
        for namespace in syntax.namespaces {
            guard let prefix = namespace.name?.text else { continue }
            for name in namespace.entityTypes.flatMap(\.names) + namespace.commonTypes.map(\.name)
            where entityTypes.contains(name.text) || commonTypes[name.text] != nil {
                fail(
                    "`\(prefix)::\(name.text)` hides the type `\(name.text)` declared outside of namespaces",
                    name.range, help: "rename one of the two")
            }
            for name in namespace.actions.flatMap(\.names)
            where actions.contains(EntityUID(type: Self.actionType(in: nil), id: name.id)) {
                fail(
                    "the action \(name.id.literal) of `\(prefix)` hides the one declared outside of namespaces",
                    name.range, help: "rename one of the two")
            }
        }
    }

    // MARK: Resolution

    /// In its own namespace first, then outside of all; at each place common types come first.
    func target(
        of name: SchemaSyntax.Name, _ reference: SchemaSyntax.Reference, in namespace: String?
    ) -> Target? {
        let places = name.isQualified || namespace == nil ? [nil] : [namespace, nil]
        for place in places {
            let full = Self.full(name.text, in: place)
            if reference != .entityType {
                if commonTypes[full] != nil { return .commonType(full) }
                if let builtin = builtin(full) { return .builtin(builtin) }
            }
            if reference != .commonType, entityTypes.contains(full) || actionTypes.contains(full) {
                return .entityType(EntityTypeName(CedarString(full)))
            }
        }
        return nil
    }

    private func builtin(_ full: String) -> SchemaType? {
        if full.hasPrefix("__cedar::") { return SchemaType.builtinTypes[String(full.dropFirst(9))] }
        return entityTypes.contains(full) ? nil : SchemaType.builtinTypes[full]
    }

    func action(_ reference: SchemaSyntax.ActionReference, in namespace: String?) -> EntityUID? {
        let type = reference.type?.text ?? "Action"
        let places = reference.type?.isQualified == true || namespace == nil ? [nil] : [namespace, nil]
        for place in places {
            let uid = EntityUID(type: EntityTypeName(CedarString(Self.full(type, in: place))), id: reference.id)
            if actions.contains(uid) { return uid }
        }
        return nil
    }

    /// The names that could have been written in `namespace` for something of that kind.
    func candidates(_ reference: SchemaSyntax.Reference, in namespace: String?) -> [String] {
        var full: [String] = []
        if reference != .commonType { full += entityTypes }
        if reference != .entityType { full += Array(commonTypes.keys) + Array(SchemaType.builtinTypes.keys) }
        guard let namespace else { return full }
        let prefix = namespace + "::"
        return full.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    }
}
