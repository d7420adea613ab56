import NIOCore
import NIOTLS

/// One of a session's two connections: hands what happens on it to the session and does what that says.
///
/// The only handler of a connection besides TLS: one per kind of message would cost more than the relay does.
final class SideHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Side { case client, upstream }

    private let side: Side
    private var session: Session?
    private(set) var context: ChannelHandlerContext?
    private var isPaused = false
    private var isReadWanted = false
    private var hasUnflushed = false

    init(_ side: Side, of session: Session) {
        self.side = side
        self.session = session
    }

    var channel: (any Channel)? { context?.channel }
    private(set) var isWritable = true

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { session?.opened(side) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        session = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        session?.opened(side)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session?.received(unwrapInboundIn(data), from: side)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        session?.burstEnded()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        session?.writabilityChanged()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
            session?.handshakeCompleted(side, negotiated: negotiated)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        session?.closed(side)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        session?.failed(side, error)
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { isReadWanted = true } else { context.read() }
    }

    /// Stops reading, or goes on with it: what the peer sends meanwhile fills its own buffers.
    func setPaused(_ pauses: Bool) {
        guard pauses != isPaused else { return }
        isPaused = pauses
        guard !pauses, isReadWanted else { return }
        isReadWanted = false
        context?.read()
    }

    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        hasUnflushed = true
        context.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() {
        guard hasUnflushed else { return }
        hasUnflushed = false
        context?.flush()
    }

    /// How long a peer that does not read may delay the end of its connection.
    private static let farewellMax = TimeAmount.seconds(5)

    /// Closes once what was written is with the system: a close by itself would drop it. The session hears of the
    /// connection no more.
    func close() {
        session = nil
        guard let context else { return }
        hasUnflushed = false
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        let timer = context.eventLoop.scheduleTask(in: Self.farewellMax) { channel.close(promise: nil) }
        written.futureResult.whenComplete { _ in
            timer.cancel()
            channel.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }
}
