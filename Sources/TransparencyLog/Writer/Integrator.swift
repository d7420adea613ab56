import Synchronization

/// What the writer thread hands to the integrator: durable entries, and segments that are full.
struct Inbox: Sendable {
    struct Batch: Sendable {
        var entries: [(entry: [UInt8], sealedDetail: [UInt8]?)] = []
        var retired: [(segment: WALSegment, end: UInt64)] = []
    }

    var batches: [Batch] = []
    /// The number of entries in `batches`.
    private var waiting = 0
    var requests = 0
    /// The entries whose details are to be erased, and how many requests for that there were.
    var erasing = RangeSet<UInt64>()
    var erasures = 0
    /// Before which entries are to be pruned, and how many requests for that there were.
    var minimum: UInt64 = 0
    var prunings = 0
    var isClosing = false
    var isFailed = false
    /// Nothing is due: the integrator sleeps until there is something, not just until its next checkpoint.
    var isIdle = false

    /// Hashing what came in a checkpoint's interval at one go would keep a processor from others for many milliseconds.
    private static let waitingMax = 512

    /// Whether there is enough for the integrator to begin with, although nothing is due.
    var isFull: Bool { waiting >= Self.waitingMax }

    /// - Returns: Whether the integrator must be woken.
    mutating func add(_ batch: inout Batch) -> Bool {
        let wasFull = isFull
        waiting += batch.entries.count
        let isUrgent = isIdle || !batch.retired.isEmpty || (isFull && !wasFull)
        batches.append(batch)
        batch = Batch()
        isIdle = false
        return isUrgent
    }

    /// What there is, and leaves it without entries, erasures and prunings.
    mutating func take() -> Inbox {
        defer {
            batches = []
            waiting = 0
            erasing = RangeSet()
            minimum = 0
        }
        return self
    }
}

/// The thread behind the writer: tiles, checkpoints, recycling of segments, erasure of details, pruning of entries.
final class Integrator {
    /// An erasure that has not reached every segment of the write-ahead log yet.
    private struct Erasure {
        var entries: RangeSet<UInt64>
        /// The request that it answers, and all before.
        var request: Int
        var isSettled = false
        /// Segments that may hold such details still.
        var segments: Set<String>
    }

    /// How long after a full disk it tries again.
    private static let retryInterval = Duration.milliseconds(200)
    /// How many bundles are removed at once: the queue must not fill up behind it.
    private static let prunedBundlesMax: UInt64 = 512

    private let core: LogCore
    private let checkpoints: CheckpointStore
    private let interval: Duration
    private var tiles: TileWriter
    private var published: SignedCheckpoint
    private var retired: [(segment: WALSegment, end: UInt64)] = []
    private let segments: Set<String>
    private var erasure: Erasure?
    private var mark: PruneMark
    private var minimum: UInt64
    /// The request for pruning that is answered once the mark says so.
    private var pruning = 0
    private var isPruning: Bool { mark.removed < minimum }
    private var due = MonotonicTime.now()
    private var isOutOfSpace = false

    init(
        core: LogCore, checkpoints: CheckpointStore, tiles: TileWriter, published: SignedCheckpoint,
        mark: PruneMark, segments: Set<String>, interval: Duration
    ) {
        self.core = core
        self.checkpoints = checkpoints
        self.tiles = tiles
        self.published = published
        self.mark = mark
        minimum = mark.minimum
        self.segments = segments
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
            if !work.erasing.isEmpty {
                erasure = Erasure(
                    entries: work.erasing.union(erasure?.entries ?? RangeSet()), request: work.erasures,
                    segments: segments)
            }
            minimum = max(minimum, work.minimum)
            pruning = max(pruning, work.prunings)
            var answer: LogError?
            if erasure != nil || isPruning || work.isClosing || work.requests > answered || !retired.isEmpty
                || due <= .now()
            {
                answer = step(isLast: work.isClosing)
                due = .now().advanced(by: isOutOfSpace || erasure != nil || isPruning ? Self.retryInterval : interval)
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
        let hasUnpublished = tiles.frontier.size != published.size || isOutOfSpace || erasure != nil || isPruning
        let work = core.inbox.wait(until: hasUnpublished ? due : nil) { inbox -> Inbox? in
            let isDue = hasUnpublished && MonotonicTime.now() >= due
            let isFed = inbox.isFull || (!hasUnpublished && !inbox.batches.isEmpty)
            let isUrgent =
                inbox.batches.contains { !$0.retired.isEmpty } || !inbox.erasing.isEmpty || inbox.minimum > minimum
            guard inbox.isFailed || inbox.isClosing || inbox.requests > answered || isDue || isFed || isUrgent else {
                inbox.isIdle = !hasUnpublished
                return nil
            }
            return inbox.take()
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
            if !retired.isEmpty || isLast || erasure?.isSettled == false {
                try tiles.settle()
                let free = retired.map { $0.segment }
                if erasure != nil { for segment in free { try erase(segment) } }
                retired = []
                core.queue.withLock { queue in for segment in free { queue.addSpare(segment) } }
            }
            if erasure != nil { try advanceErasure() }
            try advancePruning()
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

    /// Bundles first, then the segments that are free; the one in use is given up, and comes back as a retired one.
    private func advanceErasure() throws(StorageError) {
        guard let current = erasure else { return }
        if !current.isSettled {
            try DetailErasure(current.entries).save(in: checkpoints.directory, checkpoints.storage)
            try tiles.eraseDetails(of: current.entries)
            erasure?.isSettled = true
        }
        while let names = erasure?.segments, let spare = core.queue.withLock({ $0.borrowSpare(of: names) }) {
            try erase(spare)
            core.queue.withLock { $0.addSpare(spare) }
        }
        if let left = erasure, left.segments.isEmpty {
            try DetailErasure.finish(in: checkpoints.directory, checkpoints.storage)
            erasure = nil
            core.progress.update { progress in
                progress.erasures = left.request
                return true
            }
        } else if core.queue.withLock({ $0.rotate() }) {
            core.wakeWriter()
        }
    }

    /// First the mark, then some of the bundles, then the mark again: whenever it stops, the next start goes on.
    private func advancePruning() throws(StorageError) {
        if minimum > mark.minimum, minimum <= tiles.frontier.size {
            try tiles.settle()
            try advance(to: PruneMark(minimum: minimum, removed: mark.removed))
        }
        let left = mark.bundlesLeft
        if !left.isEmpty {
            let some = left.lowerBound..<min(left.upperBound, left.lowerBound + Self.prunedBundlesMax)
            try tiles.remove(bundles: some)
            try advance(to: PruneMark(minimum: mark.minimum, removed: some.upperBound * UInt64(TilePath.fullWidth)))
        }
        guard !isPruning else { return }
        core.progress.update { progress in
            guard progress.prunings != pruning || progress.minimum != mark.minimum else { return false }
            progress.prunings = pruning
            progress.minimum = mark.minimum
            return true
        }
    }

    private func advance(to next: PruneMark) throws(StorageError) {
        try next.save(in: checkpoints.directory, checkpoints.storage)
        mark = next
    }

    private func erase(_ segment: WALSegment) throws(StorageError) {
        try segment.erase()
        erasure?.segments.remove(segment.name)
    }

    private func setOutOfSpace(_ isFull: Bool) {
        guard isFull != isOutOfSpace else { return }
        isOutOfSpace = isFull
        core.queue.withLock { $0.isOutOfSpace = isFull }
    }
}
