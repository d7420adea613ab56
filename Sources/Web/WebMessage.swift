public import NIOHTTP1

/// A request, sent or received, whole.
public struct WebRequest: Sendable {
    public var method: HTTPMethod
    /// What a server is sent: a path, perhaps with a query. What a client sends to: a URL.
    public var target: String
    public var headers: HTTPHeaders
    public var body: [UInt8]

    public init(method: HTTPMethod = .GET, target: String, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The target without its query.
    public var path: Substring {
        target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    }

    /// GET or HEAD: the answer's body is left out of the latter by the server itself.
    public var isReading: Bool { method == .GET || method == .HEAD }
}

/// An answer, sent or received, whole.
public struct WebAnswer: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: [UInt8]

    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A problem document (RFC 9457) without a type of its own: the status says what happened, `detail` why.
    ///
    /// - Parameter detail: A fixed sentence, never what the request held.
    public static func problem(_ status: Int, _ detail: StaticString, headers: HTTPHeaders = [:]) -> WebAnswer {
        let title = HTTPResponseStatus(statusCode: status).reasonPhrase
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "application/problem+json")
        return WebAnswer(
            status: status, headers: headers,
            body: Array("{\"status\":\(status),\"title\":\"\(title)\",\"detail\":\"\(detail)\"}\n".utf8))
    }
}
