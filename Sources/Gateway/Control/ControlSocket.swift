import Foundation
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The Unix-domain socket over which the command line reaches a running gateway. Only the gateway's own user may
/// connect: whoever can has the operator's rights.
public final class ControlSocket: Sendable {
    private let listener: any Channel
    private let path: String
    private let group: MultiThreadedEventLoopGroup
    private let thread: NIOThreadPool

    /// Listens at `path`, in the place of a socket that a gateway before left there.
    ///
    /// - Parameter drain: Begins to stop the gateway; the answer does not wait for its end.
    /// - Throws: An `IOError` if the socket cannot be made.
    public static func listen(
        at path: String, for server: GatewayServer, ledger: any LedgerControl,
        drain: @escaping @Sendable () -> Void
    ) async throws -> ControlSocket {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let descriptor = try bind(path)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // For what blocks: erasing takes its time, and sessions are to be listed meanwhile.
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        do {
            let listener = try await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            ControlHandler(server, ledger, thread, drain: drain))
                    }
                }
                .withBoundSocket(descriptor).get()
            return ControlSocket(listener, path, group, thread)
        } catch {
            try? await thread.shutdownGracefully()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private init(
        _ listener: any Channel, _ path: String, _ group: MultiThreadedEventLoopGroup, _ thread: NIOThreadPool
    ) {
        self.thread = thread
        self.listener = listener
        self.path = path
        self.group = group
    }

    /// Stops listening and takes the socket away.
    public func close() async throws {
        try? await listener.close().get()
        _ = path.withCString { unlink($0) }
        try await thread.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    private static func bind(_ path: String) throws -> CInt {
        try SocketAddress(unixDomainSocketPath: path).withSockAddr { address, length in
            #if canImport(Glibc)
                let type = CInt(SOCK_STREAM.rawValue)
            #else
                let type = SOCK_STREAM
            #endif
            let descriptor = socket(AF_UNIX, type, 0)
            guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
            _ = path.withCString { unlink($0) }
            // Until chmod nobody can have connected: the socket does not listen yet.
            var result = systemBind(descriptor, address, socklen_t(length))
            if result == 0 { result = path.withCString { chmod($0, 0o600) } }
            guard result == 0 else {
                let code = errno
                _ = systemClose(descriptor)
                throw IOError(errnoCode: code, reason: "bind \(path)")
            }
            return descriptor
        }
    }
}

private func systemBind(_ descriptor: CInt, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> CInt {
    bind(descriptor, address, length)
}

private func systemClose(_ descriptor: CInt) -> CInt { close(descriptor) }

/// Answers requests line by line.
private final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let lineBytesMax = 4096
    private let server: GatewayServer
    private let ledger: any LedgerControl
    private let thread: NIOThreadPool
    private let drain: @Sendable () -> Void
    private var bytes = ByteBuffer()
    private var answered: EventLoopFuture<Void>?

    init(
        _ server: GatewayServer, _ ledger: any LedgerControl, _ thread: NIOThreadPool,
        drain: @escaping @Sendable () -> Void
    ) {
        self.server = server
        self.ledger = ledger
        self.thread = thread
        self.drain = drain
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
        while let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let line = bytes.readBytes(length: end - bytes.readerIndex) ?? []
            bytes.moveReaderIndex(forwardBy: 1)
            answer(line, context)
        }
        guard bytes.readableBytes <= Self.lineBytesMax else { return context.close(promise: nil) }
        bytes.discardReadBytes()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// In the order of the requests, whatever each takes.
    private func answer(_ line: [UInt8], _ context: ChannelHandlerContext) {
        let loop = context.eventLoop
        let answer: EventLoopFuture<ControlResponse>
        if let request = try? JSONDecoder().decode(ControlRequest.self, from: Data(line)) {
            switch request.command {
            case .sessions, .kill, .drain: answer = loop.makeSucceededFuture(respond(to: request))
            case .redact, .retain:
                answer = thread.runIfActive(eventLoop: loop) { [ledger] in ledger.respond(to: request) }
            }
        } else {
            answer = loop.makeSucceededFuture(ControlResponse(error: "not a request"))
        }
        let before = answered ?? loop.makeSucceededVoidFuture()
        answered = before.flatMap { answer }.assumeIsolated().map { [self] response in write(response, context) }
            .nonisolated()
    }

    private func respond(to request: ControlRequest) -> ControlResponse {
        switch request.command {
        case .sessions:
            return ControlResponse(sessions: server.sessions)
        case .kill:
            guard let id = request.session, server.kill(id) else {
                return ControlResponse(error: "there is no such session")
            }
            return ControlResponse()
        case .drain:
            drain()
            return ControlResponse()
        case .redact, .retain: return ControlResponse(error: "not a request for the gateway itself")
        }
    }

    private func write(_ response: ControlResponse, _ context: ChannelHandlerContext) {
        guard let line = try? JSONEncoder().encode(response) else { return context.close(promise: nil) }
        var buffer = context.channel.allocator.buffer(capacity: line.count + 1)
        buffer.writeBytes(line)
        buffer.writeInteger(UInt8(ascii: "\n"))
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
}
