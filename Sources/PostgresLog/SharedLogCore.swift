import Synchronization
import TransparencyLog

/// What the appending threads, the committing thread and the signing thread of one writer share.
final class SharedLogCore: Sendable {
    struct Progress: Sendable {
        /// Entries that are known to be durable, and the greatest checkpoint that is known to be signed.
        var durableSize: UInt64 = 0
        var checkpoint: SignedCheckpoint?
        var failure: LogError?
        /// A checkpoint over so many entries is waited for.
        var wantedSize: UInt64 = 0
        /// How often one was asked for, and how many of these times the database was looked at since.
        var requests = 0
        var requestsSeen = 0
        /// How often signing failed, and why the last time.
        var signingFailures = 0
        var signingFailure: LogError?
        var isClosing = false
    }

    let queue: Mutex<GroupQueue>
    let progress = Monitor(Progress())
    let observers = DurabilityObservers()
    let ownGroups = OwnGroups()
    private let wakeUp = Monitor(false)

    init(queue: GroupQueue) { self.queue = Mutex(queue) }

    func wakeWriter() {
        wakeUp.update { isAwake in
            isAwake = true
            return true
        }
    }

    /// - Returns: False if nothing came up to `deadline`.
    func sleepUntilWoken(until deadline: MonotonicTime) -> Bool {
        wakeUp.wait(until: deadline) { isAwake -> Bool? in
            guard isAwake else { return nil }
            isAwake = false
            return true
        } ?? false
    }

    func raiseDurableSize(to size: UInt64) {
        progress.update { progress in
            progress.durableSize = max(progress.durableSize, size)
            return true
        }
    }

    /// There are so many entries, as was seen after so many requests for a checkpoint over all of them.
    func noteEntries(_ size: UInt64, for requests: Int) {
        progress.update { progress in
            progress.durableSize = max(progress.durableSize, size)
            if progress.requestsSeen < requests {
                progress.requestsSeen = requests
                progress.wantedSize = size
            }
            return true
        }
    }

    /// Stops the log for good; whoever finds out first says why. The committing thread then tells the observers.
    func fail(_ error: LogError) {
        if queue.withLock({ $0.fail(error) }) { wakeWriter() }
        progress.update { progress in
            progress.failure = progress.failure ?? error
            return true
        }
    }
}
