import Crypto

/// What a server keeps of a password (RFC 5803), in PostgreSQL's form:
/// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
public struct SCRAMVerifier: Sendable, Hashable, CustomStringConvertible {
    /// PostgreSQL's own default.
    public static let iterationsDefault = 4096

    public let iterations: Int
    public let salt: [UInt8]
    public let storedKey: [UInt8]
    public let serverKey: [UInt8]

    private init(iterations: Int, salt: [UInt8], storedKey: [UInt8], serverKey: [UInt8]) {
        self.iterations = iterations
        self.salt = salt
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// Derives a verifier from a password (RFC 5802, section 3), with a random salt unless one is given.
    ///
    /// The password is taken as it is: SASLprep leaves ASCII unchanged.
    public init(password: String, salt: [UInt8]? = nil, iterations: Int = iterationsDefault) {
        let iterations = max(iterations, 1)
        let salt = salt ?? Self.random(16)
        let salted = SCRAMMessage.hi(Array(password.utf8), salt: salt, iterations: iterations)
        self.init(
            iterations: iterations, salt: salt,
            storedKey: Array(SHA256.hash(data: SCRAMMessage.hmac(salted, Array("Client Key".utf8)))),
            serverKey: SCRAMMessage.hmac(salted, Array("Server Key".utf8)))
    }

    /// Nil unless `text` is of PostgreSQL's form.
    public init?(parsing text: String) {
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
        self.init(
            iterations: Self.iterationsDefault, salt: Array(SCRAMMessage.hmac(secret, Array(user.utf8)).prefix(16)),
            storedKey: Self.random(32), serverKey: [UInt8](repeating: 0, count: 32))
    }

    public var description: String {
        "SCRAM-SHA-256$\(iterations):\(SCRAMMessage.base64(salt))"
            + "$\(SCRAMMessage.base64(storedKey)):\(SCRAMMessage.base64(serverKey))"
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
