import Crypto

/// Signs requests by AWS Signature Version 4, with the signature in a header.
struct AWSSignature: Sendable {
    let credentials: AWSCredentials
    let region: String
    var service = "s3"

    /// A request as it is signed: whatever `headers` has must be sent just so.
    struct Request {
        var method: String
        /// Percent-encoded, from the slash on.
        var path: String
        /// Percent-encoded names and values.
        var query: [(name: String, value: String)] = []
        /// Names in lower case; `host` must be among them, and `x-amz-date` and what else S3 wants.
        var headers: [(name: String, value: String)]
        /// The body's SHA-256 in hexadecimal.
        var bodyDigest: String
    }

    /// The `Authorization` header.
    ///
    /// - Parameter time: As `x-amz-date` has it: `20130524T000000Z`.
    func authorization(of request: Request, time: String) -> String {
        let day = String(time.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let headers = request.headers.sorted { $0.name < $1.name }
        let signedHeaders = headers.map(\.name).joined(separator: ";")
        let canonical = [
            request.method, request.path,
            request.query.sorted { ($0.name, $0.value) < ($1.name, $1.value) }.map { "\($0.name)=\($0.value)" }
                .joined(separator: "&"),
            headers.map { "\($0.name):\($0.value)\n" }.joined(), signedHeaders, request.bodyDigest,
        ].joined(separator: "\n")
        let text = ["AWS4-HMAC-SHA256", time, scope, Hexadecimal.sha256(canonical.utf8)].joined(separator: "\n")
        var key = Self.mac(day, key: Array("AWS4\(credentials.secretKey)".utf8))
        for part in [region, service, "aws4_request"] { key = Self.mac(part, key: key) }
        let signature = Hexadecimal.text(Self.mac(text, key: key))
        return "AWS4-HMAC-SHA256 Credential=\(credentials.keyID)/\(scope),SignedHeaders=\(signedHeaders),"
            + "Signature=\(signature)"
    }

    private static func mac(_ text: String, key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }
}

/// Who asks, as AWS's own tools take it from the environment.
public struct AWSCredentials: Sendable {
    let keyID: String
    let secretKey: String
    let sessionToken: String?

    public init(keyID: String, secretKey: String, sessionToken: String? = nil) {
        self.keyID = keyID
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    /// Nil unless `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are set.
    public init?(environment: [String: String]) {
        guard let keyID = environment["AWS_ACCESS_KEY_ID"], !keyID.isEmpty,
            let secretKey = environment["AWS_SECRET_ACCESS_KEY"], !secretKey.isEmpty
        else { return nil }
        let token = environment["AWS_SESSION_TOKEN"] ?? ""
        self.init(keyID: keyID, secretKey: secretKey, sessionToken: token.isEmpty ? nil : token)
    }
}

enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    static func sha256(_ bytes: some Collection<UInt8>) -> String { text(SHA256.hash(data: Array(bytes))) }
}
