import Distribution
import Evidence
import Logging
import TransparencyLog
import Web

/// The webhook of a monitor, with its queue on disk.
struct WebhookPost {
    private let queue: WebhookQueue
    private let courier: WebhookCourier
    private let client: WebClient

    init(_ url: String, secretFile: String?, state: FollowState?) throws {
        guard let prefix = HTTPPrefix(parsing: url),
            prefix.isSecure || ["127.0.0.1", "::1", "localhost"].contains(prefix.host)
        else {
            throw Failure(
                message: "\(url) is no webhook.", remedy: "Give an https URL, or an http URL on this machine.")
        }
        guard let secretFile, let state, let secret = WebhookSecret(parsing: try KeyFile.read(secretFile)) else {
            throw Failure(
                message: "\(secretFile ?? "") holds no webhook secret.",
                remedy: "It is whsec_ and 24 to 64 random bytes in base64: echo whsec_$(openssl rand -base64 32)")
        }
        queue = try WebhookQueue(state.queue)
        client = try WebClient(WebClient.Options(time: .seconds(15)))
        courier = WebhookCourier(
            queue, to: url, secret: secret, client: client, log: Logger(label: "ringfence.webhook"))
    }

    func append(_ notice: FollowNotice) throws {
        guard try queue.append(notice.json) else {
            throw Failure(
                message: "\(WebhookQueue.messagesMax) messages wait for the webhook, and no more are kept.",
                remedy: "See why it takes none; then start the monitor again, which tells what it could not.")
        }
    }

    func run() async {
        await courier.run()
        try? await client.shutDown()
    }

    /// Tries to deliver what there is; what is not taken stays in the queue.
    func deliverAll() async throws {
        do {
            try await courier.deliverAll()
        } catch {
            writeToStandardError("ringfence: the webhook took no message, they wait for the next time: \(error)")
        }
        try await client.shutDown()
    }
}
