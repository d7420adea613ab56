import Synchronization

/// How many clients are connected, logged in or not.
final class ConnectionCount: Sendable {
    private let count = Mutex(0)
    private let max: Int

    init(max: Int) { self.max = max }

    /// False when there are as many as may be.
    func enter() -> Bool {
        count.withLock { count in
            guard count < max else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
