/// What a ``WebServer`` asks for its answers.
public protocol WebService: Sendable {
    /// A longer request body is refused (413) and not read.
    var bodyBytesMax: Int { get }

    /// Called on a thread that may wait for disks, several times at once if the server has several threads.
    func answer(_ request: WebRequest) -> WebAnswer
}
