import Cedar
import Foundation

/// JSON as the corpora write it.
enum CorpusJSON: Decodable {
    case bool(Bool), long(Int64), string(String), array([CorpusJSON]), object([String: CorpusJSON]), null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .long(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([CorpusJSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: CorpusJSON].self))
        }
    }

    subscript(key: String) -> CorpusJSON? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var elements: [CorpusJSON] { if case .array(let elements) = self { elements } else { [] } }

    /// `{"type", "id"}`, or a literal such as `User::"a"`.
    var uid: EntityUID? {
        if let type = self["type"]?.text, let id = self["id"]?.text {
            return EntityUID(type: EntityTypeName(CedarString(type)), id: CedarString(id))
        }
        guard let text, let quote = text.firstRange(of: "::\"") else { return nil }
        return EntityUID(
            type: EntityTypeName(CedarString(String(text[..<quote.lowerBound]))),
            id: CedarString(String(text[quote.upperBound...].dropLast())))
    }

    /// With its escapes, without a schema; nil for what is no Cedar value.
    var value: Value? {
        switch self {
        case .bool(let value): return .bool(value)
        case .long(let value): return .long(value)
        case .string(let value): return .string(CedarString(value))
        case .array(let elements):
            let values = elements.compactMap(\.value)
            return values.count == elements.count ? .set(ValueSet(values)) : nil
        case .object(let members):
            if let entity = members["__entity"] { return entity.uid.map(Value.entity) }
            if let extension_ = members["__extn"] { return extension_.extensionValue }
            return record.map(Value.record)
        case .null: return nil
        }
    }

    var record: ValueRecord? {
        guard case .object(let members) = self else { return nil }
        var fields: [CedarString: Value] = [:]
        for (key, member) in members {
            guard let value = member.value else { return nil }
            fields[CedarString(key)] = value
        }
        return ValueRecord(fields)
    }

    private var extensionValue: Value? {
        guard let argument = self["arg"]?.text else { return nil }
        switch self["fn"]?.text {
        case "decimal": return (try? CedarDecimal(parsing: argument)).map(Value.decimal)
        case "ip": return (try? CedarAddress(parsing: argument)).map(Value.address)
        case "datetime": return (try? CedarDatetime(parsing: argument)).map(Value.datetime)
        case "duration": return (try? CedarDuration(parsing: argument)).map(Value.duration)
        default: return nil
        }
    }

    var entity: Entity? {
        guard let uid = self["uid"]?.uid, let attributes = (self["attrs"] ?? .object([:])).record,
            let tags = (self["tags"] ?? .object([:])).record
        else { return nil }
        return Entity(
            uid: uid, attributes: attributes, parents: (self["parents"]?.elements ?? []).compactMap(\.uid), tags: tags)
    }

    static func fixture(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)"))
    }
}
