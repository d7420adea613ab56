/// A text is no list of entities: at least one diagnostic, one for each entity that could not be taken, in order.
public struct EntitiesParseError: Error, Sendable, Hashable, CustomStringConvertible {
    public var diagnostics: [CedarDiagnostic]

    public init(diagnostics: [CedarDiagnostic]) { self.diagnostics = diagnostics }

    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

extension Entities {
    /// Reads a list of entities in Cedar's JSON format.
    ///
    /// A schema makes escapes superfluous and is conformed to: types, required attributes and parents are checked,
    /// undeclared attributes refused. Its actions are then among the entities.
    ///
    /// An `__entity` or `__extn` that is malformed is an error; the official engine takes it for a record.
    ///
    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: Every error that could be told apart, one for each entity.
    public init(json text: String, fileName: String, schema: Schema? = nil) throws(EntitiesParseError) {
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        var builder = EntitiesJSONBuilder(source: source, schema: schema)
        do throws(CedarDiagnostic) {
            for json in try source.elements(of: try JSONReader.value(in: source), "a list of entities") {
                builder.add(json)
            }
        } catch {
            throw EntitiesParseError(diagnostics: [error])
        }
        self = try builder.built()
    }

    /// The entities in Cedar's JSON format, in the order of their names, with all escapes: a schema is not needed to
    /// read them.
    ///
    /// - Throws: If a record has but one attribute and that is called `__entity`, `__extn` or `__expr`.
    public func json() throws(EntitiesError) -> JSONValue {
        var entities: [JSONValue] = []
        for entity in all { entities.append(try entity.json()) }
        return JSONValue(.array(entities))
    }
}

/// Gathers entities and what is wrong with them.
private struct EntitiesJSONBuilder {
    private static let diagnosticsMax = 50

    let source: SourceText
    let schema: Schema?
    private var entities: [Entity] = []
    private var ranges: [EntityUID: ByteRange] = [:]
    private var problems: [CedarDiagnostic] = []

    init(source: SourceText, schema: Schema?) {
        self.source = source
        self.schema = schema
    }

    mutating func add(_ json: JSONValue) {
        guard problems.count < Self.diagnosticsMax else { return }
        do throws(CedarDiagnostic) {
            let entity = try EntityJSONReader(source: source, schema: schema).entity(json)
            entities.append(entity)
            // Of two with one name the second is the one that is wrong.
            ranges[entity.uid] = json.range
        } catch {
            problems.append(error)
        }
    }

    func built() throws(EntitiesParseError) -> Entities {
        guard problems.isEmpty else { throw EntitiesParseError(diagnostics: problems) }
        do throws(EntitiesError) {
            let all = try Entities(entities)
            guard let schema else { return all }
            try conform(all, to: schema)
            // The declared ones are the same, but name only their direct parents.
            return try Entities(entities.filter { !$0.uid.type.isActionType } + schema.actionEntities)
        } catch {
            let range = error.entity.flatMap { ranges[$0] } ?? ByteRange(0, 0)
            throw EntitiesParseError(diagnostics: [source.diagnostic(error.message, at: range, help: error.help)])
        }
    }

    /// Actions are as the schema declares them, or not there at all.
    private func conform(_ all: Entities, to schema: Schema) throws(EntitiesError) {
        for action in entities where action.uid.type.isActionType {
            do throws(EntitiesError) {
                try schema.validate(action, ancestors: all.ancestors(of: action.uid))
            } catch {
                throw EntitiesError(message: error.message, entity: action.uid, help: error.help)
            }
        }
    }
}

extension Entity {
    fileprivate func json() throws(EntitiesError) -> JSONValue {
        for field in Array(attributes) + Array(tags) where field.value.hasAmbiguousRecord {
            throw EntitiesError(
                message: "a record of \(uid) would be read as an escape", entity: uid,
                help: "give its attribute another name than `__entity`, `__extn` and `__expr`")
        }
        var members: [JSONValue.Member] = [
            JSONValue.Member("uid", JSONValue(of: uid)), JSONValue.Member("attrs", JSONValue(of: attributes)),
            JSONValue.Member("parents", JSONValue(.array(parents.map { JSONValue(of: $0) }))),
        ]
        if !tags.isEmpty { members.append(JSONValue.Member("tags", JSONValue(of: tags))) }
        return JSONValue(.object(members))
    }
}

extension Value {
    /// Whether it has a record whose JSON form means something else.
    var hasAmbiguousRecord: Bool {
        switch self {
        case .set(let elements): elements.contains(where: \.hasAmbiguousRecord)
        case .record(let record):
            record.count == 1 && ["__entity", "__extn", "__expr"].contains(record.first?.key)
                || record.contains(where: \.value.hasAmbiguousRecord)
        default: false
        }
    }
}
