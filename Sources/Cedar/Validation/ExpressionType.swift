/// The type that the type checker gives to an expression: a schema's type, but a boolean may be known.
public indirect enum ExpressionType: Sendable, Hashable {
    /// With the only value it can have, if that is known.
    case bool(Bool?)
    case long
    case string
    case decimal
    case ipaddr
    case datetime
    case duration
    case entity(EntityTypeName)
    case set(ExpressionType)
    case record([CedarString: Attribute])

    public struct Attribute: Sendable, Hashable {
        public var type: ExpressionType
        public var isRequired: Bool
    }

    init(_ type: SchemaType) {
        switch type {
        case .bool: self = .bool(nil)
        case .long: self = .long
        case .string: self = .string
        case .decimal: self = .decimal
        case .ipaddr: self = .ipaddr
        case .datetime: self = .datetime
        case .duration: self = .duration
        case .entity(let name): self = .entity(name)
        case .set(let element): self = .set(ExpressionType(element))
        case .record(let record): self = .record(Self.attributes(record))
        }
    }

    static func attributes(_ record: RecordType) -> [CedarString: Attribute] {
        record.attributes.mapValues { Attribute(type: ExpressionType($0.type), isRequired: $0.isRequired) }
    }

    var isBool: Bool { if case .bool = self { true } else { false } }

    /// Those with an order: `<` and the like compare them.
    var isOrdered: Bool { self == .long || self == .datetime || self == .duration }

    /// The narrowest type of all values of both, nil if strict validation has none: entities of different types have
    /// no common type, and records none unless they have the same attributes.
    func joined(with other: ExpressionType) -> ExpressionType? {
        switch (self, other) {
        case (.bool(let left), .bool(let right)): return .bool(left == right ? left : nil)
        case (.set(let left), .set(let right)): return left.joined(with: right).map { .set($0) }
        case (.record(let left), .record(let right)):
            guard left.count == right.count else { return nil }
            var joined = left
            for (key, attribute) in left {
                guard let match = right[key], match.isRequired == attribute.isRequired,
                    let type = attribute.type.joined(with: match.type)
                else { return nil }
                joined[key]?.type = type
            }
            return .record(joined)
        default: return self == other ? self : nil
        }
    }
}

extension ExpressionType: CustomStringConvertible {
    /// As in a schema; large records are cut short.
    public var description: String { text(depth: 3) }

    private func text(depth: Int) -> String {
        switch self {
        case .bool: return "Bool"
        case .long: return "Long"
        case .string: return "String"
        case .decimal: return "decimal"
        case .ipaddr: return "ipaddr"
        case .datetime: return "datetime"
        case .duration: return "duration"
        case .entity(let name): return name.description
        case .set(let element): return depth > 0 ? "Set<\(element.text(depth: depth - 1))>" : "Set<…>"
        case .record(let attributes):
            guard depth > 0 else { return "{…}" }
            let shown = attributes.sorted { $0.key < $1.key }.prefix(8).map { key, attribute in
                let name = IdentifierRules.isIdentifier(key.text.utf8) ? key.text : key.literal
                return "\(name)\(attribute.isRequired ? "" : "?"): \(attribute.type.text(depth: depth - 1))"
            }
            return "{\((shown + (attributes.count > 8 ? ["…"] : [])).joined(separator: ", "))}"
        }
    }
}
