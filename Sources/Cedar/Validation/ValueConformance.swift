/// Whether values are of the types that a schema declares.
struct ValueConformance {
    private let schema: Schema

    init(_ schema: Schema) { self.schema = schema }

    /// What is wrong with `value` as a value of `type`: a sentence about `path`, which names where it stands.
    func problem(_ value: Value, _ type: SchemaType, at path: String) -> String? {
        switch (type, value) {
        case (.bool, .bool), (.long, .long), (.string, .string), (.decimal, .decimal), (.ipaddr, .address),
            (.datetime, .datetime), (.duration, .duration):
            return nil
        case (.entity(let wanted), .entity(let uid)):
            guard uid.type == wanted else {
                return "\(path) is \(uid), but its type in the schema is `\(wanted)`"
            }
            return problem(uid).map { "\(path) is \(uid), but \($0)" }
        case (.set(let element), .set(let elements)):
            for value in elements {
                if let problem = problem(value, element, at: "an element of \(path)") { return problem }
            }
            return nil
        case (.record(let wanted), .record(let record)): return problem(record, wanted, at: path)
        default:
            return "\(path) is \(value.kind.withArticle), but its type in the schema is \(ExpressionType(type))"
        }
    }

    /// What is wrong with a record, or with the attributes of an entity.
    func problem(_ record: ValueRecord, _ wanted: RecordType, at path: String) -> String? {
        let names = wanted.attributes.keys.sorted()
        for name in names where wanted[name]?.isRequired == true && record[name] == nil {
            return "\(path) lacks the attribute \(name.literal)"
        }
        for field in record {
            guard let attribute = wanted[field.key] else {
                let help = Suggestion.help(for: field.key.text, among: names.map(\.text))
                return "\(path) has an attribute \(field.key.literal), which the schema does not declare"
                    + (help.map { ": \($0)" } ?? "")
            }
            let problem = problem(field.value, attribute.type, at: "the attribute \(field.key.literal) of \(path)")
            if let problem { return problem }
        }
        return nil
    }

    /// What is wrong with the name of an entity whose type is known.
    func problem(_ uid: EntityUID) -> String? {
        if uid.type.isActionType { return schema.actions[uid] == nil ? "the schema has no such action" : nil }
        guard let identifiers = schema.entityTypes[uid.type]?.enumeration, !identifiers.contains(uid.id) else {
            return nil
        }
        return "the enumerated type `\(uid.type)` has no such entity"
    }
}

extension ValueKind {
    fileprivate var withArticle: String {
        switch self {
        case .bool: "a Bool"
        case .long: "a Long"
        case .string: "a String"
        case .entity: "an entity"
        case .set: "a set"
        case .record: "a record"
        case .decimal: "a decimal"
        case .address: "an ipaddr"
        case .datetime: "a datetime"
        case .duration: "a duration"
        }
    }
}
