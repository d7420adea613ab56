import AsyncHTTPClient
import Foundation
public import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOSSL
import Synchronization

/// Asks over HTTP and HTTPS, with bounds on what a server decides: time and the answer's length.
///
/// Connections are kept for the next request. Redirects are answers like others: whoever is asked is who was named.
public final class WebClient: Sendable {
    public struct Options: Sendable, Hashable {
        /// From dialling to the answer's end.
        public var time = Duration.seconds(30)
        /// A PEM file with the certificate authorities to trust; the system's if nil.
        public var authoritiesFile: String?
        /// How many requests to one host are under way at the same time; further ones wait.
        public var connectionsPerHost = 8
        /// Takes answers that are compressed, with or without having been asked for.
        public var decompresses = false

        public init(time: Duration = .seconds(30), authoritiesFile: String? = nil) {
            self.time = time
            self.authoritiesFile = authoritiesFile
        }
    }

    /// A compressed answer may be so long when it is unpacked: more than a full bundle of entries.
    private static let decompressedBytesMax = 32 << 20

    private let client: HTTPClient
    private let time: Duration
    private let isShutDown = Atomic(false)

    /// - Throws: ``WebFailure`` if the authorities' file cannot be read.
    public init(_ options: Options = Options()) throws(WebFailure) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = options.authoritiesFile {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
            } catch {
                throw WebFailure("\(file) holds no certificates: \(error)")
            }
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: TimeAmount(options.time)),
            decompression: options.decompresses ? .enabled(limit: .size(Self.decompressedBytesMax)) : .disabled)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = options.connectionsPerHost
        // Whoever asks decides whether to ask again.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(configuration: configuration)
        time = options.time
    }

    deinit {
        guard !isShutDown.load(ordering: .acquiring) else { return }
        // AsyncHTTPClient traps if it is let go while it runs, as by somebody who threw an error before the end.
        Task { [client] in try? await client.shutdown() }
    }

    /// Closes what is kept. After the last answer; further requests fail.
    public func shutDown() async throws {
        guard !isShutDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        try await client.shutdown()
    }

    /// - Parameter bytesMax: How long the answer's body may be.
    /// - Throws: ``WebFailure`` if no whole answer came. Any status is an answer.
    public func answer(to request: WebRequest, bytesMax: Int) async throws(WebFailure) -> WebAnswer {
        do {
            return try await send(request, bytesMax: bytesMax).get()
        } catch {
            throw failure(error, bytesMax: bytesMax)
        }
    }

    /// The same for a thread that may wait. Never call it from an event loop.
    public func waitForAnswer(to request: WebRequest, bytesMax: Int) throws(WebFailure) -> WebAnswer {
        try begin(request, bytesMax: bytesMax).wait()
    }

    /// A request that is on its way.
    public struct PendingAnswer: Sendable {
        fileprivate let future: Result<EventLoopFuture<WebAnswer>, any Error>
        fileprivate let client: WebClient
        fileprivate let bytesMax: Int

        /// Never on an event loop.
        public func wait() throws(WebFailure) -> WebAnswer {
            do {
                return try future.get().wait()
            } catch {
                throw client.failure(error, bytesMax: bytesMax)
            }
        }
    }

    /// Begins without waiting, for a thread that has several requests under way.
    public func begin(_ request: WebRequest, bytesMax: Int) -> PendingAnswer {
        PendingAnswer(future: Result { try send(request, bytesMax: bytesMax) }, client: self, bytesMax: bytesMax)
    }

    private func send(_ request: WebRequest, bytesMax: Int) throws -> EventLoopFuture<WebAnswer> {
        guard !isShutDown.load(ordering: .acquiring) else {
            throw WebFailure("this client was shut down", mayPass: false)
        }
        // A port that does not fit would trap further down.
        guard let url = URLComponents(string: request.target), url.port.map({ (1...65_535).contains($0) }) ?? true
        else { throw HTTPClientError.invalidURL }
        var sent = try HTTPClient.Request(
            url: request.target, method: request.method, headers: request.headers,
            body: request.body.isEmpty && request.method == .GET ? nil : .bytes(request.body))
        if !sent.headers.contains(name: "User-Agent") { sent.headers.add(name: "User-Agent", value: "ringfence") }
        let delegate = ResponseAccumulator(request: sent, maxBodySize: bytesMax)
        return client.execute(request: sent, delegate: delegate, deadline: .now() + TimeAmount(time)).futureResult
            .map { response in
                WebAnswer(
                    status: Int(response.status.code), headers: response.headers,
                    body: response.body.map { Array($0.readableBytesView) } ?? [])
            }
    }

    fileprivate func failure(_ error: any Error, bytesMax: Int) -> WebFailure {
        if let failure = error as? WebFailure { return failure }
        if error is ResponseAccumulator.ResponseTooBigError {
            return WebFailure("its answer is longer than \(bytesMax) bytes", mayPass: false)
        }
        switch error as? HTTPClientError {
        case .deadlineExceeded, .connectTimeout, .readTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout:
            return WebFailure("it did not answer within \(time.formatted)")
        case .remoteConnectionClosed, .uncleanShutdown:
            return WebFailure("it closed the connection without a whole answer")
        case .invalidURL, .emptyHost, .emptyScheme:
            return WebFailure("this is no URL that can be asked", mayPass: false)
        default:
            return WebFailure("it cannot be reached: \(error)")
        }
    }
}

/// No answer came.
public struct WebFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why, in a sentence's words.
    public var description: String
    /// Whether the same request may be answered later.
    public var mayPass: Bool

    public init(_ description: String, mayPass: Bool = true) {
        self.description = description
        self.mayPass = mayPass
    }
}

extension Duration {
    fileprivate var formatted: String {
        let milliseconds = TimeAmount(self).nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
