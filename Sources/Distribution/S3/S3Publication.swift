import Glibc
import NIOHTTP1
public import TransparencyLog
public import Web

/// A copy of a log in an object store: each tile an object that is never replaced, the checkpoint one that is.
///
/// Conditional requests keep two publishers apart: tiles are put if there is none (`If-None-Match`), the checkpoint if it
/// is still the one that was read (`If-Match`).
public final class S3Publication: PublicationTarget {
    /// So many objects are on their way at the same time.
    private static let pendingMax = 8
    private static let answerBytesMax = 32 << 20

    private let location: S3Location
    private let place: (origin: String, host: String, path: String)
    private let signature: AWSSignature
    private let client: WebClient
    private let time: () -> String
    private var pending: [Pending] = []
    /// The entity tag of the checkpoint that was read; nil if there was none.
    private var checkpointTag: String?

    private struct Pending {
        let name: String
        let request: WebRequest
        let body: [UInt8]
        let answer: WebClient.PendingAnswer
    }

    /// - Parameter client: The caller's, to be shut down by it.
    public init(_ location: S3Location, at server: S3Server, _ credentials: AWSCredentials, client: WebClient) {
        self.location = location
        self.client = client
        place = server.place(of: location.bucket)
        signature = AWSSignature(credentials: credentials, region: server.region)
        time = Self.now
    }

    public func checkpoint() throws(LogVerificationError) -> [UInt8]? {
        let answer = try settle("checkpoint", .GET, [:], [], first: nil)
        switch answer.status {
        case 200:
            checkpointTag = answer.headers.first(name: "ETag")
            guard checkpointTag != nil else { throw failure("checkpoint", "the server gives it no entity tag") }
            return answer.body
        case 404: return nil
        default: throw failure("checkpoint", answer)
        }
    }

    public func put(_ bytes: [UInt8], at path: TilePath) throws(LogVerificationError) {
        if pending.count >= Self.pendingMax { try finish(pending.removeFirst()) }
        let name = "\(path)"
        let headers: HTTPHeaders = [
            "If-None-Match": "*", "Content-Type": LedgerSite.tileType, "Cache-Control": LedgerSite.tileCaching,
        ]
        let request = signed(name, .PUT, headers, bytes)
        pending.append(
            Pending(
                name: name, request: request, body: bytes,
                answer: client.begin(request, bytesMax: Self.answerBytesMax)))
    }

    public func replaceCheckpoint(with bytes: [UInt8]) throws(LogVerificationError) {
        while !pending.isEmpty { try finish(pending.removeFirst()) }
        var headers: HTTPHeaders = [
            "Content-Type": LedgerSite.checkpointType, "Cache-Control": LedgerSite.checkpointCaching,
        ]
        if let checkpointTag {
            headers.add(name: "If-Match", value: checkpointTag)
        } else {
            headers.add(name: "If-None-Match", value: "*")
        }
        let answer = try settle("checkpoint", .PUT, headers, bytes, first: nil)
        if (200..<300).contains(answer.status) { return }
        // An attempt whose answer was lost may have succeeded.
        guard answer.status == 412 || (answer.status == 404 && checkpointTag != nil) else {
            throw failure("checkpoint", answer)
        }
        guard try contents("checkpoint") == bytes else {
            throw LogVerificationError(
                code: .conflict, path: "checkpoint", what: "somebody else published to \(location) meanwhile",
                remedy: "publish again; one publisher is enough")
        }
    }

    public func pruneMark() throws(LogVerificationError) -> [UInt8]? {
        let answer = try settle("pruned", .GET, [:], [], first: nil)
        switch answer.status {
        case 200: return answer.body
        case 404: return nil
        default: throw failure("pruned", answer)
        }
    }

    public func replacePruneMark(with bytes: [UInt8]) throws(LogVerificationError) {
        let headers: HTTPHeaders = [
            "Content-Type": LedgerSite.checkpointType, "Cache-Control": LedgerSite.checkpointCaching,
        ]
        let answer = try settle("pruned", .PUT, headers, bytes, first: nil)
        guard (200..<300).contains(answer.status) else { throw failure("pruned", answer) }
    }

    public func remove(bundle: TilePath) throws(LogVerificationError) {
        for name in ["\(bundle)"] + (try partials(of: bundle)) {
            let answer = try settle(name, .DELETE, [:], [], first: nil)
            guard (200..<300).contains(answer.status) || answer.status == 404 else { throw failure(name, answer) }
        }
    }

    /// The names of the partial bundles that are there: 255 at most, so that one page holds them.
    private func partials(of bundle: TilePath) throws(LogVerificationError) -> [String] {
        let folder = "\(bundle).p/"
        let prefix = String(location.path(of: folder).dropFirst())
        let query = [(name: "list-type", value: "2"), (name: "prefix", value: prefix.replacing("/", with: "%2F"))]
        let answer = try settle(folder, .GET, [:], [], first: nil, listing: query)
        guard answer.status == 200 else { throw failure(folder, answer) }
        return String(decoding: answer.body, as: UTF8.self).split(separator: "<Key>\(prefix)").dropFirst().compactMap {
            let width = $0.prefix { $0 != "<" }
            return TilePath(parsing: folder + width).map { _ in folder + width }
        }
    }

