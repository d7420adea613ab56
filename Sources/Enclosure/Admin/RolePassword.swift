import Crypto
import FoundationEssentials
import PostgresWire

/// The password of a login role, derived so that no one stores it, and the verifier that PostgreSQL stores.
struct RolePassword {
    let text: String

    init(of role: String, secret: SymmetricKey) {
        var message = Array("ringfence/role-password/v1\0".utf8)
        message.append(contentsOf: role.utf8)
        let code = HMAC<SHA256>.authenticationCode(for: message, using: secret)
        text = Data(code).base64EncodedString()
    }

    /// The password itself appears in no statement and no server log.
    var verifier: SCRAMVerifier { SCRAMVerifier(password: text) }
}
