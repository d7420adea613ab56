import Dispatch
import Glibc

/// SIGTERM, SIGINT or a request such as the control socket's `drain`, whichever comes first.
struct StopSignal: Sendable {
    private let requests: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        let (requests, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.requests = requests
        self.continuation = continuation
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // The handler keeps the source alive, as long as the process.
            source.setEventHandler {
                withExtendedLifetime(source) { _ = continuation.yield() }
            }
            source.resume()
        }
    }

    func request() { continuation.yield() }

    func wait() async {
        for await _ in requests { return }
    }
}
