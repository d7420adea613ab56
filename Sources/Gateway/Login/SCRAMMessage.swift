import Crypto
import Foundation

/// What both sides of SCRAM-SHA-256 compute (RFC 5802, RFC 7677).
enum SCRAMMessage {
    static func hmac(_ key: some DataProtocol & ContiguousBytes, _ text: some DataProtocol) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: key)))
    }

    static func xor(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }

    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    static func decode(base64 text: some StringProtocol) -> [UInt8]? {
        Data(base64Encoded: String(text)).map(Array.init)
    }

    /// The attributes `a=value` of a message, in their order; nil if one has another form.
    static func attributes(_ text: some StringProtocol) -> [(name: Character, value: Substring)]? {
        var result: [(name: Character, value: Substring)] = []
        for part in Substring(text).split(separator: ",", omittingEmptySubsequences: false) {
            guard let name = part.first, part.dropFirst().first == "=" else { return nil }
            result.append((name, part.dropFirst(2)))
        }
        return result
    }

    /// Printable ASCII without a comma.
    static func isNonce(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
    }

    static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return base64((0..<18).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// In a time that depends on the lengths only.
    static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// What a server keeps of a password: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
struct SCRAMVerifier: Equatable {
    static let iterationsDefault = 4096

    var iterations: Int
    var salt: [UInt8]
    var storedKey: [UInt8]
    var serverKey: [UInt8]

    init(iterations: Int, salt: [UInt8], storedKey: [UInt8], serverKey: [UInt8]) {
        self.iterations = iterations
        self.salt = salt
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// Nil unless `text` is of PostgreSQL's form.
    init?(parsing text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "SCRAM-SHA-256" else { return nil }
        let parameters = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        let keys = parts[2].split(separator: ":", omittingEmptySubsequences: false)
        guard parameters.count == 2, keys.count == 2, let iterations = Int(parameters[0]), iterations > 0,
            let salt = SCRAMMessage.decode(base64: parameters[1]), !salt.isEmpty,
            let storedKey = SCRAMMessage.decode(base64: keys[0]), storedKey.count == 32,
            let serverKey = SCRAMMessage.decode(base64: keys[1]), serverKey.count == 32
        else { return nil }
        self.init(iterations: iterations, salt: salt, storedKey: storedKey, serverKey: serverKey)
    }

    /// What a user that does not exist is asked with: always the same for one name, and a proof that cannot succeed.
    init(mockOf user: String, secret: [UInt8]) {
        var generator = SystemRandomNumberGenerator()
        self.init(
            iterations: Self.iterationsDefault, salt: Array(SCRAMMessage.hmac(secret, Array(user.utf8)).prefix(16)),
            storedKey: (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) },
            serverKey: [UInt8](repeating: 0, count: 32))
    }
}
