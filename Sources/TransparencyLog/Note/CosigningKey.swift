/// A witness's own key: it cosigns checkpoints, with the time at which it did (tlog-cosignature, type 0x04).
///
/// What is signed does not name the cosigner, so a key belongs to one witness under one name.
public struct CosigningKey: Sendable {
    private let key: Ed25519NoteKey

    public var name: String { key.verifierKey.name }
    public var verifierKey: VerifierKey { key.verifierKey }

    /// Makes a new key. By convention `name` is a URL without scheme (`witness.example.org/w1`).
    public static func generate(name: String) throws(NoteError) -> CosigningKey {
        CosigningKey(try Ed25519NoteKey(generating: .timestampedEd25519, name: name))
    }

    public init(name: String, seed: [UInt8]) throws(NoteError) {
        key = try Ed25519NoteKey(name: name, .timestampedEd25519, seed: seed)
    }

    /// Parses ``secretText``; one line end after it is allowed.
    public init(parsing text: String) throws(NoteError) {
        key = try Ed25519NoteKey(parsing: text, as: .timestampedEd25519)
    }

    private init(_ key: Ed25519NoteKey) { self.key = key }

    /// The secret itself, for a file that only the witness reads.
    public var secretText: String { key.secretText }

    /// The line under a note of `text` that says "I saw this at `time`".
    ///
    /// - Parameter time: POSIX seconds, more than 0 and less than 2^63.
    public func cosign(_ text: String, at time: UInt64) throws(NoteError) -> NoteSignature {
        guard (1...UInt64(Int64.max)).contains(time) else { throw .malformed("\(time) is no time of a cosignature") }
        let signature = try key.signature(of: Array(VerifierKey.cosignedMessage(text, at: time)))
        let timestamp = (0..<8).map { UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * $0)) }
        return NoteSignature(name: name, keyID: verifierKey.keyID, signature: timestamp + signature)
    }
}

extension SignedNote {
    /// The note with those of `lines` that are by one of `keys` and verify; all others are left out, and a key that has
    /// a line already gets the newer one in its place.
    public func adding(_ lines: [NoteSignature], verifiedBy keys: [VerifierKey]) -> SignedNote {
        var signatures = signatures
        for line in lines {
            guard let key = keys.first(where: { $0.isNamed(by: line) }) else { continue }
            let (isValid, time) = key.verifies(line.signature, of: text)
            guard isValid else { continue }
            let old = signatures.firstIndex { key.isNamed(by: $0) }
            if let old {
                let known = key.verifies(signatures[old].signature, of: text)
                if !known.isValid || known.time ?? 0 < time ?? 0 { signatures[old] = line }
            } else if signatures.count < Self.signaturesMax {
                signatures.append(line)
            }
        }
        return SignedNote(self, signatures: signatures)
    }

    /// The note with the lines only that `keys` made.
    ///
    /// - Throws: As ``verified(by:)``.
    public func keeping(linesOf keys: [VerifierKey]) throws(NoteError) -> SignedNote {
        let verified = try verified(by: keys).map(\.key)
        var kept: [NoteSignature] = []
        for line in signatures {
            guard let key = verified.first(where: { $0.isNamed(by: line) }) else { continue }
            // `verified(by:)` looks at a key's first line only.
            if !kept.contains(where: { key.isNamed(by: $0) }) { kept.append(line) }
        }
        return SignedNote(self, signatures: kept)
    }

    /// Parses the lines that a witness answers with (tlog-witness).
    public static func signatureLines(_ bytes: some Collection<UInt8>) throws(NoteError) -> [NoteSignature] {
        guard bytes.count <= bytesMax, Array(bytes.suffix(1)) == [0x0A] else {
            throw .malformed("signature lines end in a line end")
        }
        let lines = bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count <= signaturesMax else { throw .malformed("more than \(signaturesMax) signature lines") }
        var signatures: [NoteSignature] = []
        for line in lines { signatures.append(try NoteSignature(parsing: line)) }
        return signatures
    }
}
