import NIOCore
import NIOHTTP1
import NIOPosix

/// One connection: reads a request of bounded size in bounded time, answers, and reads the next.
final class WebRequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Stage {
        case idle
        case reading(HTTPRequestHead, ByteBuffer)
        /// Answered before its end: the rest is not looked at.
        case skipping
        case answering
    }

    private var stage = Stage.idle
    private var deadline: Scheduled<Void>?
    private let service: any WebService
    private let threads: NIOThreadPool
    private let requestTime: TimeAmount
    private let answerTime: TimeAmount

    init(_ service: any WebService, threads: NIOThreadPool, _ options: WebServer.Options) {
        self.service = service
        self.threads = threads
        requestTime = options.requestTime
        answerTime = options.answerTime
    }

    func channelActive(context: ChannelHandlerContext) {
        closeUnlessDone(within: requestTime, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    private func closeUnlessDone(within time: TimeAmount, _ context: ChannelHandlerContext) {
        let channel = context.channel
        deadline?.cancel()
        deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
            }
            stage = .reading(head, context.channel.allocator.buffer(capacity: 0))
        case .body(var part):
            guard case .reading(let head, var body) = stage else { return }
            guard body.readableBytes + part.readableBytes <= service.bodyBytesMax else {
                stage = .skipping
                return send(.problem(413, "the request is too long"), to: head, isLast: true, context)
            }
            stage = .skipping  // else the buffer would be copied
            body.writeBuffer(&part)
            stage = .reading(head, body)
        case .end:
            guard case .reading(let head, let body) = stage else { return }
            stage = .answering
            deadline?.cancel()
            answer(head, body, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let service = service
        let request = WebRequest(
            method: head.method, target: head.uri, headers: head.headers, body: Array(body.readableBytesView))
        // Answers wait for disks: not on the event loop.
        threads.runIfActive(eventLoop: context.eventLoop) { service.answer(request) }
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success(let answer): self.send(answer, to: head, context)
                case .failure: context.close(promise: nil)
                }
            }
    }

    private func send(
        _ answer: WebAnswer, to request: HTTPRequestHead, isLast: Bool = false, _ context: ChannelHandlerContext
    ) {
        guard context.channel.isActive else { return }
        let staysOpen = request.isKeepAlive && !isLast
        var head = HTTPResponseHead(version: request.version, status: HTTPResponseStatus(statusCode: answer.status))
        head.headers = answer.headers
        if answer.status != 304 { head.headers.replaceOrAdd(name: "Content-Length", value: "\(answer.body.count)") }
        if !staysOpen { head.headers.add(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD, !answer.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        if staysOpen { stage = .idle }
        closeUnlessDone(within: answerTime, context)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            guard context.channel.isActive else { return }
            guard staysOpen else { return context.close(promise: nil) }
            // The next request may have come, and even be answered, while this answer left.
            if case .answering = self.stage { return }
            self.closeUnlessDone(within: self.requestTime, context)
        }
    }
}
