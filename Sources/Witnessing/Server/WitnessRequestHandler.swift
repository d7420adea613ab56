import NIOCore
import NIOHTTP1
import NIOPosix
import TransparencyLog

/// One connection to a witness: reads a request of bounded size in bounded time, answers, and reads the next.
final class WitnessRequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Stage {
        case idle
        case reading(HTTPRequestHead, ByteBuffer)
        /// Answered before its end: the rest is not looked at.
        case skipping
        case answering(HTTPRequestHead)
    }

    private var stage = Stage.idle
    private var deadline: Scheduled<Void>?
    private let service: WitnessService
    private let threads: NIOThreadPool
    private let requestTime: TimeAmount

    init(_ service: WitnessService, threads: NIOThreadPool, requestTime: TimeAmount) {
        self.service = service
        self.threads = threads
        self.requestTime = requestTime
    }

    func channelActive(context: ChannelHandlerContext) {
        awaitRequest(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    private func awaitRequest(_ context: ChannelHandlerContext) {
        let channel = context.channel
        deadline?.cancel()
        deadline = context.eventLoop.scheduleTask(in: requestTime) { channel.close(promise: nil) }
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
            guard body.readableBytes + part.readableBytes <= AddCheckpointRequest.bytesMax else {
                stage = .skipping
                return send(WitnessAnswer(status: 413, "the request is too long"), to: head, isLast: true, context)
            }
            stage = .skipping  // else the buffer would be copied
            body.writeBuffer(&part)
            stage = .reading(head, body)
        case .end:
            guard case .reading(let head, let body) = stage else { return }
            stage = .answering(head)
            deadline?.cancel()
            answer(head, body, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let service = service
        // Reading waits too, while something is being stored: not on the event loop.
        threads.runIfActive(eventLoop: context.eventLoop) {
            Self.answer(head.method, path: head.path, Array(body.readableBytesView), by: service)
        }.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let answer): self.send(answer, to: head, context)
            case .failure: context.close(promise: nil)
            }
        }
    }

    private static func answer(
        _ method: HTTPMethod, path: Substring, _ body: [UInt8], by service: WitnessService
    ) -> WitnessAnswer {
        let isReading = method == .GET || method == .HEAD
        switch path {
        case "/\(AddCheckpointRequest.path)":
            return method == .POST
                ? service.addCheckpoint(body) : WitnessAnswer(status: 405, "this is for POST")
        case "/metrics":
            guard isReading else { return WitnessAnswer(status: 405, "this is for GET") }
            return WitnessAnswer(
                status: 200, contentType: "text/plain; version=0.0.4", body: Array(service.metrics().utf8))
        default:
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard isReading, parts.count == 3, parts[0].isEmpty, parts[2] == "checkpoint",
                let checkpoint = service.checkpoint(pathName: String(parts[1]))
            else { return WitnessAnswer(status: 404, "there is nothing here") }
            return WitnessAnswer(status: 200, contentType: "text/plain; charset=utf-8", body: checkpoint)
        }
    }

    private func send(
        _ answer: WitnessAnswer, to request: HTTPRequestHead, isLast: Bool = false, _ context: ChannelHandlerContext
    ) {
        guard context.channel.isActive else { return }
        let staysOpen = request.isKeepAlive && !isLast
        var head = HTTPResponseHead(version: request.version, status: HTTPResponseStatus(statusCode: answer.status))
        head.headers.add(name: "Content-Type", value: answer.contentType)
        head.headers.add(name: "Content-Length", value: "\(answer.body.count)")
        if request.method == .GET { head.headers.add(name: "Cache-Control", value: "no-cache") }
        if !staysOpen { head.headers.add(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if staysOpen {
            stage = .idle
            awaitRequest(context)
        } else {
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        }
    }
}

extension HTTPRequestHead {
    fileprivate var path: Substring {
        uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    }
}
