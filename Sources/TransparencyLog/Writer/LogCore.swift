import Synchronization

/// What the appending threads, the writer thread and the integrator share.
final class LogCore: Sendable {
    struct Progress: Sendable {
        var durableSize: UInt64
        var checkpoint: SignedCheckpoint?
        var failure: LogError?
        /// Requests for a checkpoint that were answered, and how the last one was.
        var answered = 0
        var answer: LogError?
        /// Requests for erasure that were carried out.
        var erasures = 0
        /// The first entry that is kept, and requests for pruning that were carried out.
        var minimum: UInt64 = 0
        var prunings = 0
    }

    let queue: Mutex<AppendQueue>
    let progress: Monitor<Progress>
    let inbox: Monitor<Inbox>
    private let wakeUp = Monitor(false)
    let observers = DurabilityObservers()

    init(queue: AppendQueue, checkpoint: SignedCheckpoint?, minimum: UInt64) {
        progress = Monitor(Progress(durableSize: queue.nextIndex, checkpoint: checkpoint, minimum: minimum))
        self.queue = Mutex(queue)
        inbox = Monitor(Inbox())
    }

    func wakeWriter() {
        wakeUp.update { isAwake in
            isAwake = true
            return true
        }
    }

    func sleepUntilWoken() {
        _ = wakeUp.wait { isAwake -> Bool? in
            guard isAwake else { return nil }
            isAwake = false
            return true
        }
    }

    /// Two threads may tell of one group each at once, and the later one be overtaken by the earlier.
    func tellDurable(size: UInt64) {
        progress.update { progress in
            progress.durableSize = max(progress.durableSize, size)
            return true
        }
        observers.tellDurable(through: AppendTicket(size - 1))
    }

    /// Stops the log for good; whoever finds out first says why. The writer thread then tells the observers.
    func fail(_ error: LogError) {
        if queue.withLock({ $0.fail(error) }) { wakeWriter() }
        progress.update { progress in
            progress.failure = progress.failure ?? error
            return true
        }
        inbox.update { inbox in
            inbox.isFailed = true
            return true
        }
    }
}
