/// Reads values from JSON: as they are written, or as a schema says they are meant.
///
/// A type makes the escapes superfluous: `{"type": …, "id": …}` is an entity where an entity is expected, and
/// `"10.0.0.1"` an address where one is.
struct ValueJSONReader {
    let source: SourceText
    /// Names the identifiers of enumerated types; nil to take all.
    let schema: Schema?

    /// - Parameter type: What is expected; nil to take what is written.
    func value(_ json: JSONValue, as type: SchemaType?) throws(CedarDiagnostic) -> Value {
        switch type {
        case nil: try written(json)
        case .bool: try scalar(json, .bool)
        case .long: try scalar(json, .long)
        case .string: try scalar(json, .string)
        case .decimal: try extensionValue(json, .decimal)
        case .ipaddr: try extensionValue(json, .ip)
        case .datetime: try extensionValue(json, .datetime)
        case .duration: try extensionValue(json, .duration)
        case .entity(let type): .entity(try entity(json, type))
        case .set(let element): .set(try set(json, element))
        case .record(let type): .record(try record(json, type))
        }
    }

    /// Attributes, tags or a context without a schema.
    func record(_ members: [JSONValue.Member]) throws(CedarDiagnostic) -> ValueRecord {
        var fields: [CedarString: Value] = [:]
        for member in members { fields[member.key] = try written(member.value) }
        return ValueRecord(fields)
    }

    /// - Throws: If the identifier is none of its enumerated type.
    func check(_ uid: EntityUID, at range: ByteRange) throws(CedarDiagnostic) {
        guard let identifiers = schema?.entityTypes[uid.type]?.enumeration, !identifiers.contains(uid.id) else {
            return
        }
        throw source.diagnostic(
            "\(uid) is none of the entities that \(uid.type) enumerates", at: range,
            help: "they are \(identifiers.map(\.literal).joined(separator: ", "))")
    }

    // MARK: Without a type

    private func written(_ json: JSONValue) throws(CedarDiagnostic) -> Value {
        switch try DataJSON(json, in: source) {
        case .scalar(let value): return value
        case .entity(let uid):
            try check(uid, at: json.range)
            return .entity(uid)
        case .call(let function, let arguments):
            var values: [Value] = []
            for argument in arguments { values.append(try written(argument)) }
            return try call(function, values, json)
        case .set(let elements):
            var values: [Value] = []
            for element in elements { values.append(try written(element)) }
            return .set(ValueSet(values))
        case .record(let members): return .record(try record(members))
        }
    }

    private func call(
        _ function: ExtensionFunction, _ arguments: [Value], _ json: JSONValue
    ) throws(CedarDiagnostic) -> Value {
        switch Folding.call(function, arguments.map(FoldedOperand.value)) {
        case .value(let value): return value
        case .error(let error): throw source.diagnostic(error.message, at: json.range)
        default: throw source.diagnostic("`\(function.rawValue)` has no value", at: json.range)
        }
    }

    // MARK: With a type

    private func mismatch(_ expected: String, _ found: String, _ json: JSONValue) -> CedarDiagnostic {
        source.diagnostic("the schema expects \(expected) here, not \(found)", at: json.range)
    }

    private func scalar(_ json: JSONValue, _ kind: ValueKind) throws(CedarDiagnostic) -> Value {
        let value = try written(json)
        guard value.kind == kind else { throw mismatch("a \(kind.rawValue)", json.noun, json) }
        return value
    }

    private func entity(_ json: JSONValue, _ type: EntityTypeName) throws(CedarDiagnostic) -> EntityUID {
        guard json.members != nil else { throw mismatch("an entity of type \(type)", json.noun, json) }
        let uid = try source.entityUID(json)
        guard uid.type == type else { throw mismatch("an entity of type \(type)", "\(uid)", json) }
        try check(uid, at: json.range)
        return uid
    }

    /// `{"__extn": {"fn": …}}`, `{"fn": …}`, or the argument of the constructor alone.
    private func extensionValue(
        _ json: JSONValue, _ constructor: ExtensionFunction
    ) throws(CedarDiagnostic) -> Value {
        let kind = constructor.resultKind
        let value: Value
        if json.members != nil {
            let (function, arguments) = try source.functionAndArguments(json["__extn"] ?? json)
            var values: [Value] = []
            for (position, argument) in arguments.enumerated() {
                values.append(try self.value(argument, as: function.parameter(position)))
            }
            value = try call(function, values, json)
        } else {
            guard json.string != nil else { throw mismatch("a \(kind.rawValue)", json.noun, json) }
            value = try call(constructor, [try written(json)], json)
        }
        guard value.kind == kind else { throw mismatch("a \(kind.rawValue)", "a \(value.kind.rawValue)", json) }
        return value
    }

    private func set(_ json: JSONValue, _ element: SchemaType) throws(CedarDiagnostic) -> ValueSet {
        guard let elements = json.elements else { throw mismatch("a set", json.noun, json) }
        var values: [Value] = []
        for json in elements { values.append(try value(json, as: element)) }
        return ValueSet(values)
    }

    private func record(_ json: JSONValue, _ type: RecordType) throws(CedarDiagnostic) -> ValueRecord {
        guard json.members != nil else { throw mismatch("a record", json.noun, json) }
        return try attributes(json, type, of: "the record")
    }

    /// Attributes of a record, an entity or a context: all that are required, and none that is not declared.
    func attributes(
        _ json: JSONValue, _ type: RecordType, of owner: String
    ) throws(CedarDiagnostic) -> ValueRecord {
        var fields: [CedarString: Value] = [:]
        for member in try source.members(of: json, owner) {
            guard let attribute = type[member.key] else {
                throw source.diagnostic(
                    "\(owner) has no attribute \(member.key.literal) in the schema", at: member.keyRange,
                    help: Suggestion.help(for: member.key.text, among: type.attributes.keys.map(\.text))
                        ?? "declare it, or leave it out")
            }
            fields[member.key] = try value(member.value, as: attribute.type)
        }
        let missing = type.attributes.filter { $0.value.isRequired && fields[$0.key] == nil }.keys.min()
        if let missing {
            throw source.diagnostic(
                "\(owner) lacks the attribute \(missing.literal)", at: json.range,
                help: "add it, or declare it optional, `\(missing)?`")
        }
        return ValueRecord(fields)
    }
}

extension ExtensionFunction {
    fileprivate var resultKind: ValueKind {
        switch self {
        case .decimal: .decimal
        case .ip: .address
        case .datetime, .offset, .toDate: .datetime
        case .duration, .durationSince, .toTime: .duration
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual, .isIpv4, .isIpv6, .isLoopback,
            .isMulticast, .isInRange:
            .bool
        case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: .long
        }
    }

    /// The type of an argument; nil after the last one.
    fileprivate func parameter(_ position: Int) -> SchemaType? {
        guard position < argumentCount else { return nil }
        return switch self {
        case .decimal, .ip, .datetime, .duration: .string
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual: .decimal
        case .isIpv4, .isIpv6, .isLoopback, .isMulticast, .isInRange: .ipaddr
        case .offset: position == 0 ? .datetime : .duration
        case .durationSince, .toDate, .toTime: .datetime
        case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: .duration
        }
    }
}
