/// Brings a directory into order after any crash: afterwards everything durable is in the tiles, and the
/// write-ahead log is empty.
struct Recovery {
    let storage: any LogStorage
    let directory: String
    let checkpoints: CheckpointStore
    let options: LogWriter.Options

    struct Result {
        var tiles: TileWriter
        var checkpoint: SignedCheckpoint
        var segments: [WALSegment]
        var lastSequence: UInt64
        var mark: PruneMark
    }

    func recover() throws(LogError) -> Result {
        let (head, shown) = try checkpoints.last()
        var tiles = try settledTiles()
        let settled = tiles.frontier.size
        if let head, head.size <= settled { try check(head, isBelow: settled, root: tiles.frontier.root) }

        let names = try files { () throws(StorageError) in try storage.list(walDirectory) }
        let replay = try replay(names)
        try replay.records(from: settled) { record throws(LogError) in
            tiles.append(record.entry, sealedDetail: record.sealedDetail)
            if let head, head.size == record.index + 1, tiles.frontier.root != head.root {
                throw .rolledBack("the first \(head.size) entries are not those that were signed")
            }
        }
        if let head, head.size > tiles.frontier.size {
            throw .rolledBack("\(head.size) entries were signed, \(tiles.frontier.size) are there")
        }
        let mark = try mark(below: settled)
        let erasure = try DetailErasure.unfinished(in: directory, storage)
        return try files { () throws(StorageError) in
            try tiles.flush(isRecovery: true)
            try tiles.settle()
            // Only now may the segments be written over.
            let segments = try segments(names)
            if let erasure {
                try tiles.eraseDetails(of: erasure.entries)
                for segment in segments { try segment.erase() }
                try DetailErasure.finish(in: directory, storage)
            }
            let size = tiles.frontier.size
            let checkpoint: SignedCheckpoint
            if let head, head.size == size {
                checkpoint = head
                if shown != head, !checkpoints.awaitsCosignatures { try checkpoints.show(head.note) }
            } else {
                checkpoint = try checkpoints.publish(size: size, root: tiles.frontier.root)
            }
            // What is cosigned comes later, but a log without any checkpoint is none to a reader.
            if shown == nil, checkpoints.awaitsCosignatures { try checkpoints.show(checkpoint.note) }
            return Result(
                tiles: tiles, checkpoint: checkpoint, segments: segments, lastSequence: replay.lastSequence,
                mark: mark)
        }
    }

    private func mark(below settled: UInt64) throws(LogError) -> PruneMark {
        let mark = try files { () throws(StorageError) in try PruneMark.load(from: directory, storage) }
        guard let mark, mark.minimum <= settled else {
            throw .corrupted(
                path: "\(directory)/\(LogLayout.pruned)", what: "it does not say from which entry on there are entries")
        }
        return mark
    }

    /// The tiles up to the settled mark, with the frontier read back and checked.
    private func settledTiles() throws(LogError) -> TileWriter {
        let path = "\(directory)/\(LogLayout.settled)"
        let bytes = try files { () throws(StorageError) in try storage.contents(of: path, bytesMax: 1024) }
        guard let bytes else {
            return TileWriter(
                storage: storage, directory: directory, frontier: TileFrontier(), bundleOffset: 0, detailOffset: 0)
        }
        guard let mark = SettledMark(parsing: bytes) else { throw .corrupted(path: path, what: "cannot be parsed") }
        let source = TileSource(storage: storage, directory: directory)
        let position = UInt64(TilePath.fullWidth)
        let width = Int(mark.size % position)
        do {
            var levels: [[Hash]] = []
            for level in 0..<TileFrontier.levelCount(size: mark.size) {
                let width = TileFrontier.width(level: level, size: mark.size)
                let index = mark.size >> UInt64(8 * level + 8)
                let path = TilePath(.hashes(level: level), index: index, width: max(1, width))
                levels.append(
                    width == 0
                        ? [] : try path.map { path throws(LogVerificationError) in try source.hashes(path) } ?? [])
            }
            guard let frontier = TileFrontier(size: mark.size, levels: levels), frontier.root == mark.root else {
                throw LogVerificationError.damaged(
                    "tile", "its tiles do not have the root they had at size \(mark.size)")
            }
            var bundleOffset: UInt64 = 0
            if width > 0 {
                let bundle = TilePath(unchecked: .entries, index: mark.size / position, width: width)
                let (name, entries) = try source.bundle(bundle)
                guard entries.map({ Hash.leaf($0) }) == levels.first else {
                    throw LogVerificationError.damaged(name, "its entries are not those of the tile")
                }
                bundleOffset = UInt64(entries.reduce(0) { $0 + 2 + $1.count })
            }
            return TileWriter(
                storage: storage, directory: directory, frontier: frontier, bundleOffset: bundleOffset,
                detailOffset: try detailOffset(bundle: mark.size / position, count: width))
        } catch let error as LogVerificationError {
            throw .corrupted(path: "\(directory)/\(error.path)", what: error.what)
        } catch let error as LogError {
            throw error
        } catch {
            throw .failed("\(error)")
        }
    }

