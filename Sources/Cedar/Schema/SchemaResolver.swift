/// Makes a schema of its syntax: resolves names, expands common types, and finds circles.
struct SchemaResolver {
    /// A type with its measures, since common types used twice each make types that double with every line.
    private struct Expanded {
        var type: SchemaType
        var nodes = 1
        var depth = 0
    }

    /// Types within types, in all of the schema once common types are expanded.
    private static let nodesMax = 1 << 20

    private let source: SourceText
    private let syntax: SchemaSyntax
    private var names = SchemaNames()
    private var commonTypes: [String: Expanded] = [:]
    private var nodes = 0
    private var diagnostics: [(message: String, range: ByteRange, help: String?)] = []

    static func schema(of syntax: SchemaSyntax, in source: SourceText) throws(SchemaError) -> Schema {
        var resolver = SchemaResolver(source: source, syntax: syntax)
        (resolver.names, resolver.diagnostics) = SchemaNames.collect(syntax)
        for name in resolver.commonTypesInOrder() { resolver.expandCommonType(name) }
        let entityTypes = resolver.entityTypes()
        let actions = resolver.actions()
        guard resolver.diagnostics.isEmpty else {
            let sorted = resolver.diagnostics.sorted { $0.range.start < $1.range.start }
            throw SchemaError(
                diagnostics: sorted.map {
                    CedarDiagnostic(message: $0.message, span: source.span($0.range), help: $0.help)
                })
        }
        return Schema(entityTypes: entityTypes, actions: actions)
    }

    private init(source: SourceText, syntax: SchemaSyntax) {
        self.source = source
        self.syntax = syntax
    }

    private mutating func fail(_ message: String, _ range: ByteRange, help: String? = nil) {
        guard diagnostics.count < SchemaSyntax.diagnosticsMax else { return }
        diagnostics.append((message, range, help))
    }

    // MARK: Common types

