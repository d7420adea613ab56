internal import TransparencyLog

/// The members of one JSON object, each of which must be asked for once.
struct EntryMembers {
    private var members: [EntryJSON.Member]
    private let prefix: String

    init(_ value: EntryJSON, of member: String = "") throws(EntryError) {
        guard case .object(let members) = value else {
            throw .invalid(member: member.isEmpty ? "entry" : member, what: "an object")
        }
        self.members = members
        prefix = member.isEmpty ? "" : member + "."
    }

    /// What was not asked for does not belong there.
    func finish() throws(EntryError) {
        if let member = members.first { throw .unexpected(member: prefix + member.name.string) }
    }

    func has(_ member: StaticString) -> Bool { members.contains { $0.name.equals(member) } }

    mutating func take(_ member: StaticString) throws(EntryError) -> EntryJSON {
        guard let position = members.firstIndex(where: { $0.name.equals(member) }) else {
            throw .missing(member: prefix + member.description)
        }
        return members.remove(at: position).value
    }

    mutating func integer(_ member: StaticString) throws(EntryError) -> UInt64 {
        guard case .integer(let value) = try take(member) else { throw invalid(member, "a number") }
        return value
    }

    mutating func bool(_ member: StaticString) throws(EntryError) -> Bool {
        guard case .bool(let value) = try take(member) else { throw invalid(member, "true or false") }
        return value
    }

    mutating func text(_ member: StaticString) throws(EntryError) -> EntryText {
        guard case .string(let value) = try take(member) else { throw invalid(member, "a string") }
        return value
    }

    mutating func string(_ member: StaticString) throws(EntryError) -> ExactText {
        ExactText(try text(member).string)
    }

    mutating func array(_ member: StaticString) throws(EntryError) -> [EntryJSON] {
        guard case .array(let value) = try take(member) else { throw invalid(member, "a list") }
        return value
    }

    /// Nil where the member is null.
    mutating func nullable<Value>(
        _ member: StaticString, _ read: (inout EntryMembers) throws(EntryError) -> Value
    ) throws(EntryError) -> Value? {
        guard case .null = members[member] else { return try read(&self) }
        _ = try take(member)
        return nil
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ member: StaticString) throws(EntryError) -> Choice
    where Choice.RawValue == String {
        guard let choice: Choice = try text(member).choice() else {
            throw invalid(member, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    mutating func digest(_ member: StaticString) throws(EntryError) -> ContentDigest {
        guard let digest = ContentDigest(parsing: try text(member).utf8) else {
            throw invalid(member, "64 hexadecimal digits")
        }
        return digest
    }

    mutating func base64(_ member: StaticString, count: Int) throws(EntryError) -> [UInt8] {
        guard let bytes = Base64Text.decode(try text(member).utf8), bytes.count == count else {
            throw invalid(member, "\(count) bytes in base64")
        }
        return bytes
    }

    mutating func jurisdiction(_ member: StaticString) throws(EntryError) -> Jurisdiction {
        guard let jurisdiction = Jurisdiction(code: try string(member).string) else {
            throw invalid(member, "two capital letters")
        }
        return jurisdiction
    }

    mutating func sqlstate(_ member: StaticString) throws(EntryError) -> String {
        let code = try text(member)
        let isValid =
            code.utf8.count == 5
            && code.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) }
        guard isValid else { throw invalid(member, "a SQLSTATE") }
        return code.string
    }

    /// Nil for null: any table.
    mutating func tables(_ member: StaticString) throws(EntryError) -> [ExactText]? {
        try nullable(member) { members throws(EntryError) in
            var names: [ExactText] = []
            for element in try members.array(member) {
                guard case .string(let name) = element else { throw members.invalid(member, "a list of names") }
                names.append(ExactText(name.string))
            }
            return names
        }
    }

    /// Nil where the entry has no detail.
    mutating func detail() throws(EntryError) -> DetailReference {
        let epoch = EntryIndex(try integer("epoch"))
        guard let commitment = DetailCommitment(bytes: try base64("commitment", count: 32)) else {
            throw invalid("commitment", "32 bytes in base64")
        }
        return DetailReference(epoch: epoch, commitment: commitment)
    }

    func invalid(_ member: StaticString, _ what: String) -> EntryError {
        .invalid(member: prefix + member.description, what: what)
    }
}
