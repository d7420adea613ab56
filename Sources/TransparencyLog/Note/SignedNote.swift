/// A text and the signatures under it (C2SP signed-note).
public struct SignedNote: Sendable, Hashable {
    /// What is signed; it ends in a line end.
    public let text: String
    /// Every signature line in its order, also those of unknown keys and types.
    public let signatures: [NoteSignature]

    static let signaturesMax = 100
    package static let bytesMax = 1 << 20

    public init(text: String, signatures: [NoteSignature]) throws(NoteError) {
        guard text.utf8.last == 0x0A else { throw .malformed("a note's text ends in a line end") }
        guard text.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else {
            throw .malformed("a note holds no control characters")
        }
        guard !signatures.isEmpty, signatures.count <= Self.signaturesMax else {
            throw .malformed("a note has 1 to \(Self.signaturesMax) signatures")
        }
        self.text = text
        self.signatures = signatures
    }

    /// For signatures that were counted already.
    init(_ note: SignedNote, signatures: [NoteSignature]) {
        text = note.text
        self.signatures = signatures
    }

    public init(parsing bytes: some Collection<UInt8>) throws(NoteError) {
        guard bytes.count <= Self.bytesMax else { throw .malformed("a note of more than \(Self.bytesMax) bytes") }
        let bytes = Array(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .malformed("a note is UTF-8") }
        guard bytes.last == 0x0A else { throw .malformed("a note ends in a line end") }
        // The last empty line is the separator: the text itself may hold others.
        var separator: Int?
        for position in stride(from: bytes.count - 2, through: 1, by: -1)
        where bytes[position] == 0x0A && bytes[position - 1] == 0x0A {
            separator = position
            break
        }
        guard let separator else { throw .malformed("no empty line parts text and signatures") }
        let text = String(decoding: bytes[..<separator], as: UTF8.self)
        var signatures: [NoteSignature] = []
        for line in bytes[(separator + 1)..<(bytes.count - 1)].split(separator: 0x0A, omittingEmptySubsequences: false)
        {
            signatures.append(try NoteSignature(parsing: line))
        }
        try self.init(text: text, signatures: signatures)
    }

    public var bytes: [UInt8] { Array(description.utf8) }

    /// Checks every line that is by one of `keys`.
    ///
    /// - Returns: The signatures by `keys`, one per key, in the order of their lines; lines of other keys are ignored.
    /// - Throws: `.badSignature` if a known key's line fails, `.unsigned` if there is none by a known key.
    public func verified(by keys: [VerifierKey]) throws(NoteError) -> [VerifiedSignature] {
        var verified: [VerifiedSignature] = []
        for line in signatures {
            guard let key = keys.first(where: { $0.isNamed(by: line) }) else { continue }
            if verified.contains(where: { $0.key == key }) { continue }
            let (isValid, time) = key.verifies(line.signature, of: text)
            guard isValid else { throw .badSignature(name: line.name) }
            verified.append(VerifiedSignature(key: key, time: time))
        }
        guard !verified.isEmpty else { throw .unsigned }
        return verified
    }
}

extension SignedNote: CustomStringConvertible {
    public var description: String {
        text + "\n" + signatures.map { "\($0)\n" }.joined()
    }
}

/// One line under a note, as it stands there.
public struct NoteSignature: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let keyID: UInt32
    /// What follows the key ID: 64 bytes for Ed25519, with 8 of time before them for a cosignature.
    public let signature: [UInt8]

    public init(name: String, keyID: UInt32, signature: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    init(parsing line: some Collection<UInt8>) throws(NoteError) {
        let dash = Array("— ".utf8)
        guard line.starts(with: dash) else { throw .malformed("a signature line begins with an em dash and a space") }
        let parts = line.dropFirst(dash.count).split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, let decoded = Base64.decode(parts[1]), decoded.count > 4,
            let name = String(validating: parts[0], as: UTF8.self), KeyName.isValid(name)
        else { throw .malformed("a signature line reads — name base64") }
        self.name = name
        keyID = decoded.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        signature = Array(decoded.dropFirst(4))
    }

    public var description: String {
        let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> UInt32(24 - 8 * $0)) }
        return "— \(name) \(Base64.encode(id + signature))"
    }
}

/// A signature that was found good.
public struct VerifiedSignature: Sendable, Hashable {
    public let key: VerifierKey
    /// POSIX seconds, if the signature states when it was made (a witness's cosignature).
    public let time: UInt64?
}
