import Crypto

/// What the keys that sign notes have in common: a name, an Ed25519 key, and the type that says what it is for. A key
/// that signs for a log must not cosign, nor the other way round (tlog-cosignature), so each has a type of its own.
struct Ed25519NoteKey: Sendable {
    let verifierKey: VerifierKey
    private let key: Curve25519.Signing.PrivateKey

    init(generating algorithm: VerifierKey.Algorithm, name: String) throws(NoteError) {
        try self.init(name: name, algorithm, Curve25519.Signing.PrivateKey())
    }

    init(name: String, _ algorithm: VerifierKey.Algorithm, seed: [UInt8]) throws(NoteError) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw .malformed("an Ed25519 seed has 32 bytes")
        }
        try self.init(name: name, algorithm, key)
    }

    private init(
        name: String, _ algorithm: VerifierKey.Algorithm, _ key: Curve25519.Signing.PrivateKey
    ) throws(NoteError) {
        self.key = key
        verifierKey = try VerifierKey(
            name: name, algorithm: algorithm, publicKey: Array(key.publicKey.rawRepresentation))
    }

    /// Parses ``secretText``; one line end after it is allowed.
    init(parsing text: String, as algorithm: VerifierKey.Algorithm) throws(NoteError) {
        let parsed = try SecretKeyText.parse(text, as: algorithm)
        try self.init(name: parsed.name, algorithm, seed: parsed.seed)
        guard verifierKey.keyID == parsed.keyID else { throw .malformed("the key ID is not that of name and key") }
    }

    var secretText: String { SecretKeyText.text(verifierKey, seed: key.rawRepresentation) }

    func signature(of message: [UInt8]) throws(NoteError) -> [UInt8] {
        guard let signature = try? key.signature(for: message) else { throw .malformed("signing failed") }
        return Array(signature)
    }
}
