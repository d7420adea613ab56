internal import Crypto

/// Why a text was refused as an auditor's key.
public enum AuditorKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    case malformed(String)
    /// The file holds the other half of the pair.
    case wrongHalf(String)

    public var description: String {
        switch self {
        case .malformed(let what), .wrongHalf(let what): what
        }
    }
}

/// The public half of an auditor's X25519 key: each epoch's key is sealed to it.
public struct AuditorPublicKey: Sendable, Hashable {
    static let header = "ringfence-auditor-public-key v1"
    public let name: String
    let rawBytes: [UInt8]

    /// The first 8 bytes of SHA-256("ringfence/auditor/v1\0" ‖ key) in hexadecimal: which sealed key is whose, without
    /// naming anybody.
    public var keyID: String { AuditorKeyFile.keyID(rawBytes) }

    init(name: String, rawBytes: [UInt8]) throws(AuditorKeyError) {
        guard (try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: rawBytes)) != nil else {
            throw .malformed("an X25519 public key has 32 bytes")
        }
        self.name = name
        self.rawBytes = rawBytes
    }

    /// Parses the text of a public key file, ``text``.
    public init(parsing text: String) throws(AuditorKeyError) {
        if text.utf8.starts(with: AuditorPrivateKey.header.utf8) {
            throw .wrongHalf("this is an auditor's private key: the gateway must never see it; give it the public one")
        }
        let (name, rawBytes) = try AuditorKeyFile.parse(text, header: Self.header)
        try self.init(name: name, rawBytes: rawBytes)
    }

    /// What `ringfence audit keygen` writes for the gateway: three lines, header, name and key.
    public var text: String { AuditorKeyFile.text(header: Self.header, name: name, rawBytes: rawBytes) }
}

/// The private half, which only the auditor has.
public struct AuditorPrivateKey: Sendable {
    static let header = "ringfence-auditor-private-key v1"
    public let publicKey: AuditorPublicKey
    let rawBytes: [UInt8]

    /// - Parameter name: Who holds it: 1 to 255 bytes on one line.
    public static func generate(name: String) throws(AuditorKeyError) -> AuditorPrivateKey {
        try AuditorPrivateKey(name: name, rawBytes: Array(Curve25519.KeyAgreement.PrivateKey().rawRepresentation))
    }

    init(name: String, rawBytes: [UInt8]) throws(AuditorKeyError) {
        guard AuditorKeyFile.isValid(name: name) else {
            throw .malformed("an auditor's name is 1 to 255 bytes on one line")
        }
        guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: rawBytes) else {
            throw .malformed("an X25519 private key has 32 bytes")
        }
        self.rawBytes = rawBytes
        publicKey = try AuditorPublicKey(name: name, rawBytes: Array(key.publicKey.rawRepresentation))
    }

    /// Parses the text of a private key file, ``secretText``.
    public init(parsing text: String) throws(AuditorKeyError) {
        if text.utf8.starts(with: AuditorPublicKey.header.utf8) {
            throw .wrongHalf("this is an auditor's public key: opening details takes the private one")
        }
        let (name, rawBytes) = try AuditorKeyFile.parse(text, header: Self.header)
        try self.init(name: name, rawBytes: rawBytes)
    }

    /// For a file that only the auditor can read.
    public var secretText: String { AuditorKeyFile.text(header: Self.header, name: publicKey.name, rawBytes: rawBytes) }
}

/// Both files: a header line, `name <name>`, `key <base64>`, each ended by a line feed and nothing after.
private enum AuditorKeyFile {
    static func text(header: String, name: String, rawBytes: [UInt8]) -> String {
        "\(header)\nname \(name)\nkey \(Base64Text.encode(rawBytes))\n"
    }

    static func parse(_ text: String, header: String) throws(AuditorKeyError) -> (name: String, rawBytes: [UInt8]) {
        let lines = Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false)
        guard let first = lines.first, first.elementsEqual(header.utf8) else {
            throw .malformed("the first line is not “\(header)”")
        }
        guard lines.count == 4, lines[3].isEmpty else { throw .malformed("the file has three lines, each ended") }
        guard lines[1].starts(with: "name ".utf8), let name = String(validating: lines[1].dropFirst(5), as: UTF8.self),
            isValid(name: name)
        else { throw .malformed("line 2 reads “name ” and 1 to 255 bytes") }
        guard lines[2].starts(with: "key ".utf8), let rawBytes = Base64Text.decode(lines[2].dropFirst(4)),
            rawBytes.count == 32
        else { throw .malformed("line 3 reads “key ” and 32 bytes in base64") }
        return (name, rawBytes)
    }

    static func isValid(name: String) -> Bool {
        (1...255).contains(name.utf8.count) && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    static func keyID(_ publicKey: [UInt8]) -> String {
        var hasher = SHA256()
        hasher.update("ringfence/auditor/v1\0")
        hasher.update(data: publicKey)
        return HexadecimalText.encode(hasher.finalize().prefix(8))
    }
}
