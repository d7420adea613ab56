/// The head of a log: how many entries it has and what they hash to (C2SP tlog-checkpoint).
public struct Checkpoint: Sendable, Hashable {
    /// The log's name, a URL without scheme.
    public let origin: String
    /// The number of entries.
    public let size: UInt64
    public let root: Hash

    public init(origin: String, size: UInt64, root: Hash) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Parses a note's text of exactly three lines. Extension lines, which witnesses refuse and nobody audits, are
    /// refused.
    public init(parsing text: String) throws(NoteError) {
        try self.init(parsingLines: text)
        guard size > 0 || root == .emptyRoot else { throw .malformed("the root of an empty log is SHA-256 of nothing") }
    }

    /// As ``init(parsing:)``, but an empty log may have any root: witnesses tell that apart from bad form.
    init(parsingLines text: String) throws(NoteError) {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count >= 4, lines[lines.count - 1].isEmpty else {
            throw .malformed("a checkpoint has three lines: origin, size, root")
        }
        guard lines.count == 4 else { throw .malformed("the checkpoint has extension lines") }
        guard !lines[0].isEmpty, lines[0].count <= 255 else { throw .malformed("an origin has 1 to 255 bytes") }
        guard let size = Decimal.parse(lines[1]), size <= UInt64(Int64.max) else {
            throw .malformed("the size is not a decimal number without leading zero, below 2^63")
        }
        guard let decoded = Base64.decode(lines[2]), let root = Hash(decoded) else {
            throw .malformed("the root is not 32 bytes in base64")
        }
        self.init(origin: String(decoding: Array(lines[0]), as: UTF8.self), size: size, root: root)
    }

    /// The three lines that are signed.
    public var text: String { "\(origin)\n\(size)\n\(root.base64)\n" }
}

/// A checkpoint whose signature by the log was verified.
public struct SignedCheckpoint: Sendable, Hashable {
    public let checkpoint: Checkpoint
    public let note: SignedNote
    /// Those of the witnesses that were asked for; no others.
    public let cosignatures: [VerifiedSignature]

    public var origin: String { checkpoint.origin }
    public var size: UInt64 { checkpoint.size }
    public var root: Hash { checkpoint.root }

    /// - Parameters:
    ///   - log: The log's key, whose name must be the checkpoint's origin; of several one must have signed.
    ///   - witnesses: Keys whose cosignatures are verified if there; how many are needed is the caller's policy.
    public init(parsing bytes: some Collection<UInt8>, log: some LogIdentity, witnesses: [VerifierKey] = [])
        throws(NoteError)
    {
        try self.init(SignedNote(parsing: bytes), log: log, witnesses: witnesses)
    }

    /// - Throws: `.otherKeys` if the log's name stands under it with none of `log`'s keys, `.unsigned` if not even that.
    public init(_ note: SignedNote, log: some LogIdentity, witnesses: [VerifierKey] = []) throws(NoteError) {
        let others = note.keyIDs(signingAs: log.name)
        guard log.keys.contains(where: { others.contains($0.keyID) }) else {
            throw others.isEmpty ? .unsigned : .otherKeys(name: log.name, keyIDs: others)
        }
        let verified = try note.verified(by: log.keys + witnesses)
        let checkpoint = try Checkpoint(parsing: note.text)
        guard checkpoint.origin.utf8.elementsEqual(log.name.utf8) else { throw .wrongOrigin(checkpoint.origin) }
        self.checkpoint = checkpoint
        self.note = note
        cosignatures = verified.filter { !log.keys.contains($0.key) }
    }

    /// The checkpoint signed by the log's own key, and by the next one during a rotation.
    package init(signing checkpoint: Checkpoint, with key: SigningKey) throws(NoteError) {
        self.checkpoint = checkpoint
        note = try key.sign(checkpoint.text)
        cosignatures = []
    }
}

enum Decimal {
    /// A decimal number without sign or leading zero.
    static func parse(_ text: some Collection<UInt8>) -> UInt64? {
        guard let first = text.first, text.count == 1 || first != UInt8(ascii: "0") else { return nil }
        var value: UInt64 = 0
        for character in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(character - UInt8(ascii: "0")))
            guard !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }
}
