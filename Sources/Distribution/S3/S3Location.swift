import TransparencyLog

/// Where in an object store a copy is: `s3://BUCKET/PREFIX`.
public struct S3Location: Sendable, Hashable, CustomStringConvertible {
    public let bucket: String
    /// Empty, or without slashes at either end.
    public let prefix: String

    /// Nil for anything else. A prefix holds letters, digits, `.`, `-`, `_`, `~` and slashes only, which mean the same
    /// in every URL.
    public init?(parsing text: String) {
        guard text.utf8.starts(with: "s3://".utf8), text.utf8.count <= 1024 else { return nil }
        let parts = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: false)
        guard let bucket = parts.first, (3...63).contains(bucket.utf8.count),
            bucket.utf8.allSatisfy({ Self.isLowerOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }),
            let first = bucket.utf8.first, let last = bucket.utf8.last, Self.isLowerOrDigit(first),
            Self.isLowerOrDigit(last), !bucket.contains("..")
        else { return nil }
        var folders = parts.dropFirst()
        if folders.last?.isEmpty == true { folders.removeLast() }
        guard folders.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.allSatisfy(Self.isUnreserved) })
        else { return nil }
        self.bucket = String(bucket)
        prefix = folders.joined(separator: "/")
    }

    public var description: String { prefix.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix)" }

    /// The path of an object, from the bucket's root.
    func path(of name: String) -> String { prefix.isEmpty ? "/\(name)" : "/\(prefix)/\(name)" }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    /// RFC 3986 section 2.3.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        isLowerOrDigit(byte) || (0x41...0x5A).contains(byte) || "-._~".utf8.contains(byte)
    }
}

/// Which server holds the bucket.
public struct S3Server: Sendable {
    let region: String
    /// Nil for AWS itself.
    let endpoint: HTTPPrefix?

    /// Nil if the region is no name, or the endpoint no URL of a server.
    ///
    /// - Parameter endpoint: Nil for AWS itself.
    public init?(region: String, endpoint: String?) {
        guard !region.isEmpty, region.utf8.count <= 64,
            region.utf8.allSatisfy({ S3Location.isUnreserved($0) && $0 != UInt8(ascii: ".") })
        else { return nil }
        self.region = region
        self.endpoint = endpoint.flatMap(HTTPPrefix.init(parsing:))
        guard endpoint == nil || self.endpoint?.path.isEmpty == true else { return nil }
    }

    /// The URL's beginning and the path's, for a bucket: AWS wants the bucket in the host's name, which a certificate
    /// covers only if it has no dot; others take it in the path.
    func place(of bucket: String) -> (origin: String, host: String, path: String) {
        if let endpoint {
            let scheme = endpoint.isSecure ? "https" : "http"
            return ("\(scheme)://\(endpoint.authority)", endpoint.authority, "/\(bucket)")
        }
        let server = "s3.\(region).amazonaws.com"
        guard !bucket.contains(".") else { return ("https://\(server)", server, "/\(bucket)") }
        return ("https://\(bucket).\(server)", "\(bucket).\(server)", "")
    }
}
