/// Values by attribute name, held sorted by name: an entity's attributes, its tags, a context, a record.
public struct ValueRecord: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public struct Field: Sendable, Hashable, Comparable {
        public let key: CedarString
        public let value: Value

        public static func < (left: Field, right: Field) -> Bool {
            left.key == right.key ? left.value < right.value : left.key < right.key
        }
    }

    private let fields: [Field]

    /// Of fields with the same key the last one counts.
    public init(_ fields: some Sequence<(CedarString, Value)>) {
        var byKey: [CedarString: Value] = [:]
        for (key, value) in fields { byKey[key] = value }
        self.init(byKey)
    }

    public init(_ fields: [CedarString: Value]) {
        self.fields = fields.map { Field(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    public init() { fields = [] }

    public init(dictionaryLiteral fields: (CedarString, Value)...) { self.init(fields) }

    public subscript(key: CedarString) -> Value? {
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].key < key { low = middle + 1 } else { high = middle }
        }
        guard low < fields.count, fields[low].key == key else { return nil }
        return fields[low].value
    }
}

extension ValueRecord: RandomAccessCollection {
    public var startIndex: Int { fields.startIndex }
    public var endIndex: Int { fields.endIndex }
    public subscript(position: Int) -> Field { fields[position] }
}

extension ValueRecord: Comparable {
    public static func < (left: ValueRecord, right: ValueRecord) -> Bool {
        left.fields.lexicographicallyPrecedes(right.fields)
    }
}
