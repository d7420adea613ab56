/// The log's own Ed25519 key, in the form Go's `sumdb/note` keeps it: `PRIVATE+KEY+name+keyID+base64(0x01 ‖ seed)`;
/// during a rotation also the next one, which signs beside it.
public struct SigningKey: Sendable {
    private let key: Ed25519NoteKey
    private var next: Ed25519NoteKey?

    public var name: String { key.verifierKey.name }
    public var verifierKey: VerifierKey { key.verifierKey }
    /// All the keys that sign: one, or two during a rotation.
    public var identity: LogKeys { LogKeys(unchecked: signers.map(\.verifierKey)) }
    private var signers: [Ed25519NoteKey] { [key] + (next.map { [$0] } ?? []) }

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

    /// This key with `next` beside it: whoever knows either of them accepts what both signed.
    ///
    /// - Throws: `.malformed` if `next` is the same key, or another log's.
    public func rotating(to next: SigningKey) throws(NoteError) -> SigningKey {
        guard next.name.utf8.elementsEqual(name.utf8) else {
            throw .malformed("the next key is named \(next.name): a log keeps its name, \(name), when its key changes")
        }
        guard next.verifierKey != verifierKey else { throw .malformed("the next key is the one that signs already") }
        var rotating = self
        rotating.next = next.key
        return rotating
    }

    /// The secret itself, for a file that only the gateway reads; without the next one, which has its own.
    public var secretText: String { key.secretText }

    /// `text` as a signed note with a signature by each key; `text` must end in a line end.
    public func sign(_ text: String) throws(NoteError) -> SignedNote {
        var lines: [NoteSignature] = []
        for signer in signers {
            lines.append(
                NoteSignature(
                    name: name, keyID: signer.verifierKey.keyID, signature: try signer.signature(of: Array(text.utf8))))
        }
        return try SignedNote(text: text, signatures: lines)
    }
}
