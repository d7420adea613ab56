/// A JSON text as it was written: objects keep the order of their members and repeated keys, numbers their digits.
///
/// Foundation's readers keep one of two equal keys and take `1.0` for an integer. Here a repeated key, and a number
/// that is no integer, are for the reader of the value to judge.
public struct JSONValue: Sendable {
    public enum Kind: Sendable {
        case null
        case bool(Bool)
        /// Written without fraction and exponent, not as `-0`, and in the range of 64 bits.
        case integer(Int64)
        /// Any other number, as it was written.
        case number(String)
        case string(CedarString)
        case array([JSONValue])
        case object([Member])
    }

    public struct Member: Sendable {
        public let key: CedarString
        public let value: JSONValue
        let keyRange: ByteRange

        public init(_ key: CedarString, _ value: JSONValue) { self.init(key, value, at: .none) }

        init(_ key: CedarString, _ value: JSONValue, at keyRange: ByteRange) {
            self.key = key
            self.value = value
            self.keyRange = keyRange
        }
    }

    public let kind: Kind
    /// Where the value stands in its text; ``ByteRange/none`` if it was not read from one.
    let range: ByteRange

    public init(_ kind: Kind) { self.init(kind, at: .none) }

    init(_ kind: Kind, at range: ByteRange) {
        self.kind = kind
        self.range = range
    }

    /// The members of an object; nil for anything else.
    public var members: [Member]? { if case .object(let members) = kind { members } else { nil } }

    /// The elements of an array; nil for anything else.
    public var elements: [JSONValue]? { if case .array(let elements) = kind { elements } else { nil } }

    /// The text of a string; nil for anything else.
    public var string: CedarString? { if case .string(let string) = kind { string } else { nil } }

    public var bool: Bool? { if case .bool(let bool) = kind { bool } else { nil } }

    public var integer: Int64? { if case .integer(let integer) = kind { integer } else { nil } }

    public var isNull: Bool { if case .null = kind { true } else { false } }

    /// The value of the last member of that key; nil if there is none, or this is no object.
    public subscript(key: CedarString) -> JSONValue? { members?.last { $0.key == key }?.value }

    /// What sort of value it is, in words.
    var noun: String {
        switch kind {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number that is no 64-bit integer"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension ByteRange {
    /// Of what was not read from a text.
    static let none = ByteRange(0, 0)
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral text: String) { self.init(.string(CedarString(text))) }
    public init(booleanLiteral value: Bool) { self.init(.bool(value)) }
    public init(integerLiteral value: Int64) { self.init(.integer(value)) }
    public init(arrayLiteral elements: JSONValue...) { self.init(.array(elements)) }
    public init(dictionaryLiteral members: (CedarString, JSONValue)...) {
        self.init(.object(members.map { Member($0, $1) }))
    }
}

/// Equal values are written alike but for white space; the order of members counts, where they stand does not.
extension JSONValue: Equatable {
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left.kind, right.kind) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }
}
