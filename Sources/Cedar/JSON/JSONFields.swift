/// Reads the members of one object by name. A repeated key is an error, and so is one that nobody asked for.
struct JSONFields {
    /// The object.
    let value: JSONValue
    private let noun: String
    private let source: SourceText
    private let members: [JSONValue.Member]
    private var asked: [CedarString] = []

    /// - Parameter noun: What the object is, with its article, for diagnostics: "a condition".
    init(_ value: JSONValue, _ noun: String, in source: SourceText) throws(CedarDiagnostic) {
        members = try source.members(of: value, noun)
        self.value = value
        self.noun = noun
        self.source = source
    }

    mutating func take(_ key: CedarString) -> JSONValue? {
        asked.append(key)
        return members.first { $0.key == key }?.value
    }

    mutating func require(_ key: CedarString) throws(CedarDiagnostic) -> JSONValue {
        guard let member = take(key) else {
            throw source.diagnostic("\(noun) lacks the key \(key.literal)", at: value.range)
        }
        return member
    }

    mutating func requireString(_ key: CedarString) throws(CedarDiagnostic) -> CedarString {
        try source.string(try require(key), key.literal)
    }

    /// - Throws: If the object has a key that was not asked for.
    func finish() throws(CedarDiagnostic) {
        guard let surplus = members.first(where: { !asked.contains($0.key) }) else { return }
        throw source.diagnostic(
            "\(noun) has no key \(surplus.key.literal)", at: surplus.keyRange,
            help: "its keys are \(asked.map(\.literal).joined(separator: ", "))")
    }
}

extension SourceText {
    func diagnostic(_ message: String, at range: ByteRange, help: String? = nil) -> CedarDiagnostic {
        CedarDiagnostic(message: message, span: span(range), help: help)
    }

    /// The members of an object, in order.
    ///
    /// - Throws: If it is no object, or has a key twice: which of the two counts is not the same in all readers.
    func members(of value: JSONValue, _ noun: String) throws(CedarDiagnostic) -> [JSONValue.Member] {
        guard let members = value.members else {
            throw diagnostic("\(noun) is an object, not \(value.noun)", at: value.range)
        }
        var keys: Set<CedarString> = []
        for member in members where !keys.insert(member.key).inserted {
            throw diagnostic(
                "the key \(member.key.literal) occurs twice", at: member.keyRange, help: "keep one of the two")
        }
        return members
    }

    func elements(of value: JSONValue, _ noun: String) throws(CedarDiagnostic) -> [JSONValue] {
        guard let elements = value.elements else {
            throw diagnostic("\(noun) is an array, not \(value.noun)", at: value.range)
        }
        return elements
    }

    func string(_ value: JSONValue, _ noun: String) throws(CedarDiagnostic) -> CedarString {
        guard let string = value.string else {
            throw diagnostic("\(noun) is a string, not \(value.noun)", at: value.range)
        }
        return string
    }

    func typeName(_ value: JSONValue, _ noun: String) throws(CedarDiagnostic) -> EntityTypeName {
        let name = try string(value, noun)
        guard let type = EntityTypeName(parsing: name.text) else {
            throw diagnostic(
                "\(name.literal) is no name of an entity type", at: value.range,
                help: "names are words of letters, digits and `_`, joined by `::` without white space")
        }
        return type
    }
}
