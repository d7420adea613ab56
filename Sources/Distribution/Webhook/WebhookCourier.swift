import Foundation
public import Logging
import NIOHTTP1
public import Web

/// Takes messages from a queue to a webhook: in order, each until the webhook has it, so perhaps more than once.
public struct WebhookCourier: Sendable {
    private static let answerBytesMax = 64 << 10
    private static let pauseMax = Duration.seconds(300)
    private static let pollInterval = Duration.milliseconds(250)

    private let queue: WebhookQueue
    private let url: String
    private let secret: WebhookSecret
    private let client: WebClient
    private let log: Logger

    public init(_ queue: WebhookQueue, to url: String, secret: WebhookSecret, client: WebClient, log: Logger) {
        self.queue = queue
        self.url = url
        self.secret = secret
        self.client = client
        self.log = log
    }

    /// Until the task is cancelled.
    public func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                guard let message = try queue.first() else {
                    try? await Task.sleep(for: Self.pollInterval)
                    continue
                }
                try await deliver(message)
                if failures > 0 { log.info("the webhook takes messages again") }
                failures = 0
            } catch {
                // Once for each beginning: a webhook that is down would else fill the log.
                if failures == 0 { log.error("the webhook took no message", metadata: ["reason": "\(error)"]) }
                try? await Task.sleep(for: Self.pause(after: failures))
                failures += 1
            }
        }
    }

    /// Delivers what there is.
    ///
    /// - Throws: What kept the next message from being taken; it stays in the queue.
    public func deliverAll() async throws {
        while let message = try queue.first() {
            var retries = Retries()
            while true {
                do {
                    try await deliver(message)
                    break
                } catch {
                    guard let pause = retries.next() else { throw error }
                    try await Task.sleep(for: pause)
                }
            }
        }
    }

    static func pause(after failures: Int) -> Duration {
        min(pauseMax, .seconds(1 << min(failures, 9)))
    }

    private func deliver(_ message: WebhookQueue.Message) async throws {
        let time = Int64(Date().timeIntervalSince1970)
        let headers: HTTPHeaders = [
            "Content-Type": "application/json", "webhook-id": message.id, "webhook-timestamp": "\(time)",
            "webhook-signature": secret.signature(id: message.id, time: time, body: message.body),
        ]
        let answer = try await client.answer(
            to: WebRequest(method: .POST, target: url, headers: headers, body: message.body),
            bytesMax: Self.answerBytesMax)
        guard (200..<300).contains(answer.status) else { throw WebFailure("it answered \(answer.status)") }
        try queue.remove(message)
    }
}
