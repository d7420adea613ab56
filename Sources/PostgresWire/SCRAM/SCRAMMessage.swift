import Crypto
import FoundationEssentials

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

    /// Hi() of RFC 5802, section 2.2: PBKDF2 with HMAC-SHA-256 and one block.
    static func hi(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
        let key = SymmetricKey(data: password)
        var block = HMAC<SHA256>.authenticationCode(for: salt + [0, 0, 0, 1], using: key)
        var result = Array(block)
        for _ in 1..<max(iterations, 1) {
            block = HMAC<SHA256>.authenticationCode(for: Array(block), using: key)
            for (index, byte) in block.enumerated() { result[index] ^= byte }
        }
        return result
    }
}
