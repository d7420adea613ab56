internal import TransparencyLog

/// The members of one JSON object, each of which must be asked for once.
struct EntryMembers {
    private var members: [ExactText: EntryJSON]
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
        if let member = members.keys.min() { throw .unexpected(member: prefix + member.string) }
    }

    func has(_ member: ExactText) -> Bool { members[member] != nil }

    mutating func take(_ member: ExactText) throws(EntryError) -> EntryJSON {
        guard let value = members.removeValue(forKey: member) else {
            throw .missing(member: prefix + member.string)
        }
        return value
    }

    mutating func integer(_ member: ExactText) throws(EntryError) -> UInt64 {
        guard case .integer(let value) = try take(member) else { throw invalid(member, "a number") }
        return value
    }

    mutating func bool(_ member: ExactText) throws(EntryError) -> Bool {
        guard case .bool(let value) = try take(member) else { throw invalid(member, "true or false") }
        return value
    }

    mutating func string(_ member: ExactText) throws(EntryError) -> ExactText {
        guard case .string(let value) = try take(member) else { throw invalid(member, "a string") }
        return value
    }

    mutating func stringIfPresent(_ member: ExactText) throws(EntryError) -> ExactText? {
        members[member] == nil ? nil : try string(member)
    }

    mutating func array(_ member: ExactText) throws(EntryError) -> [EntryJSON] {
        guard case .array(let value) = try take(member) else { throw invalid(member, "a list") }
        return value
    }

    /// Nil where the member is null.
    mutating func nullable<Value>(
        _ member: ExactText, _ read: (inout EntryMembers) throws(EntryError) -> Value
    ) throws(EntryError) -> Value? {
        if members[member] == .null {
            members[member] = nil
            return nil
        }
        return try read(&self)
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ member: ExactText) throws(EntryError) -> Choice
    where Choice.RawValue == String {
        let value = try string(member)
        guard let choice = Choice.allCases.first(where: { ExactText($0.rawValue) == value }) else {
            throw invalid(member, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    mutating func digest(_ member: ExactText) throws(EntryError) -> ContentDigest {
        guard let digest = ContentDigest(parsing: try string(member).string.utf8) else {
            throw invalid(member, "64 hexadecimal digits")
        }
        return digest
    }

    mutating func base64(_ member: ExactText, count: Int) throws(EntryError) -> [UInt8] {
        guard let bytes = Base64Text.decode(try string(member).string.utf8), bytes.count == count else {
            throw invalid(member, "\(count) bytes in base64")
        }
        return bytes
    }

    mutating func jurisdiction(_ member: ExactText) throws(EntryError) -> Jurisdiction {
        guard let jurisdiction = Jurisdiction(code: try string(member).string) else {
            throw invalid(member, "two capital letters")
        }
        return jurisdiction
    }

    mutating func sqlstate(_ member: ExactText) throws(EntryError) -> String {
        let code = try string(member).string
        let isValid =
            code.utf8.count == 5
            && code.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) }
        guard isValid else { throw invalid(member, "a SQLSTATE") }
        return code
    }

    /// Nil for null: any table.
    mutating func tables(_ member: ExactText) throws(EntryError) -> [ExactText]? {
        try nullable(member) { members throws(EntryError) in
            var names: [ExactText] = []
            for element in try members.array(member) {
                guard case .string(let name) = element else { throw members.invalid(member, "a list of names") }
                names.append(name)
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

    func invalid(_ member: ExactText, _ what: String) -> EntryError {
        .invalid(member: prefix + member.string, what: what)
    }
}
