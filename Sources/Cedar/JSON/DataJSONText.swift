extension JSONValue {
    /// `{"type": …, "id": …}`
    init(of uid: EntityUID) { self = ["type": JSONValue(.string(uid.type.name)), "id": JSONValue(.string(uid.id))] }

    /// `{"__extn": {"fn": …, "arg": …}}`
    private init(calling function: ExtensionFunction, _ argument: String) {
        self = [
            "__extn": ["fn": JSONValue(stringLiteral: function.rawValue), "arg": JSONValue(stringLiteral: argument)]
        ]
    }

    /// In Cedar's JSON data format, with all escapes, so that it can be read without a schema.
    init(of value: Cedar.Value) {
        switch value {
        case .bool(let bool): self.init(.bool(bool))
        case .long(let integer): self.init(.integer(integer))
        case .string(let string): self.init(.string(string))
        case .entity(let uid): self = ["__entity": JSONValue(of: uid)]
        case .set(let elements): self.init(.array(elements.map { JSONValue(of: $0) }))
        case .record(let record): self.init(of: record)
        case .decimal(let decimal): self.init(calling: .decimal, decimal.description)
        case .address(let address): self.init(calling: .ip, address.description)
        case .datetime(let datetime): self.init(of: datetime)
        case .duration(let duration): self.init(calling: .duration, duration.description)
        }
    }

    init(of record: ValueRecord) { self.init(.object(record.map { Member($0.key, JSONValue(of: $0.value)) })) }

    /// Years before 0 and after 9999 can only be written as a distance from 1970.
    private init(of datetime: CedarDatetime) {
        let text = datetime.description
        guard (try? CedarDatetime(parsing: text)) == nil else {
            self.init(calling: .datetime, text)
            return
        }
        let distance = CedarDuration(milliseconds: datetime.millisecondsSince1970)
        self = [
            "__extn": [
                "fn": "offset",
                "args": [
                    JSONValue(calling: .datetime, "1970-01-01"), JSONValue(calling: .duration, distance.description),
                ],
            ]
        ]
    }
}