    private func detailOffset(bundle: UInt64, count: Int) throws(LogError) -> UInt64 {
        guard count > 0 else { return 0 }
        let path = "\(directory)/\(LogLayout.detail(bundle: bundle))"
        let end = try files { () throws(StorageError) -> UInt64? in
            guard let file = try storage.open(path, writing: false, creating: false) else { return nil }
            return try DetailBundle.end(after: count, of: file)
        }
        guard let end else { throw .corrupted(path: path, what: "details are missing") }
        return end
    }

    private func check(_ head: SignedCheckpoint, isBelow size: UInt64, root: Hash) throws(LogError) {
        let found: Hash
        do {
            var tree = TreeReader(TileSource(storage: storage, directory: directory), size: size)
            found = head.size == size ? root : try tree.root(size: head.size)
        } catch {
            throw .corrupted(path: "\(directory)/\(error.path)", what: error.what)
        }
        guard found == head.root else {
            throw .rolledBack("the first \(head.size) entries are not those that were signed")
        }
    }

    private func replay(_ names: [String]) throws(LogError) -> WALReplay {
        var segments: [WALReplay.Segment] = []
        for name in names where name.hasPrefix(Self.segmentPrefix) {
            let path = "\(walDirectory)/\(name)"
            let bytes = try files { () throws(StorageError) in try storage.contents(of: path, bytesMax: 1 << 30) }
            if let bytes { segments.append(WALReplay.Segment(name: path, bytes: bytes)) }
        }
        return WALReplay(segments, origin: WALFormat.originCode(checkpoints.key.name))
    }

    /// All segments preallocated, those that are there used again.
    private func segments(_ names: [String]) throws(StorageError) -> [WALSegment] {
        let wanted = (0...options.spareSegments).map { "\(Self.segmentPrefix)\($0)" }
        for name in names where !wanted.contains(name) { try storage.remove("\(walDirectory)/\(name)") }
        var segments: [WALSegment] = []
        for name in wanted {
            let path = "\(walDirectory)/\(name)"
            if let file = try storage.open(path, writing: true, creating: false) {
                if try file.size() == UInt64(options.segmentBytes) {
                    segments.append(WALSegment(name: path, file: file))
                    continue
                }
                try storage.remove(path)
            }
            // Under another name until it is complete: what was cut short by a crash is removed at the next start.
            guard let file = try storage.open(path + ".new", writing: true, creating: true) else { continue }
            do throws(StorageError) {
                try file.truncate(to: 0)
                try file.reserve(UInt64(options.segmentBytes))
            } catch {
                try? storage.remove(path + ".new")
                throw error
            }
            try storage.rename(path + ".new", to: path)
            segments.append(WALSegment(name: path, file: file))
        }
        try storage.synchronizeDirectory(walDirectory)
        return segments
    }

    private static let segmentPrefix = "segment-"
    private var walDirectory: String { "\(directory)/\(LogLayout.writeAheadLog)" }

    private func files<R>(_ body: () throws(StorageError) -> R) throws(LogError) -> R {
        do { return try body() } catch { throw LogError(error) }
    }
}

extension LogError {
    init(_ error: StorageError) {
        if error.isOutOfSpace {
            self = .outOfSpace
        } else if error.isLocked {
            self = .locked(path: error.path)
        } else {
            self = .failed(error.description)
        }
    }
}
