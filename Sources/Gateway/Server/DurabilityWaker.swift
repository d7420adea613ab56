import NIOCore
import Synchronization
import TransparencyLog

/// Tells the sessions of one event loop which entries are durable: one hop for a group of entries, and none when
/// nobody waits.
final class DurabilityWaker: DurabilityObserver {
    /// The number of durable entries.
    private let durableCount = Atomic<UInt64>(0)
    private let isAwaited = Atomic<Bool>(false)
    private let isDelayed = Atomic<Bool>(false)
    private let failure = Mutex<LogError?>(nil)
    private let loop: any EventLoop
    private let wake = Mutex(Wake {})

    /// A bare closure in a mutex gains a reabstraction thunk with each reading, all of which the next call runs.
    private struct Wake {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    init(loop: any EventLoop) { self.loop = loop }

    /// - Parameter wake: Runs on the loop when someone waits and more is durable, or when the log failed.
    func onWake(_ wake: @escaping @Sendable () -> Void) { self.wake.withLock { $0 = Wake(wake) } }

    private func hop() { loop.execute(wake.withLock { $0.run }) }

    func entriesDurable(through last: AppendTicket) {
        // This store and the load below must not change places: see `awaitMore`.
        durableCount.store(last.rawValue &+ 1, ordering: .sequentiallyConsistent)
        guard isAwaited.exchange(false, ordering: .sequentiallyConsistent) else { return }
        hop()
    }

    func logUnreachable(_ reason: String) {
        isDelayed.store(true, ordering: .relaxed)
        hop()
    }

    func logFailed(_ error: LogError) {
        failure.withLock { $0 = $0 ?? error }
        hop()
    }

    /// The last durable entry as of now.
    var durable: AppendTicket? {
        let count = durableCount.load(ordering: .sequentiallyConsistent)
        return count == 0 ? nil : AppendTicket(count - 1)
    }

    /// Whether the ledger said, since this was last asked, that it does not answer.
    func takeDelay() -> Bool { isDelayed.exchange(false, ordering: .relaxed) }

    var failed: LogError? { failure.withLock { $0 } }

    /// Asks for a wake when more is durable than `known`; false if that is so already.
    ///
    /// The flag goes up before the count is read and the writer reads it after raising the count, so one of the two
    /// sees the other.
    func awaitMore(than known: AppendTicket?) -> Bool {
        isAwaited.store(true, ordering: .sequentiallyConsistent)
        return durable == known
    }
}