    private func finish(_ put: Pending) throws(LogVerificationError) {
        let answer = try settle(put.name, .PUT, put.request.headers, put.body, first: put.answer)
        if (200..<300).contains(answer.status) { return }
        guard answer.status == 412 else { throw failure(put.name, answer) }
        guard try contents(put.name) == put.body else {
            throw LogVerificationError(
                code: .conflict, path: put.name, what: "the object in \(location) differs from the log's",
                remedy: "keep both, and find out who put it there; a copy is never written over")
        }
    }

    private func contents(_ name: String) throws(LogVerificationError) -> [UInt8]? {
        let answer = try settle(name, .GET, [:], [], first: nil)
        return answer.status == 200 ? answer.body : nil
    }

    /// An answer that would be the same next time.
    ///
    /// - Parameter first: The first attempt, if it was begun already.
    private func settle(
        _ name: String, _ method: HTTPMethod, _ headers: HTTPHeaders, _ body: [UInt8],
        first: WebClient.PendingAnswer?, listing query: [(name: String, value: String)] = []
    ) throws(LogVerificationError) -> WebAnswer {
        var retries = Retries()
        var attempt = first
        while true {
            let reason: String
            let pause: Duration?
            do throws(WebFailure) {
                let answer: WebAnswer
                if let attempt {
                    answer = try attempt.wait()
                } else {
                    let request = signed(name, method, headers, body, listing: query)
                    answer = try client.waitForAnswer(to: request, bytesMax: Self.answerBytesMax)
                }
                // 409: another conditional request was under way.
                guard Retries.mayPass(status: answer.status) || answer.status == 409 else { return answer }
                reason = Self.reason(answer)
                pause = retries.next(retryAfter: answer.headers.first(name: "Retry-After"))
            } catch {
                reason = "\(error)"
                pause = error.mayPass ? retries.next() : nil
            }
            guard let pause else { throw failure(name, "\(place.host): \(reason), \(retries.tries) times") }
            attempt = nil
            usleep(UInt32(clamping: pause.milliseconds * 1000))
        }
    }

    /// - Parameter query: Of the bucket, in place of an object.
    private func signed(
        _ name: String, _ method: HTTPMethod, _ headers: HTTPHeaders, _ body: [UInt8],
        listing query: [(name: String, value: String)] = []
    ) -> WebRequest {
        let time = time()
        let path = place.path + (query.isEmpty ? location.path(of: name) : "/")
        let digest = Hexadecimal.sha256(body)
        var headers = headers
        headers.replaceOrAdd(name: "Host", value: place.host)
        headers.replaceOrAdd(name: "X-Amz-Date", value: time)
        headers.replaceOrAdd(name: "X-Amz-Content-SHA256", value: digest)
        if let token = signature.credentials.sessionToken {
            headers.replaceOrAdd(name: "X-Amz-Security-Token", value: token)
        }
        headers.remove(name: "Authorization")
        let authorization = signature.authorization(
            of: AWSSignature.Request(
                method: method.rawValue, path: path, query: query,
                headers: headers.map { (name: $0.name.lowercased(), value: $0.value) }, bodyDigest: digest),
            time: time)
        headers.add(name: "Authorization", value: authorization)
        let parameters = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let target = place.origin + path + (parameters.isEmpty ? "" : "?" + parameters)
        return WebRequest(method: method, target: target, headers: headers, body: body)
    }

    private func failure(_ name: String, _ answer: WebAnswer) -> LogVerificationError {
        failure(name, "\(place.host) answered \(Self.reason(answer))")
    }

    private func failure(_ name: String, _ what: String) -> LogVerificationError {
        LogVerificationError(
            code: .unreadable, path: name, what: "\(location): \(what)",
            remedy: "check bucket, region, credentials and the clock, or try again later; what is there stays")
    }

    /// The status, and the code in an error's document: `<Code>AccessDenied</Code>`.
    static func reason(_ answer: WebAnswer) -> String {
        let text = String(decoding: answer.body.prefix(4096), as: UTF8.self)
        guard let begin = text.firstRange(of: "<Code>"), let end = text[begin.upperBound...].firstRange(of: "</Code>")
        else {
            return "\(answer.status)"
        }
        let code = text[begin.upperBound..<end.lowerBound]
        guard code.utf8.count <= 64, code.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "\(answer.status)" }
        return "\(answer.status) (\(code))"
    }

    /// As `x-amz-date` wants it.
    private static func now() -> String {
        var seconds = Glibc.time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(parts.tm_year + 1900)\(digits(parts.tm_mon + 1))\(digits(parts.tm_mday))T"
            + "\(digits(parts.tm_hour))\(digits(parts.tm_min))\(digits(parts.tm_sec))Z"
    }
}
