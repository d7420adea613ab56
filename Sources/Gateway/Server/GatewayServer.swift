public import Logging
public import NIOCore
import NIOPosix
import NIOSSL
import Ringfence
import Synchronization
import TransparencyLog

/// Accepts clients and relays their sessions to PostgreSQL.
public final class GatewayServer: Sendable {
    private let core: GatewayCore
    private let group: MultiThreadedEventLoopGroup
    private let lanes: [ObjectIdentifier: NIOLoopBound<SessionLane>]
    private let listener: any Channel
    private let isDraining = Atomic(false)

    /// Where clients connect.
    public let address: SocketAddress

    /// Binds and begins to accept.
    ///
    /// - Throws: ``TLSFileProblem`` or ``ListenFailure``: what is wrong with the TLS material or the address.
    public static func start(
        _ options: GatewayOptions, authority: any SessionAuthority, ledger: any LedgerAppending, log: Logger
    ) async throws -> GatewayServer {
        let core = GatewayCore(
            options: options, authority: authority, ledger: ledger,
            registry: SessionRegistry(
                sessionsMax: options.limits.sessions, perPrincipalMax: options.limits.sessionsPerPrincipal),
            dialer: try UpstreamDialer(options.upstream), tls: try options.tls.map(ClientTLSMaterial.init),
            mockSecret: options.mockSecret, log: log)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(options.loops, 2))
        do {
            return try await GatewayServer(core, group)
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private init(_ core: GatewayCore, _ group: MultiThreadedEventLoopGroup) async throws {
        self.core = core
        self.group = group
        var lanes: [ObjectIdentifier: NIOLoopBound<SessionLane>] = [:]
        for loop in group.makeIterator() {
            let lane = try await Self.lane(on: loop, ledger: core.ledger)
            lanes[ObjectIdentifier(loop)] = lane
        }
        self.lanes = lanes
        let logins = LoginPlaces(
            max: GatewayLimits.loginsMax, perAddressMax: core.options.limits.loginsPerAddress)
        let all = lanes
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { channel in
                let source = SourceAddress(channel.remoteAddress)
                guard let lane = all[ObjectIdentifier(channel.eventLoop)], logins.enter(from: source) else {
                    return channel.close()
                }
                let authority = ConnectionAuthority(
                    core.authority, registry: core.registry, logins: logins, address: source)
                channel.closeFuture.whenComplete { _ in authority.connectionClosed() }
                var core = core
                core.authority = authority
                core.ledger = lane.value.ledger
                return channel.eventLoop.makeCompletedFuture { [core] in
                    let session = Session(
                        core, lane: lane.value, address: PeerAddress.text(channel.remoteAddress),
                        login: ClientLogin(
                            offersTLS: core.tls != nil, requiresTLS: core.options.tls?.isRequired ?? false,
                            channelBinding: core.tls?.channelBinding, mockSecret: core.mockSecret))
                    let handler = SideHandler(.client, of: session)
                    session.client = handler
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        do {
            listener = try await bootstrap.bind(host: core.options.host, port: core.options.port).get()
        } catch {
            throw ListenFailure(core.options, error)
        }
        guard let address = listener.localAddress else { throw ChannelError.unknownLocalAddress }
        self.address = address
    }

    private static func lane(
        on loop: any EventLoop, ledger: any LedgerAppending
    ) async throws -> NIOLoopBound<SessionLane> {
        try await loop.submit {
            let lane = SessionLane(loop: loop, ledger: ledger)
            lane.start()
            return NIOLoopBound(lane, eventLoop: loop)
        }.get()
    }

    /// The sessions that are open now.
    public var sessions: [LiveSession] { core.registry.live }

    /// Ends one session; false if there is none of that id.
    public func kill(_ id: UInt32) -> Bool {
        guard let reach = core.registry.session(id: id) else { return false }
        reach.kill()
        return true
    }

    /// Takes no more clients, ends idle sessions, lets others finish until the deadline, then stops. A second call does
    /// nothing.
    public func drain(within deadline: TimeAmount) async throws {
        guard isDraining.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        try? await listener.close().get()
        for reach in core.registry.all { reach.drain() }
        let end = NIODeadline.now() + deadline
        while core.registry.reserved > 0, NIODeadline.now() < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        for reach in core.registry.all { reach.end() }
        for loop in group.makeIterator() {
            guard let lane = lanes[ObjectIdentifier(loop)] else { continue }
            try await loop.submit { lane.value.stop() }.get()
        }
        try await group.shutdownGracefully()
    }
}
