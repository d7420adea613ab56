import NIOHTTP1
public import TransparencyLog
public import Web

/// Asks witnesses over HTTP.
public struct HTTPWitnessTransport: WitnessTransport {
    /// More than any answer with its signatures takes.
    static let answerBytesMax = 64 << 10
    /// Default time for an answer, from dialling to its end.
    public static let time = Duration.seconds(1)

    private let client: WebClient

    /// - Parameter client: The caller's, to be shut down by it.
    public init(_ client: WebClient) { self.client = client }

    public func addCheckpoint(_ request: [UInt8], to url: HTTPPrefix) async throws -> WitnessAnswer {
        let question = WebRequest(
            method: .POST, target: "\(url)/\(AddCheckpointRequest.path)", body: request)
        do throws(WebFailure) {
            let answer = try await client.answer(to: question, bytesMax: Self.answerBytesMax)
            return WitnessAnswer(
                status: answer.status, contentType: answer.headers.first(name: "Content-Type") ?? "",
                body: answer.body)
        } catch {
            throw WitnessUnreachable(error.description)
        }
    }
}
