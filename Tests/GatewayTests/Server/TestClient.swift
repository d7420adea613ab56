import PostgresWire
import NIOCore
import NIOPosix

@testable import Gateway

/// A client without TLS that speaks in whole messages.
final class TestClient {
    private let channel: any Channel
    private var received: AsyncStream<ByteBuffer>.Iterator
    private var bytes = ByteBuffer()

    static func connect(port: Int) async throws -> TestClient {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return TestClient(channel, stream)
    }

    private init(_ channel: any Channel, _ stream: AsyncStream<ByteBuffer>) {
        self.channel = channel
        received = stream.makeAsyncIterator()
    }

    deinit { channel.close(promise: nil) }

    func end() { channel.close(promise: nil) }

    func write(_ messages: ByteBuffer...) async throws { try await channel.writeAndFlush(messages.joined) }

    /// Whether the gateway closed the connection; nothing may come before.
    func isClosed() async -> Bool { await received.next() == nil }

    /// Messages up to the first of a type; nil at the connection's end.
    func read(through last: Unicode.Scalar) async -> ByteBuffer? {
        var result = ByteBuffer()
        while true {
            while let header = MessageReader(input: bytes).header, bytes.readableBytes >= header.size {
                var message = bytes.readSlice(length: header.size) ?? ByteBuffer()
                result.writeBuffer(&message)
                if header.type == UInt8(ascii: last) { return result }
            }
            guard var more = await received.next() else { return nil }
            bytes.writeBuffer(&more)
        }
    }

    /// The SQLSTATE of the next error.
    func errorState() async -> String? {
        guard let answer = await read(through: "E"), answer.types.hasSuffix("E") else { return nil }
        let fields = String(buffer: answer).split(separator: "\0")
        return fields.last { $0.hasPrefix("C") && $0.count == 6 }.map { String($0.dropFirst()) }
    }

    /// Logs in as `feed` with the password of ``ClientLoginTests/verifier``.
    ///
    /// - Returns: Everything from AuthenticationOk to the first ReadyForQuery.
    func logIn(parameters: String = "") async throws -> ByteBuffer {
        try await authenticate(parameters: parameters)
        guard let ready = await read(through: "Z") else { throw MissingValue() }
        return ready
    }

    /// Proves to be `feed`; what the gateway says then is left to read.
    func authenticate(parameters: String = "") async throws {
        var exchange = SCRAMClientExchange(password: "pencil")
        try await write(ClientLoginTests.packet(0x0003_0000, "user\0feed\0database\0social\0\(parameters)\0"))
        guard await read(through: "R") != nil else { throw MissingValue() }
        let first = exchange.clientFirst
        try await write(
            .message("p") { buffer in
                buffer.writeString("SCRAM-SHA-256\0")
                buffer.writeInteger(UInt32(first.count))
                buffer.writeBytes(first)
            })
        guard var challenge = await read(through: "R") else { throw MissingValue() }
        challenge.moveReaderIndex(forwardBy: 9)
        let proof = try exchange.answer(serverFirst: String(buffer: challenge))
        try await write(.message("p") { $0.writeBytes(proof) })
        guard var outcome = await read(through: "R") else { throw MissingValue() }
        outcome.moveReaderIndex(forwardBy: 9)
        try exchange.verify(serverFinal: String(buffer: outcome))
    }

    func query(_ text: String) async throws -> ByteBuffer? {
        try await write(Message.query(text))
        return await read(through: "Z")
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
