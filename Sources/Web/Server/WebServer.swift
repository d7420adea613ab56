public import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix
import Synchronization

/// Serves HTTP/1.1 with bounds on everything that a client decides: connections, headers, bodies, time.
///
/// Without TLS: what it serves is public and signed. A proxy in front can add it.
public final class WebServer: Sendable {
    public struct Options: Sendable, Hashable {
        public var host: String
        /// 0 for one that the system chooses.
        public var port: Int
        /// Further ones are closed at once.
        public var connectionsMax = 256
        /// From the end of an answer, or the connection's begin, to the end of the next request.
        public var requestTime = TimeAmount.seconds(15)
        /// For the client to take an answer.
        public var answerTime = TimeAmount.seconds(120)
        /// How many answers are made at the same time.
        public var threads = 1
        public var headerBytesMax = 16 << 10
        /// How long ``stop()`` waits for answers that are on their way.
        public var stopTime = TimeAmount.seconds(10)

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    private let group: MultiThreadedEventLoopGroup
    private let threads: NIOThreadPool
    private let listener: any Channel
    private let quiescing: Mutex<ServerQuiescingHelper?>
    private let stopTime: TimeAmount

    public let address: SocketAddress

    /// Binds and begins to answer.
    public static func start(_ options: Options, _ service: any WebService) async throws -> WebServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let threads = NIOThreadPool(numberOfThreads: options.threads)
        threads.start()
        do {
            return try await WebServer(options, service, group, threads)
        } catch {
            try? await threads.shutdownGracefully()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private init(
        _ options: Options, _ service: any WebService, _ group: MultiThreadedEventLoopGroup, _ threads: NIOThreadPool
    ) async throws {
        self.group = group
        self.threads = threads
        stopTime = options.stopTime
        let quiescing = ServerQuiescingHelper(group: group)
        self.quiescing = Mutex(quiescing)
        let open = OpenConnections(max: options.connectionsMax)
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = options.headerBytesMax
        limits.maxHeaderListSize = options.headerBytesMax
        let decoderLimits = limits
        listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.pipeline.addHandler(quiescing.makeServerChannelHandler(channel: channel))
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                guard open.enter() else { return channel.close() }
                channel.closeFuture.whenComplete { _ in open.leave() }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(
                        withErrorHandling: true, withEncoderConfiguration: .init(),
                        withDecoderLimitConfiguration: decoderLimits)
                    try pipeline.addHandler(WebRequestHandler(service, threads: threads, options))
                }
            }
            .bind(host: options.host, port: options.port).get()
        guard let address = listener.localAddress else { throw ChannelError.unknownLocalAddress }
        self.address = address
    }

    /// Takes no more requests; answers that are on their way are finished, in bounded time.
    public func stop() async throws {
        let quiet = group.next().makePromise(of: Void.self)
        // Let go before its event loop is: it still uses that at its end.
        quiescing.withLock { helper in
            helper?.initiateShutdown(promise: quiet)
            helper = nil
        }
        let deadline = group.next().scheduleTask(in: stopTime) { quiet.fail(ChannelError.connectTimeout(.zero)) }
        try? await quiet.futureResult.get()
        deadline.cancel()
        try await threads.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    private final class OpenConnections: Sendable {
        private let count = Atomic(0)
        private let max: Int

        init(max: Int) { self.max = max }

        func enter() -> Bool {
            guard count.wrappingAdd(1, ordering: .relaxed).newValue > max else { return true }
            leave()
            return false
        }

        func leave() { count.wrappingSubtract(1, ordering: .relaxed) }
    }
}
