public import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TransparencyLog

/// Serves a witness over HTTP: `POST /add-checkpoint` for logs, `GET /<hash>/checkpoint` for monitors, `GET /metrics`.
///
/// Without TLS: all of it is public and signed. A proxy in front can add it.
public final class WitnessServer: Sendable {
    public struct Options: Sendable, Hashable {
        public var host: String
        /// 0 for one that the system chooses.
        public var port: Int
        /// Further ones are closed at once.
        public var connectionsMax = 256
        /// From the end of a request, or the connection's begin, to the end of the next one.
        public var requestTime = TimeAmount.seconds(15)

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    private let group: MultiThreadedEventLoopGroup
    private let threads: NIOThreadPool
    private let listener: any Channel

    public let address: SocketAddress

    /// Binds and begins to answer.
    public static func start(_ options: Options, _ service: WitnessService) async throws -> WitnessServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // One: requests are decided one at a time anyway.
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        do {
            return try await WitnessServer(options, service, group, threads)
        } catch {
            try? await threads.shutdownGracefully()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private init(
        _ options: Options, _ service: WitnessService, _ group: MultiThreadedEventLoopGroup, _ threads: NIOThreadPool
    ) async throws {
        self.group = group
        self.threads = threads
        let open = Connections(max: options.connectionsMax)
        listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                guard open.enter() else { return channel.close() }
                channel.closeFuture.whenComplete { _ in open.leave() }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(
                        WitnessRequestHandler(service, threads: threads, requestTime: options.requestTime))
                }
            }
            .bind(host: options.host, port: options.port).get()
        guard let address = listener.localAddress else { throw ChannelError.unknownLocalAddress }
        self.address = address
    }

    /// Takes no more requests; what was begun to be stored is stored.
    public func stop() async throws {
        try? await listener.close().get()
        try await threads.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    private final class Connections: Sendable {
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
