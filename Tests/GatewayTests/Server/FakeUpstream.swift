import PostgresWire
import NIOCore
import NIOPosix
import Synchronization

@testable import Gateway

/// A PostgreSQL that lets everybody in and knows a few statements:
/// `hang` runs until it is cancelled, `vanish` closes the connection, all others return one row.
final class FakeUpstream: Sendable {
    struct Seen {
        var startups: [[String]] = []
        var queries: [String] = []
        var cancels = 0
        var hanging: [any Channel] = []
    }

    let seen = Mutex(Seen())
    private let listener: any Channel
    let port: Int

    static func start() async throws -> FakeUpstream {
        let box = Box()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeBackend(box))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let upstream = FakeUpstream(listener, try required(listener.localAddress?.port))
        box.upstream.withLock { $0 = upstream }
        return upstream
    }

    private init(_ listener: any Channel, _ port: Int) {
        self.listener = listener
        self.port = port
    }

    var cancels: Int { seen.withLock { $0.cancels } }

    func stop() async { try? await listener.close().get() }

    final class Box: Sendable {
        let upstream = Mutex<FakeUpstream?>(nil)
    }
}

private final class FakeBackend: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let box: FakeUpstream.Box
    private var bytes = ByteBuffer()
    private var isStarted = false

    init(_ box: FakeUpstream.Box) { self.box = box }

    private func note(_ change: (inout FakeUpstream.Seen) -> Void) {
        box.upstream.withLock { $0 }?.seen.withLock { change(&$0) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
        if !isStarted { start(context) }
        while isStarted, let header = MessageReader(input: bytes).header, bytes.readableBytes >= header.size {
            bytes.moveReaderIndex(forwardBy: 5)
            let body = bytes.readSlice(length: header.length - 4) ?? ByteBuffer()
            answer(header.type, body, context)
        }
    }

    private func start(_ context: ChannelHandlerContext) {
        guard let length: UInt32 = bytes.getInteger(at: bytes.readerIndex), bytes.readableBytes >= length,
            var packet = bytes.readSlice(length: Int(length))
        else { return }
        packet.moveReaderIndex(forwardBy: 4)
        let code: UInt32 = packet.readInteger() ?? 0
        if code == 80_877_102 {
            var hanging: [any Channel] = []
            note { seen in
                seen.cancels += 1
                swap(&hanging, &seen.hanging)
            }
            for channel in hanging {
                channel.writeAndFlush([Message.error("57014"), Message.ready()].joined, promise: nil)
            }
            context.close(promise: nil)
            return
        }
        note { $0.startups.append(String(buffer: packet).split(separator: "\0").map(String.init)) }
        isStarted = true
        write(
            context, .message("R") { $0.writeInteger(UInt32(0)) },
            Message.frontend("S", "server_version\0test\0"), Message.frontend("S", "client_encoding\0UTF8\0"),
            Message.frontend("S", "standard_conforming_strings\0on\0"), Message.frontend("K", "abcdefgh"),
            Message.ready())
    }

    private func answer(_ type: UInt8, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        guard type == UInt8(ascii: "Q") else {
            if type == UInt8(ascii: "X") { context.close(promise: nil) }
            return
        }
        let text = String(String(buffer: body).dropLast())
        let channel = context.channel
        note { $0.queries.append(text) }
        switch text {
        case "hang": note { $0.hanging.append(channel) }
        case "vanish": context.close(promise: nil)
        default:
            write(
                context, Message.frontend("T", "\0\0"), Message.row("secret"), Message.complete("SELECT 1"),
                Message.ready())
        }
    }

    private func write(_ context: ChannelHandlerContext, _ messages: ByteBuffer...) {
        context.writeAndFlush(wrapOutboundOut(messages.joined), promise: nil)
    }
}
