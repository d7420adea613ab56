import Crypto

/// The log's own Ed25519 key, in the form Go's `sumdb/note` keeps it: `PRIVATE+KEY+name+keyID+base64(0x01 ‖ seed)`.
public struct SigningKey: Sendable {
    public let name: String
    private let key: Curve25519.Signing.PrivateKey
    public let verifierKey: VerifierKey

    /// Makes a new key. By convention `name` is the log's origin, a URL without scheme (`ledger.example.com/social`).
    public static func generate(name: String) throws(NoteError) -> SigningKey {
        try SigningKey(name: name, key: Curve25519.Signing.PrivateKey())
    }

    public init(name: String, seed: [UInt8]) throws(NoteError) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw .malformed("an Ed25519 seed has 32 bytes")
        }
        try self.init(name: name, key: key)
    }

    private init(name: String, key: Curve25519.Signing.PrivateKey) throws(NoteError) {
        self.name = name
        self.key = key
        verifierKey = try VerifierKey(
            name: name, algorithm: .ed25519, publicKey: Array(key.publicKey.rawRepresentation))
    }

    /// Parses ``secretText``; one line end after it is allowed.
    public init(parsing text: String) throws(NoteError) {
        let parsed = try SecretKeyText.parse(text, as: .ed25519)
        try self.init(name: parsed.name, seed: parsed.seed)
        guard verifierKey.keyID == parsed.keyID else { throw .malformed("the key ID is not that of name and key") }
    }

    /// The secret itself, for a file that only the gateway reads.
    public var secretText: String { SecretKeyText.text(verifierKey, seed: key.rawRepresentation) }

    /// `text` as a signed note with this key's signature; `text` must end in a line end.
    public func sign(_ text: String) throws(NoteError) -> SignedNote {
        guard let signature = try? key.signature(for: Array(text.utf8)) else {
            throw .malformed("signing failed")
        }
        let line = NoteSignature(name: name, keyID: verifierKey.keyID, signature: Array(signature))
        return try SignedNote(text: text, signatures: [line])
    }
}
