import Synchronization

/// The writer thread: takes what has gathered, writes it in one piece, makes it durable, tells the observers.
///
/// There is no timer: while one group is being made durable the next one gathers.
final class GroupWriter {
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

    func run() {
        while true {
            switch core.queue.withLock({ $0.take(into: &group) }) {
            case .sleep: core.sleepUntilWoken()
            case .finished: return
            case .failed(let error): return core.observers.tellFailed(error)
            case .rotate(let end):
                if let segment { batch.retired.append((segment, end: end)) }
                segment = nil
                offset = segmentBytes
                core.queue.withLock { $0.recount(from: offset) }
                core.inbox.update { inbox in inbox.add(&batch) }
            case .group(let first):
                do throws(LogError) {
                    try write(from: first)
                } catch {
                    core.fail(error)
                    continue
                }
                let size = first + UInt64(group.count)
                group.removeAll(keepingCapacity: true)
                core.queue.withLock { $0.recount(from: offset) }
                core.inbox.update { inbox in inbox.add(&batch) }
                core.tellDurable(size: size)
            }
        }
    }

    private func write(from first: UInt64) throws(LogError) {
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
