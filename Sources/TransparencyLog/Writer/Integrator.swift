import Synchronization

/// What the writer thread hands to the integrator: durable entries, and segments that are full.
struct Inbox: Sendable {
    struct Batch: Sendable {
        var entries: [(entry: [UInt8], sealedDetail: [UInt8]?)] = []
        var retired: [(segment: WALSegment, end: UInt64)] = []
    }

    var batches: [Batch] = []
    var requests = 0
    var isClosing = false
    var isFailed = false
    /// Nothing is due: the integrator sleeps until there is something, not just until its next checkpoint.
    var isIdle = false

    /// - Returns: Whether the integrator must be woken.
    mutating func add(_ batch: inout Batch) -> Bool {
        let isUrgent = isIdle || !batch.retired.isEmpty
        batches.append(batch)
        batch = Batch()
        isIdle = false
        return isUrgent
    }
}

/// The thread behind the writer: tiles, checkpoints, and recycling of segments.
final class Integrator {
    /// How long after a full disk it tries again.
    private static let retryInterval = Duration.milliseconds(200)

    private let core: LogCore
    private let checkpoints: CheckpointStore
    private let interval: Duration
    private var tiles: TileWriter
    private var published: SignedCheckpoint
    private var retired: [(segment: WALSegment, end: UInt64)] = []
    private var due = MonotonicTime.now()
    private var isOutOfSpace = false

    init(
        core: LogCore, checkpoints: CheckpointStore, tiles: TileWriter, published: SignedCheckpoint, interval: Duration
    ) {
        self.core = core
        self.checkpoints = checkpoints
        self.tiles = tiles
        self.published = published
        self.interval = interval
    }

    func run() {
        var answered = 0
        while true {
            guard let work = nextWork(answered: answered) else { return }
            for batch in work.batches {
                for (entry, detail) in batch.entries { tiles.append(entry, sealedDetail: detail) }
                retired += batch.retired
            }
            var answer: LogError?
            if work.isClosing || work.requests > answered || !retired.isEmpty || due <= .now() {
                answer = step(isLast: work.isClosing)
                due = .now().advanced(by: isOutOfSpace ? Self.retryInterval : interval)
            }
            if work.requests > answered || work.isClosing {
                answered = work.requests
                core.progress.update { progress in
                    progress.answered = answered
                    progress.answer = answer
                    return true
                }
            }
            if case .failed = answer { return }
            if work.isClosing { return }
        }
    }

    /// Sleeps until there is something to do; nil once the log has failed.
    private func nextWork(answered: Int) -> Inbox? {
        let hasUnpublished = tiles.frontier.size != published.size || isOutOfSpace
        let work = core.inbox.wait(until: hasUnpublished ? due : nil) { inbox -> Inbox? in
            let isDue = hasUnpublished && MonotonicTime.now() >= due
            let isFed = !hasUnpublished && !inbox.batches.isEmpty
            let hasRetired = inbox.batches.contains { !$0.retired.isEmpty }
            guard inbox.isFailed || inbox.isClosing || inbox.requests > answered || isDue || isFed || hasRetired else {
                inbox.isIdle = !hasUnpublished
                return nil
            }
            defer { inbox.batches = [] }
            return inbox
        }
        guard let work else { return Inbox() }
        return work.isFailed ? nil : work
    }

    /// Writes tiles, publishes a checkpoint over them, recycles segments.
    private func step(isLast: Bool) -> LogError? {
        do throws(StorageError) {
            try tiles.flush()
            if tiles.frontier.size > published.size {
                published = try checkpoints.publish(size: tiles.frontier.size, root: tiles.frontier.root)
                let checkpoint = published
                core.progress.update { progress in
                    progress.checkpoint = checkpoint
                    return true
                }
            }
            if !retired.isEmpty || isLast {
                try tiles.settle()
                let free = retired.map { $0.segment }
                retired = []
                core.queue.withLock { queue in for segment in free { queue.addSpare(segment) } }
            }
            setOutOfSpace(false)
            return nil
        } catch {
            guard error.isOutOfSpace, error.operation != "fdatasync", error.operation != "fsync" else {
                let failure = LogError.failed(error.description)
                core.fail(failure)
                return failure
            }
            setOutOfSpace(true)
            return .outOfSpace
        }
    }

    private func setOutOfSpace(_ isFull: Bool) {
        guard isFull != isOutOfSpace else { return }
        isOutOfSpace = isFull
        core.queue.withLock { $0.isOutOfSpace = isFull }
    }
}
