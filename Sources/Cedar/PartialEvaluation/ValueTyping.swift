extension SchemaType {
    /// The type that a value shows by itself; nil for sets that are empty or mixed, and records with such.
    init?(of value: Value) {
        switch value {
        case .bool: self = .bool
        case .long: self = .long
        case .string: self = .string
        case .decimal: self = .decimal
        case .address: self = .ipaddr
        case .datetime: self = .datetime
        case .duration: self = .duration
        case .entity(let uid): self = .entity(uid.type)
        case .set(let elements):
            guard let first = elements.first, let type = SchemaType(of: first) else { return nil }
            guard elements.dropFirst().allSatisfy({ $0.conforms(to: type) }) else { return nil }
            self = .set(type)
        case .record(let record):
            var attributes: [CedarString: RecordType.Attribute] = [:]
            for field in record {
                guard let type = SchemaType(of: field.value) else { return nil }
                attributes[field.key] = RecordType.Attribute(type)
            }
            self = .record(RecordType(attributes))
        }
    }

    var kind: ValueKind {
        switch self {
        case .bool: .bool
        case .long: .long
        case .string: .string
        case .decimal: .decimal
        case .ipaddr: .address
        case .datetime: .datetime
        case .duration: .duration
        case .entity: .entity
        case .set: .set
        case .record: .record
        }
    }
}

extension Value {
    /// Whether it is of `type`, in all its parts.
    func conforms(to type: SchemaType) -> Bool {
        switch (self, type) {
        case (.bool, .bool), (.long, .long), (.string, .string), (.decimal, .decimal), (.address, .ipaddr),
            (.datetime, .datetime), (.duration, .duration):
            true
        case (.entity(let uid), .entity(let type)): uid.type == type
        case (.set(let elements), .set(let type)): elements.allSatisfy { $0.conforms(to: type) }
        case (.record(let record), .record(let type)):
            record.allSatisfy { field in type[field.key].map { field.value.conforms(to: $0.type) } ?? false }
                && type.attributes.allSatisfy { !$0.value.isRequired || record[$0.key] != nil }
        default: false
        }
    }
}
