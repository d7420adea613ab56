/// The log's own Ed25519 key, in the form Go's `sumdb/note` keeps it: `PRIVATE+KEY+name+keyID+base64(0x01 ‖ seed)`.
public struct SigningKey: Sendable {
    private let key: Ed25519NoteKey

    public var name: String { key.verifierKey.name }
    public var verifierKey: VerifierKey { key.verifierKey }

    /// Makes a new key. By convention `name` is the log's origin, a URL without scheme (`ledger.example.com/social`).
    public static func generate(name: String) throws(NoteError) -> SigningKey {
        SigningKey(try Ed25519NoteKey(generating: .ed25519, name: name))
    }

    public init(name: String, seed: [UInt8]) throws(NoteError) {
        key = try Ed25519NoteKey(name: name, .ed25519, seed: seed)
    }

    /// Parses ``secretText``; one line end after it is allowed.
    public init(parsing text: String) throws(NoteError) { key = try Ed25519NoteKey(parsing: text, as: .ed25519) }

    private init(_ key: Ed25519NoteKey) { self.key = key }

    /// The secret itself, for a file that only the gateway reads.
    public var secretText: String { key.secretText }

    /// `text` as a signed note with this key's signature; `text` must end in a line end.
    public func sign(_ text: String) throws(NoteError) -> SignedNote {
        let line = NoteSignature(
            name: name, keyID: verifierKey.keyID, signature: try key.signature(of: Array(text.utf8)))
        return try SignedNote(text: text, signatures: [line])
    }
}
