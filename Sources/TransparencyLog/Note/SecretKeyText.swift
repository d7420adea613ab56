/// How Ed25519 seeds are kept in files: `PRIVATE+KEY+name+keyID+base64(type ‖ seed)`, as Go's `sumdb/note` does.
enum SecretKeyText {
    /// - Throws: `.malformed`, also if the key is of another type: a key that signs for a log must not cosign, nor the
    ///   other way round (tlog-cosignature).
    static func parse(_ text: String, as algorithm: VerifierKey.Algorithm) throws(NoteError) -> (
        name: String, seed: [UInt8], keyID: UInt32
    ) {
        var line = text
        if line.utf8.last == 0x0A { line.removeLast() }
        let parts = KeyName.split(line, separators: 4)
        guard parts.count == 5, parts[0] == Array("PRIVATE".utf8), parts[1] == Array("KEY".utf8),
            let name = String(validating: parts[2], as: UTF8.self), let keyID = KeyName.parseKeyID(parts[3]),
            let typed = Base64.decode(parts[4]), typed.count == 33
        else { throw .malformed("a signing key reads PRIVATE+KEY+name+hash+base64") }
        guard typed[0] == algorithm.rawValue else {
            throw .malformed(
                "it is a key of type \(typed[0]), and \(algorithm.purpose) needs one of type \(algorithm.rawValue)")
        }
        return (name, Array(typed.dropFirst()), keyID)
    }

    static func text(_ key: VerifierKey, seed: some Collection<UInt8>) -> String {
        let typed = [key.algorithm.rawValue] + Array(seed)
        return "PRIVATE+KEY+\(key.name)+\(KeyName.hexadecimal(key.keyID))+\(Base64.encode(typed))"
    }
}

extension VerifierKey.Algorithm {
    fileprivate var purpose: String {
        switch self {
        case .ed25519: "a log"
        case .timestampedEd25519: "a witness"
        }
    }
}
