/// A record that is there, with what is known of its fields. A field that is not listed is not there.
public struct PartialRecord: Sendable, Hashable {
    public indirect enum Field: Sendable, Hashable {
        case known(Value)
        /// It is there, and a record.
        case partly(PartialRecord)
        /// As the schema says: it is there if it is required, and may be there if it is optional.
        case unknown
    }

    public var fields: [CedarString: Field]

    public init(_ fields: [CedarString: Field]) { self.fields = fields }

    /// All of it is known.
    public init(_ record: ValueRecord) {
        fields = Dictionary(record.map { ($0.key, .known($0.value)) }) { $1 }
    }
}
