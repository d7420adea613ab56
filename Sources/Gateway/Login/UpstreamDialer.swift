import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Opens connections to PostgreSQL, encrypted as configured, up to the first byte of the protocol.
struct UpstreamDialer: Sendable {
    enum Failure: Error {
        case refusesEncryption
        case protocolViolation
    }

    let upstream: GatewayOptions.Upstream
    private let tls: NIOSSLContext?

    init(_ upstream: GatewayOptions.Upstream) throws {
        self.upstream = upstream
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        switch upstream.tls {
        case .disable:
            tls = nil
            return
        case .prefer, .require:
            configuration.certificateVerification = .none
        case .verify(let authoritiesFile):
            configuration.certificateVerification = .fullVerification
            if let authoritiesFile { configuration.trustRoots = .file(authoritiesFile) }
        }
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// - Parameter timeout: For the connection to come about.
    func dial(on loop: any EventLoop, timeout: TimeAmount) -> EventLoopFuture<any Channel> {
        let upstream = upstream
        let tls = tls
        return ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: upstream.host, port: upstream.port)
            .flatMap { channel in
                guard let tls else { return channel.eventLoop.makeSucceededFuture(channel) }
                let ready = channel.eventLoop.makePromise(of: (any Channel).self)
                do {
                    try channel.pipeline.syncOperations.addHandler(
                        EncryptionRequestHandler(upstream, tls, ready: ready))
                } catch {
                    ready.fail(error)
                }
                return ready.futureResult.flatMapError { error in
                    channel.close(promise: nil)
                    return channel.eventLoop.makeFailedFuture(error)
                }
            }
    }
}

/// Asks PostgreSQL for TLS (protocol, "SSL Session Encryption") and leaves the pipeline when that is settled.
private final class EncryptionRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let upstream: GatewayOptions.Upstream
    private let tls: NIOSSLContext
    private let ready: EventLoopPromise<any Channel>
    private var isAnswered = false

    init(_ upstream: GatewayOptions.Upstream, _ tls: NIOSSLContext, ready: EventLoopPromise<any Channel>) {
        self.upstream = upstream
        self.tls = tls
        self.ready = ready
    }

    func handlerAdded(context: ChannelHandlerContext) {
        var request = ByteBuffer()
        request.writeInteger(UInt32(8))
        request.writeInteger(UInt32(80_877_103))
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        // More than the one byte before the handshake is an injection (CVE-2021-23222).
        guard !isAnswered, let answer: UInt8 = bytes.readInteger(), bytes.readableBytes == 0 else {
            return ready.fail(UpstreamDialer.Failure.protocolViolation)
        }
        isAnswered = true
        switch answer {
        case UInt8(ascii: "S"):
            do {
                let handler = try NIOSSLClientHandler(
                    context: tls, serverHostname: upstream.host.isAddress ? nil : upstream.host)
                try context.pipeline.syncOperations.addHandler(handler, position: .first)
            } catch {
                ready.fail(error)
            }
        case UInt8(ascii: "N") where upstream.tls == .prefer:
            leave(context)
        default:
            ready.fail(UpstreamDialer.Failure.refusesEncryption)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { leave(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { ready.fail(error) }

    func channelInactive(context: ChannelHandlerContext) {
        ready.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    private func leave(_ context: ChannelHandlerContext) {
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        ready.succeed(context.channel)
    }
}

extension String {
    /// Whether it is an IP address, which TLS's server name may not be.
    fileprivate var isAddress: Bool { (try? SocketAddress(ipAddress: self, port: 0)) != nil }
}
