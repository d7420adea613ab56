import Glibc
import NIOHTTP1
public import TransparencyLog
public import Web

/// A log's public files, read from where somebody serves them.
///
/// All that is read is one checkpoint's: it is fetched once, at the beginning, so that a log that grows meanwhile is read
/// as it was then.
public struct RemoteLog: LogFiles {
    /// So many requests are under way at the same time.
    public static let readers = 8
    private static let checkpointName = "checkpoint"
    private static let checkpointBytesMax = 1 << 20

    private let prefix: HTTPPrefix
    private let client: WebClient
    private let checkpoint: [UInt8]?

    public var isLive: Bool { false }
    public var readersMax: Int { Self.readers }

    /// Fetches the checkpoint. Waits, so not on an event loop.
    ///
    /// - Throws: An error with the code `unreadable` if nothing answers, or not with a checkpoint.
    public init(_ prefix: HTTPPrefix, client: WebClient) throws(LogVerificationError) {
        self.prefix = prefix
        self.client = client
        checkpoint = try Self.fetch(Self.checkpointName, under: prefix, client, bytesMax: Self.checkpointBytesMax)
    }

    public func contents(of name: String, bytesMax: Int) throws(LogVerificationError) -> [UInt8]? {
        if name == Self.checkpointName { return checkpoint }
        return try Self.fetch(name, under: prefix, client, bytesMax: bytesMax)
    }

    private static func fetch(
        _ name: String, under prefix: HTTPPrefix, _ client: WebClient, bytesMax: Int
    ) throws(LogVerificationError) -> [UInt8]? {
        let request = WebRequest(target: "\(prefix)/\(name)")
        // Compressed, what does not compress is longer.
        let answerBytesMax = bytesMax + bytesMax / 100 + 1024
        var retries = Retries()
        while true {
            let reason: String
            let pause: Duration?
            do throws(WebFailure) {
                let answer = try client.waitForAnswer(to: request, bytesMax: answerBytesMax)
                switch answer.status {
                case 200: return answer.body
                case 404, 410: return nil
                // Object stores whose objects cannot be listed say so of those that are not there.
                case 403 where name != checkpointName: return nil
                default:
                    reason = "\(prefix) answered \(answer.status)"
                    pause =
                        Retries.mayPass(status: answer.status)
                        ? retries.next(retryAfter: answer.headers.first(name: "Retry-After")) : nil
                }
            } catch {
                reason = "\(prefix): \(error)"
                pause = error.mayPass ? retries.next() : nil
            }
            guard let pause else {
                throw LogVerificationError(
                    code: .unreadable, path: name,
                    what: retries.tries == 1 ? reason : "\(reason), \(retries.tries) times",
                    remedy: "check the URL, or try again later: with --cache what was verified is not fetched again")
            }
            usleep(UInt32(clamping: pause.milliseconds * 1000))
        }
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
