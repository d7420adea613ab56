/// What waits for the writer thread, and what may still be taken.
///
/// An entry is only accepted when there is room for it in the preallocated segments. The true length of a sealed
/// detail is not known yet, so room is counted with its bound: frames that turn out shorter need no more segments
/// than was counted.
struct AppendQueue {
    struct Item {
        var record: LogRecord
        var frameBytesMax: Int
    }

    enum Next {
        case group(first: UInt64)
        /// The segment in use is to be left behind; its last entry is the one before `end`.
        case rotate(end: UInt64)
        case sleep
        case finished
        case failed(LogError)
    }

    private enum Phase {
        case open, closing
        case failed(LogError)
    }

    private var phase = Phase.open
    private var items: [Item] = []
    private var bytes = 0
    private(set) var nextIndex: UInt64
    private var isWriterAsleep = false
    private var isRotationWanted = false

    /// Segments that are ready, in the order in which they will be used.
    private var spares: [WALSegment]
    /// How many of them the accepted entries need, at most, and how far into the last of those they reach.
    private var sparesNeeded = 0
    private var cursor: Int
    /// The disk had no room for tiles: only the reserve is left.
    var isOutOfSpace = false

    private let recordsMax: Int
    private let bytesMax: Int
    private let segmentBytes: Int

    init(nextIndex: UInt64, spares: [WALSegment], options: LogWriter.Options) {
        self.nextIndex = nextIndex
        self.spares = spares
        recordsMax = options.queuedRecordsMax
        bytesMax = options.queuedBytesMax
        segmentBytes = options.segmentBytes
        cursor = segmentBytes
    }

    /// - Returns: A ticket, which here is the entry's index.
    mutating func append(_ record: LogRecord) throws(LogError) -> AppendTicket {
        switch phase {
        case .open: break
        case .closing: throw .closed
        case .failed(let error): throw error
        }
        try record.checkLengths()
        let needed = WALFormat.frameBytes(
            entry: record.entry.count, detail: record.detail.map { $0.count + LogRecord.sealOverheadMax })
        guard needed <= segmentBytes - WALFormat.headerBytes else { throw .entryTooLarge(bytes: needed) }
        guard !isOutOfSpace || record.usesReserve else { throw .outOfSpace }
        guard items.count < recordsMax, bytes + needed <= bytesMax else { throw .full }
        if cursor + needed > segmentBytes {
            guard spares.count - sparesNeeded > (record.usesReserve ? 0 : 1) else {
                throw isOutOfSpace ? .outOfSpace : .full
            }
        }
        place(needed)
        items.append(Item(record: record, frameBytesMax: needed))
        bytes += needed
        let ticket = AppendTicket(nextIndex)
        nextIndex += 1
        return ticket
    }

    /// - Returns: Whether the writer sleeps and must be woken.
    mutating func wakeWriter() -> Bool {
        defer { isWriterAsleep = false }
        return isWriterAsleep
    }

    private mutating func place(_ needed: Int) {
        if cursor + needed > segmentBytes {
            sparesNeeded += 1
            cursor = WALFormat.headerBytes
        }
        cursor += needed
    }

    /// What the writer thread is to do. Everything that waits becomes one group, in `group`, which must be empty.
    mutating func take(into group: inout [Item]) -> Next {
        if case .failed(let error) = phase { return .failed(error) }
        // What was accepted must still fit if the rest of the segment is given up.
        if isRotationWanted, spares.count - sparesNeeded >= 2 {
            isRotationWanted = false
            return .rotate(end: nextIndex - UInt64(items.count))
        }
        if items.isEmpty {
            if case .closing = phase { return .finished }
            isWriterAsleep = true
            return .sleep
        }
        swap(&items, &group)
        bytes = 0
        return .group(first: nextIndex - UInt64(group.count))
    }

    mutating func takeSpare() -> WALSegment? {
        guard !spares.isEmpty else { return nil }
        sparesNeeded = max(0, sparesNeeded - 1)
        return spares.removeFirst()
    }

    mutating func addSpare(_ segment: WALSegment) { spares.append(segment) }

    /// One of `names` out of the spares, if they can do without it for a while.
    mutating func borrowSpare(of names: Set<String>) -> WALSegment? {
        guard spares.count - sparesNeeded >= 2, let position = spares.lastIndex(where: { names.contains($0.name) })
        else { return nil }
        return spares.remove(at: position)
    }

    /// The next group goes to another segment than the last one.
    ///
    /// - Returns: Whether the writer must be woken.
    mutating func rotate() -> Bool {
        isRotationWanted = true
        return wakeWriter()
    }

    /// The writer stands at `offset` of its segment, and has written all that it took: count again from there.
    mutating func recount(from offset: Int) {
        sparesNeeded = 0
        cursor = offset
        for item in items { place(item.frameBytesMax) }
    }

    /// - Returns: Whether the writer must be woken.
    mutating func close() -> Bool {
        if case .open = phase { phase = .closing }
        return wakeWriter()
    }

    /// - Returns: Whether the writer must be woken.
    mutating func fail(_ error: LogError) -> Bool {
        if case .failed = phase { return false }
        phase = .failed(error)
        items.removeAll()
        return wakeWriter()
    }
}

/// A preallocated file of the write-ahead log.
final class WALSegment: Sendable {
    let name: String
    let file: any LogFile

    init(name: String, file: any LogFile) {
        self.name = name
        self.file = file
    }
}
