import Crypto

/// A public key as signed notes name it: `name+keyID+base64(type ‖ key)` (C2SP signed-note).
public struct VerifierKey: Sendable, Hashable, CustomStringConvertible {
    public enum Algorithm: UInt8, Sendable, Hashable {
        /// 0x01: what logs sign with.
        case ed25519 = 1
        /// 0x04: what witnesses sign with (tlog-cosignature); the signature carries its time.
        case timestampedEd25519 = 4
    }

    public let name: String
    public let keyID: UInt32
    public let algorithm: Algorithm
    /// The 32 bytes of the Ed25519 public key.
    public let publicKey: [UInt8]

    public init(name: String, algorithm: Algorithm, publicKey: [UInt8]) throws(NoteError) {
        guard KeyName.isValid(name) else { throw .malformed("\(name.debugDescription) cannot be a key's name") }
        guard publicKey.count == 32 else { throw .malformed("an Ed25519 public key has 32 bytes") }
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
        keyID = KeyName.keyID(name: name, type: algorithm.rawValue, key: publicKey)
    }

    /// Parses `name+hash+key`; the key ID must be the one that name and key yield.
    public init(parsing text: String) throws(NoteError) {
        let parts = KeyName.split(text, separators: 2)
        guard parts.count == 3, let keyID = KeyName.parseKeyID(parts[1]), let typed = Base64.decode(parts[2]),
            let type = typed.first
        else { throw .malformed("a verifier key reads name+hash+base64") }
        guard let algorithm = Algorithm(rawValue: type) else {
            throw .malformed("keys of type \(type) are not supported")
        }
        guard let name = String(validating: parts[0], as: UTF8.self) else { throw .malformed("the name is not UTF-8") }
        try self.init(name: name, algorithm: algorithm, publicKey: Array(typed.dropFirst()))
        guard keyID == self.keyID else { throw .malformed("the key ID is not that of name and key") }
    }

    public var description: String {
        "\(name)+\(KeyName.hexadecimal(keyID))+\(Base64.encode([algorithm.rawValue] + publicKey))"
    }

    /// Whether `signature` (what follows the key ID in a note's line) is this key's over `text`; the time it states.
    func verifies(_ signature: [UInt8], of text: String) -> (isValid: Bool, time: UInt64?) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return (false, nil) }
        switch algorithm {
        case .ed25519:
            return (signature.count == 64 && key.isValidSignature(signature, for: Array(text.utf8)), nil)
        case .timestampedEd25519:
            guard signature.count == 72 else { return (false, nil) }
            let time = signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard time <= UInt64(Int64.max) else { return (false, nil) }
            let message = Self.cosignedMessage(text, at: time)
            return (key.isValidSignature(signature.dropFirst(8), for: message), time)
        }
    }

    /// What a cosignature of type 0x04 is over (tlog-cosignature).
    static func cosignedMessage(_ text: String, at time: UInt64) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
    }

    /// Whether a line under a note claims to be by this key.
    func isNamed(by line: NoteSignature) -> Bool {
        keyID == line.keyID && name.utf8.elementsEqual(line.name.utf8)
    }
}

enum KeyName {
    /// signed-note: not empty, no Unicode space, no plus sign. The bound is the cosignature format's (one byte).
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255
            && name.unicodeScalars.allSatisfy {
                $0 != "+" && !$0.properties.isWhitespace && $0.value >= 0x20 && $0.value != 0x7F
            }
    }

    static func keyID(name: String, type: UInt8, key: [UInt8]) -> UInt32 {
        var hasher = SHA256()
        hasher.update(data: Array(name.utf8) + [0x0A, type] + key)
        return hasher.finalize().prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The first `separators` plus signs part the text; base64 after them may hold more.
    static func split(_ text: String, separators: Int) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: separators, omittingEmptySubsequences: false)
            .map { Array($0) }
    }

    static func hexadecimal(_ keyID: UInt32) -> String {
        let digits = String(keyID, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    /// Eight lower-case hexadecimal digits.
    static func parseKeyID(_ text: [UInt8]) -> UInt32? {
        guard text.count == 8 else { return nil }
        var value: UInt32 = 0
        for character in text {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(character - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(character - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
