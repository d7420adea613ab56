/// A value of the policy language. Equality and order are by structure and never depend on how a set was written.
///
/// The order is total but has no meaning in Cedar: it makes sets canonical and output deterministic.
public enum Value: Sendable, Hashable, Comparable {
    case bool(Bool)
    case long(Int64)
    case string(CedarString)
    case entity(EntityUID)
    case set(ValueSet)
    case record(ValueRecord)
    case decimal(CedarDecimal)
    case address(CedarAddress)
    case datetime(CedarDatetime)
    case duration(CedarDuration)

    public var kind: ValueKind {
        switch self {
        case .bool: .bool
        case .long: .long
        case .string: .string
        case .entity: .entity
        case .set: .set
        case .record: .record
        case .decimal: .decimal
        case .address: .address
        case .datetime: .datetime
        case .duration: .duration
        }
    }
}

/// What sort of value a value is.
public enum ValueKind: String, Sendable, Hashable, CaseIterable {
    case bool, long, string, entity, set, record, decimal
    case address = "ipaddr"
    case datetime, duration
}

extension Value: CustomStringConvertible {
    /// As a Cedar expression.
    public var description: String {
        switch self {
        case .bool(let value): value ? "true" : "false"
        case .long(let value): String(value)
        case .string(let value): value.literal
        case .entity(let uid): uid.description
        case .set(let elements): "[\(elements.map(\.description).joined(separator: ", "))]"
        case .record(let record):
            "{\(record.map { "\($0.key.literal): \($0.value)" }.joined(separator: ", "))}"
        case .decimal(let value): "decimal(\"\(value)\")"
        case .address(let value): "ip(\"\(value)\")"
        case .datetime(let value): value.expression
        case .duration(let value): "duration(\"\(value)\")"
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral text: String) { self = .string(CedarString(text)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .long(value) }
    public init(arrayLiteral elements: Value...) { self = .set(ValueSet(elements)) }
    public init(dictionaryLiteral elements: (CedarString, Value)...) { self = .record(ValueRecord(elements)) }
}

extension Value {
    /// How many levels of sets and records there are: 0 for a scalar.
    var depth: Int {
        switch self {
        case .set(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        case .record(let record): 1 + (record.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }
}

extension Value {
    public static func < (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.bool(let left), .bool(let right)): !left && right
        case (.long(let left), .long(let right)): left < right
        case (.string(let left), .string(let right)): left < right
        case (.entity(let left), .entity(let right)): left < right
        case (.set(let left), .set(let right)): left < right
        case (.record(let left), .record(let right)): left < right
        case (.decimal(let left), .decimal(let right)): left < right
        case (.address(let left), .address(let right)): left < right
        case (.datetime(let left), .datetime(let right)): left < right
        case (.duration(let left), .duration(let right)): left < right
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .bool: 0
        case .long: 1
        case .string: 2
        case .entity: 3
        case .set: 4
        case .record: 5
        case .decimal: 6
        case .address: 7
        case .datetime: 8
        case .duration: 9
        }
    }
}
