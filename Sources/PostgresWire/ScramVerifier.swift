import Crypto
import FoundationEssentials

/// What a server keeps of a password (RFC 5803), in PostgreSQL's form:
/// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
public struct ScramVerifier: Sendable, Hashable, CustomStringConvertible {
    /// PostgreSQL's own default.
    public static let defaultIterations = 4096

    public let iterations: Int
    public let salt: [UInt8]
    public let storedKey: [UInt8]
    public let serverKey: [UInt8]

    /// Derives a verifier from a password (RFC 5802, section 3), with a random salt unless one is given.
    ///
    /// The password is taken as it is: SASLprep leaves ASCII unchanged.
    public init(password: String, salt: [UInt8]? = nil, iterations: Int = defaultIterations) {
        var random = SystemRandomNumberGenerator()
        self.iterations = max(iterations, 1)
        self.salt = salt ?? (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        let salted = SymmetricKey(data: Self.hi(password, salt: self.salt, iterations: self.iterations))
        let clientKey = HMAC<SHA256>.authenticationCode(for: Array("Client Key".utf8), using: salted)
        storedKey = Array(SHA256.hash(data: Array(clientKey)))
        serverKey = Array(HMAC<SHA256>.authenticationCode(for: Array("Server Key".utf8), using: salted))
    }

    public var description: String {
        "SCRAM-SHA-256$\(iterations):\(Data(salt).base64EncodedString())"
            + "$\(Data(storedKey).base64EncodedString()):\(Data(serverKey).base64EncodedString())"
    }

    /// Hi() of RFC 5802, section 2.2.
    private static func hi(_ password: String, salt: [UInt8], iterations: Int) -> [UInt8] {
        let key = SymmetricKey(data: Array(password.utf8))
        var block = Array(HMAC<SHA256>.authenticationCode(for: salt + [0, 0, 0, 1], using: key))
        var result = block
        for _ in 1..<max(iterations, 1) {
            block = Array(HMAC<SHA256>.authenticationCode(for: block, using: key))
            for index in result.indices { result[index] ^= block[index] }
        }
        return result
    }
}
