import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
public import TransparencyLog

/// Asks witnesses over HTTP, one connection for each request.
public final class HTTPWitnessTransport: WitnessTransport {
    /// More than any answer with its signatures takes.
    static let answerBytesMax = 64 << 10

    private let group: MultiThreadedEventLoopGroup
    private let tls: NIOSSLContext
    private let timeout: TimeAmount

    /// - Parameter timeout: From dialling to the answer's end.
    public init(timeout: Duration = .seconds(1)) throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        tls = try NIOSSLContext(configuration: .makeClientConfiguration())
        self.timeout = TimeAmount(timeout)
    }

    public func shutDown() async throws { try await group.shutdownGracefully() }

    public func addCheckpoint(_ request: [UInt8], to url: WitnessURL) async throws -> WitnessAnswer {
        let (tls, timeout) = (tls, timeout)
        let answer = group.next().makePromise(of: WitnessAnswer.self)
        let deadline = answer.futureResult.eventLoop.scheduleTask(in: timeout) {
            answer.fail(WitnessUnreachable("it did not answer within \(timeout.nanoseconds / 1_000_000) ms"))
        }
        let channel = ClientBootstrap(group: answer.futureResult.eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if url.isSecure {
                        try pipeline.addHandler(Self.tlsHandler(tls, url.host))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(WitnessAnswerHandler(request, url: url, answer))
                }
            }
            .connect(host: url.host, port: url.port)
        channel.whenFailure { error in
            answer.fail(WitnessUnreachable("it cannot be reached: \(error)"))
        }
        do {
            let result = try await answer.futureResult.get()
            deadline.cancel()
            channel.whenSuccess { $0.close(promise: nil) }
            return result
        } catch {
            deadline.cancel()
            channel.whenSuccess { $0.close(promise: nil) }
            throw error
        }
    }

    private static func tlsHandler(_ context: NIOSSLContext, _ host: String) throws -> NIOSSLClientHandler {
        // SNI carries names only (RFC 6066 section 3); an address is verified against the certificate all the same.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }
}

/// Sends one request and collects its answer.
final class WitnessAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: [UInt8]
    private let url: WitnessURL
    private let answer: EventLoopPromise<WitnessAnswer>
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(_ request: [UInt8], url: WitnessURL, _ answer: EventLoopPromise<WitnessAnswer>) {
        self.request = request
        self.url = url
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        var head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: "\(url.path)/\(AddCheckpointRequest.path)")
        head.headers.add(name: "Host", value: url.authority)
        head.headers.add(name: "Content-Length", value: "\(request.count)")
        head.headers.add(name: "User-Agent", value: "ringfence")
        head.headers.add(name: "Connection", value: "close")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let part):
            guard body.count + part.readableBytes <= HTTPWitnessTransport.answerBytesMax else {
                return fail(context, WitnessUnreachable("its answer is too long"))
            }
            body += part.readableBytesView
        case .end:
            guard let head else { return }
            answer.succeed(
                WitnessAnswer(
                    status: Int(head.status.code), contentType: head.headers.first(name: "Content-Type") ?? "",
                    body: body))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(WitnessUnreachable("it closed the connection without an answer"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(context, WitnessUnreachable("\(error)"))
    }

    private func fail(_ context: ChannelHandlerContext, _ error: WitnessUnreachable) {
        answer.fail(error)
        context.close(promise: nil)
    }
}
