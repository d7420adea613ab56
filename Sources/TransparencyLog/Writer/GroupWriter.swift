import Synchronization

/// Takes what has gathered, writes it in one piece, makes it durable, tells the observers: on a thread of its own, or on
/// one that leads.
///
/// There is no timer: while one group is being made durable the next one gathers.
///
/// @unchecked Sendable: the queue gives a group to one thread at a time, and only that one touches what is variable here.
final class GroupWriter: @unchecked Sendable {
    /// Leading saves two wake-ups, one of the writer thread and one back. On a disk that takes longer than many of those
    /// a thread with other work is better off without.
    private static let leadMax = Duration.milliseconds(1)

    private let core: LogCore
    private let seal: LogWriter.Seal
    private let segmentBytes: Int
    private let origin: UInt64

    private var segment: WALSegment?
    private var sequence: UInt64
    private var salt: UInt64 = 0
    /// Where the next write goes in `segment`, and how much of `buffer` waits to be written there.
    private var offset: Int
    private var buffered = 0
    private let buffer: UnsafeMutableRawBufferPointer
    private var group: [AppendQueue.Item] = []
    private var batch = Inbox.Batch()
    /// How long a group has to be expected to take, in nanoseconds: as long as the last one, if that was slow. A single
    /// slow one is forgotten after a few.
    private let groupTime = Atomic<UInt64>(0)

    init(core: LogCore, seal: @escaping LogWriter.Seal, segmentBytes: Int, origin: UInt64, lastSequence: UInt64) {
        self.core = core
        self.seal = seal
        self.segmentBytes = segmentBytes
        self.origin = origin
        sequence = lastSequence
        offset = segmentBytes
        buffer = .allocate(byteCount: segmentBytes, alignment: 4096)
    }

    deinit { buffer.deallocate() }

    /// The writer thread.
    func run() {
        while true {
            let (next, first) = core.queue.withLock { queue in
                let next = queue.next()
                if case .group = next { return (next, queue.takeGroup(into: &group)) }
                return (next, 0)
            }
            switch next {
            case .sleep: core.sleepUntilWoken()
            case .finished: return
            case .failed(let error): return core.observers.tellFailed(error)
            case .rotate(let end):
                if let segment { batch.retired.append((segment, end: end)) }
                segment = nil
                offset = segmentBytes
                core.queue.withLock { $0.recount(from: offset) }
                core.inbox.update { inbox in inbox.add(&batch) }
            case .group:
                guard let size = write(from: first) else { continue }
                core.queue.withLock { $0.recount(from: offset) }
                core.tellDurable(size: size)
            }
        }
    }

    /// Writes what has gathered, on the thread that calls, unless another is at it or the disk is slow.
    ///
    /// - Returns: Whether somebody sees to all that waits.
    func lead() -> Bool {
        if groupTime.load(ordering: .relaxed) > Self.leadMax.nanoseconds {
            if core.queue.withLock({ $0.wakeWriter() }) { core.wakeWriter() }
            return true
        }
        let (lead, first) = core.queue.withLock { queue in
            let lead = queue.lead()
            if case .group = lead { return (lead, queue.takeGroup(into: &group)) }
            return (lead, 0)
        }
        switch lead {
        case .nothing: return true
        case .busy: return false
        case .wakesWriter:
            core.wakeWriter()
            return true
        case .group:
            let size = write(from: first)
            let wakesWriter = core.queue.withLock { queue in
                if size != nil { queue.recount(from: offset) }
                return queue.leadEnded()
            }
            if wakesWriter { core.wakeWriter() }
            if let size { core.tellDurable(size: size) }
            return true
        }
    }

    /// - Returns: The log's size with the group; nil if the log has failed over it.
    private func write(from first: UInt64) -> UInt64? {
        let start = MonotonicTime.now()
        do throws(LogError) {
            try writeGroup(from: first)
        } catch {
            core.fail(error)
            return nil
        }
        let size = first + UInt64(group.count)
        group.removeAll(keepingCapacity: true)
        core.inbox.update { inbox in inbox.add(&batch) }
        let took = MonotonicTime.now().nanoseconds - start.nanoseconds
        let smoothed = groupTime.load(ordering: .relaxed) / 8 * 7 + took / 8
        groupTime.store(min(max(took, smoothed), 2 * Self.leadMax.nanoseconds), ordering: .relaxed)
        return size
    }

    private func writeGroup(from first: UInt64) throws(LogError) {
        var pieceFirst = first
        batch.entries.reserveCapacity(group.count)
        for (position, item) in group.enumerated() {
            let index = first + UInt64(position)
            let record = item.record
            let detail = record.detail.map { seal(EntryIndex(index), $0) }
            let length = WALFormat.frameBytes(entry: record.entry.count, detail: detail?.count)
            guard length <= item.frameBytesMax else {
                throw .failed(
                    "a sealed detail is longer than its detail by more than \(LogRecord.sealOverheadMax) bytes")
            }
            if offset + buffered + length > segmentBytes {
                // What is in the old segment is durable before anything is in the new one: recovery relies on it.
                try flush()
                try beginSegment(at: index)
                pieceFirst = index
            }
            buffered += WALFormat.write(
                entry: record.entry, detail: detail, index: index, groupFirst: pieceFirst, salt: salt,
                to: UnsafeMutableRawBufferPointer(rebasing: buffer[buffered...]))
            batch.entries.append((record.entry, detail))
        }
        try flush()
    }

    private func beginSegment(at index: UInt64) throws(LogError) {
        if let segment { batch.retired.append((segment, end: index)) }
        guard let spare = core.queue.withLock({ $0.takeSpare() }) else {
            throw .failed("no segment of the write-ahead log is ready")
        }
        segment = spare
        sequence += 1
        salt = UInt64.random(in: .min ... .max)
        offset = 0
        buffered = WALFormat.headerBytes
        let header = WALFormat.Header(sequence: sequence, salt: salt, firstIndex: index, origin: origin)
        WALFormat.write(header, to: buffer)
    }

    private func flush() throws(LogError) {
        guard buffered > 0, let segment else { return }
        do throws(StorageError) {
            try segment.file.write(UnsafeRawBufferPointer(rebasing: buffer[..<buffered]), at: UInt64(offset))
            try segment.file.synchronize()
        } catch {
            throw .failed(error.description)
        }
        offset += buffered
        buffered = 0
    }
}