    /// Each after those that it uses; those of a circle are left out. Without recursion: the chain may be long.
    private mutating func commonTypesInOrder() -> [String] {
        var order: [String] = []
        var finished: Set<String> = []
        for start in names.commonTypeOrder where !finished.contains(start) {
            var path = [(name: start, uses: commonTypesUsed(by: start), next: 0)]
            var open: Set<String> = [start]
            while let last = path.last {
                guard last.next < last.uses.count else {
                    order.append(last.name)
                    finished.insert(last.name)
                    open.remove(last.name)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let (used, range) = last.uses[last.next]
                if open.contains(used) {
                    let circle = path.map(\.name).drop { $0 != used } + [used]
                    fail(
                        "the type `\(used)` contains itself", range,
                        help: circle.count > 2 && circle.count < 10 ? "\(circle.joined(separator: " → "))" : nil)
                } else if !finished.contains(used) {
                    path.append((used, commonTypesUsed(by: used), 0))
                    open.insert(used)
                }
            }
        }
        return order
    }

    private func commonTypesUsed(by name: String) -> [(name: String, range: ByteRange)] {
        guard let commonType = names.commonTypes[name] else { return [] }
        var uses: [(String, ByteRange)] = []
        func visit(_ type: SchemaSyntax.TypeExpression) {
            switch type {
            case .builtin: break
            case .name(let name, let reference):
                if case .commonType(let used)? = names.target(of: name, reference, in: commonType.namespace) {
                    uses.append((used, name.range))
                }
            case .set(let element, _): visit(element)
            case .record(let attributes, _): for attribute in attributes { visit(attribute.type) }
            }
        }
        visit(commonType.declaration.type)
        return uses
    }

    private mutating func expandCommonType(_ name: String) {
        guard let commonType = names.commonTypes[name] else { return }
        commonTypes[name] = expanded(commonType.declaration.type, in: commonType.namespace)
    }

    // MARK: Types

    /// Nil after a diagnostic.
    private mutating func expanded(_ type: SchemaSyntax.TypeExpression, in namespace: String?) -> Expanded? {
        let result: Expanded?
        switch type {
        case .builtin(let type, _): result = Expanded(type: type)
        case .name(let name, let reference): result = expanded(name, reference, in: namespace)
        case .set(let element, _):
            result = expanded(element, in: namespace).map {
                Expanded(type: .set($0.type), nodes: $0.nodes + 1, depth: $0.depth + 1)
            }
        case .record(let attributes, _):
            var fields: [CedarString: RecordType.Attribute] = [:]
            var record = Expanded(type: .bool)
            for attribute in attributes {
                guard let type = expanded(attribute.type, in: namespace) else { continue }
                record.nodes += type.nodes
                record.depth = max(record.depth, type.depth + 1)
                let field = RecordType.Attribute(type.type, isRequired: attribute.isRequired)
                // The official engine keeps the last one and says nothing.
                if fields.updateValue(field, forKey: attribute.name) != nil {
                    fail(
                        "the attribute \(attribute.name.literal) is declared twice", attribute.nameRange,
                        help: "keep one of the two")
                }
            }
            record.type = .record(RecordType(fields))
            result = record
        }
        guard let result else { return nil }
        guard result.depth <= SchemaSyntax.nestingMax else {
            fail("the type nests deeper than \(SchemaSyntax.nestingMax) levels", type.range)
            return nil
        }
        guard result.nodes <= Self.nodesMax else {
            fail(
                "the type is too large with its common types expanded", type.range,
                help: "use entity types in their place")
            return nil
        }
        return result
    }

    private mutating func expanded(
        _ name: SchemaSyntax.Name, _ reference: SchemaSyntax.Reference, in namespace: String?
    ) -> Expanded? {
        switch names.target(of: name, reference, in: namespace) {
        case .entityType(let type): return Expanded(type: .entity(type))
        case .builtin(let type): return Expanded(type: type)
        // One that is left out is in a circle, which has its diagnostic.
        case .commonType(let full): return commonTypes[full]
        case nil:
            failUndeclared(name, reference, in: namespace)
            return nil
        }
    }

    private mutating func failUndeclared(
        _ name: SchemaSyntax.Name, _ reference: SchemaSyntax.Reference, in namespace: String?
    ) {
        guard diagnostics.count < SchemaSyntax.diagnosticsMax else { return }
        let noun =
            switch reference {
            case .entityType: "an entity type"
            case .commonType: "a common type"
            case .either: "a type"
            }
        let help =
            name.text == "Boolean"
            ? "did you mean `Bool`?"
            : Suggestion.help(for: name.text, among: names.candidates(reference, in: namespace))
        fail("`\(name.text)` is not declared as \(noun)", name.range, help: help)
    }

    /// The attributes of an entity type or context, which must be a record.
    private mutating func attributes(
        _ type: SchemaSyntax.TypeExpression?, _ noun: String, in namespace: String?
    ) -> RecordType {
        guard let type, let expanded = expanded(type, in: namespace) else { return RecordType() }
        count(expanded, type)
        guard case .record(let record) = expanded.type else {
            fail("\(noun) is a record, not another type", type.range)
            return RecordType()
        }
        return record
    }

    private mutating func count(_ expanded: Expanded, _ type: SchemaSyntax.TypeExpression) {
        let isBelow = nodes <= Self.nodesMax
        nodes += expanded.nodes
        guard isBelow, nodes > Self.nodesMax else { return }
        fail(
            "the schema is too large with its common types expanded", type.range,
            help: "use entity types in their place")
    }

    // MARK: Entity types

    private mutating func entityTypes() -> [EntityTypeName: Schema.EntityType] {
        var entityTypes: [EntityTypeName: Schema.EntityType] = [:]
        for namespace in syntax.namespaces {
            let prefix = namespace.name?.text
            for declaration in namespace.entityTypes {
                var type = Schema.EntityType(name: "", parents: [], attributes: RecordType())
                switch declaration.kind {
                case .enumeration(let identifiers): type.enumeration = identifiers
                case .standard(let parents, let shape, let tags):
                    type.parents = Set(self.declared(parents, in: prefix))
                    type.attributes = attributes(shape, "the shape of an entity type", in: prefix)
                    if let tags, let expanded = expanded(tags, in: prefix) {
                        count(expanded, tags)
                        type.tags = expanded.type
                    }
                }
                for name in declaration.names {
                    type.name = EntityTypeName(CedarString(SchemaNames.full(name.text, in: prefix)))
                    entityTypes[type.name] = type
                }
            }
        }
        return entityTypes
    }

    /// The entity types of these names; the types of actions are not among them.
    private mutating func declared(_ names: [SchemaSyntax.Name], in namespace: String?) -> [EntityTypeName] {
        var seen: Set<EntityTypeName> = []
        var result: [EntityTypeName] = []
        for name in names {
            guard case .entityType(let type)? = self.names.target(of: name, .entityType, in: namespace) else {
                failUndeclared(name, .entityType, in: namespace)
                continue
            }
            guard self.names.entityTypes.contains(type.name.text) else {
                fail("`\(name.text)` is the type of actions", name.range, help: "write the name of an entity type")
                continue
            }
            if seen.insert(type).inserted { result.append(type) }
        }
        return result
    }

    // MARK: Actions

    private mutating func actions() -> [EntityUID: Schema.Action] {
        var actions: [EntityUID: Schema.Action] = [:]
        var ranges: [EntityUID: ByteRange] = [:]
        for namespace in syntax.namespaces {
            let prefix = namespace.name?.text
            let type = SchemaNames.actionType(in: prefix)
            for declaration in namespace.actions {
                let parents = parents(declaration.parents, in: prefix)
                let appliesTo = declaration.appliesTo
                let principals = declared(appliesTo?.principals ?? [], in: prefix)
                let resources = declared(appliesTo?.resources ?? [], in: prefix)
                let context = attributes(appliesTo?.context, "a context", in: prefix)
                for name in declaration.names {
                    let uid = EntityUID(type: type, id: name.id)
                    ranges[uid] = name.range
                    actions[uid] = Schema.Action(
                        uid: uid, parents: parents, principals: principals, resources: resources, context: context)
                }
            }
        }
        findCircles(actions, ranges)
        return actions
    }

    private mutating func parents(
        _ references: [SchemaSyntax.ActionReference], in namespace: String?
    ) -> [EntityUID] {
        var seen: Set<EntityUID> = []
        var result: [EntityUID] = []
        for reference in references {
            guard let uid = names.action(reference, in: namespace) else {
                guard diagnostics.count < SchemaSyntax.diagnosticsMax else { continue }
                fail(
                    "the action \(reference.id.literal) is not declared", reference.range,
                    help: Suggestion.help(for: reference.id.text, among: names.actions.map(\.id.text)))
                continue
            }
            if seen.insert(uid).inserted { result.append(uid) }
        }
        return result
    }

    /// Depth first without recursion: the chain may be long.
    private mutating func findCircles(_ actions: [EntityUID: Schema.Action], _ ranges: [EntityUID: ByteRange]) {
        var finished: Set<EntityUID> = []
        for start in actions.keys.sorted() where !finished.contains(start) {
            var path = [(uid: start, next: 0)]
            var open: Set<EntityUID> = [start]
            while let (uid, next) = path.last {
                let parents = actions[uid]?.parents ?? []
                guard next < parents.count else {
                    finished.insert(uid)
                    open.remove(uid)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let parent = parents[next]
                if open.contains(parent) {
                    fail(
                        "the action \(parent) is in itself", ranges[uid] ?? ByteRange(0, 0),
                        help: "remove one of the `in` that close the circle")
                } else if !finished.contains(parent) {
                    path.append((parent, 0))
                    open.insert(parent)
                }
            }
        }
    }
}
