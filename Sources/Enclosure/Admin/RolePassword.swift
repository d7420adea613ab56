import Crypto
import FoundationEssentials

/// The password of a login role, derived so that no one stores it, and the verifier that PostgreSQL stores.
struct RolePassword {
    static let iterations = 4096
    let text: String

    init(of role: String, secret: SymmetricKey) {
        var message = Array("ringfence/role-password/v1\0".utf8)
        message.append(contentsOf: role.utf8)
        let code = HMAC<SHA256>.authenticationCode(for: message, using: secret)
        text = Data(code).base64EncodedString()
    }

    /// SCRAM-SHA-256 (RFC 7677) in PostgreSQL's form: the password itself appears in no statement and no server log.
    func verifier() -> String {
        var random = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        let salted = SymmetricKey(data: Self.salted(text, salt: salt))
        let client = HMAC<SHA256>.authenticationCode(for: Array("Client Key".utf8), using: salted)
        let stored = SHA256.hash(data: Data(client))
        let server = HMAC<SHA256>.authenticationCode(for: Array("Server Key".utf8), using: salted)
        return "SCRAM-SHA-256$\(Self.iterations):\(Data(salt).base64EncodedString())"
            + "$\(Data(stored).base64EncodedString()):\(Data(server).base64EncodedString())"
    }

    /// Hi() of RFC 5802, section 2.2.
    private static func salted(_ password: String, salt: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: Array(password.utf8))
        var block = Array(HMAC<SHA256>.authenticationCode(for: salt + [0, 0, 0, 1], using: key))
        var result = block
        for _ in 1..<iterations {
            block = Array(HMAC<SHA256>.authenticationCode(for: block, using: key))
            for index in result.indices { result[index] ^= block[index] }
        }
        return result
    }
}
