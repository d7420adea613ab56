/// Makes a log's tiles of hashes anew from its entries: they are derived, and no loss.
///
/// Nothing is written unless the entries have the root that was signed. Where entries were pruned, their hashes are all
/// there is: tiles that hold nothing else are left as they are, and must be right for the root to be.
public struct TileRebuild: Sendable {
    public struct Result: Sendable, Hashable {
        public let size: UInt64
        public let root: Hash
        /// Tiles that were missing or wrong and now are right, relative to the directory.
        public let mended: [String]
        public let tilesChecked: Int
    }

    private let storage: any LogStorage
    private let directory: String

    /// - Parameter directory: One that a ``LogWriter`` writes; not a published copy, which is published again.
    public init(directory: String) { self.init(directory: directory, storage: POSIXStorage()) }

    init(directory: String, storage: any LogStorage) {
        self.directory = directory
        self.storage = storage
    }

    /// - Throws: ``LogError``: `.locked` while a writer has the directory; `.corrupted` with the file if the entries
    ///   are not those that were signed.
    public func run(log: some LogIdentity) throws(LogError) -> Result {
        let lock: any LogLock
        do throws(StorageError) {
            lock = try storage.lock("\(directory)/\(LogLayout.lock)")
        } catch {
            throw LogError(error)
        }
        defer { lock.release() }
        let heads = try heads(log)
        guard let size = heads.map(\.size).max() else {
            throw .corrupted(
                path: "\(directory)/\(LogLayout.head)", what: "there is no signed head: nothing to check with")
        }
        let root = try walk(size, heads) { _ in }
        var mended: [String] = []
        var checked = 0
        _ = try walk(size, heads) { tile throws(LogError) in
            checked += 1
            do throws(StorageError) {
                if try mend(tile) { mended.append(tile.path.fullPath) }
            } catch {
                throw LogError(error)
            }
        }
        return Result(size: size, root: root, mended: mended, tilesChecked: checked)
    }

    private struct Head {
        let size: UInt64
        let root: Hash
    }

    fileprivate struct Tile {
        let path: TilePath
        let bytes: [UInt8]
    }

    /// What the entries must hash to: the signed heads, and how far the tiles were known to be durable.
    ///
    /// Behind that mark entries may still stand in the write-ahead log only; the next start brings them.
    private func heads(_ log: some LogIdentity) throws(LogError) -> [Head] {
        var heads: [Head] = []
        var settled: SettledMark?
        for name in [LogLayout.settled, LogLayout.head, LogLayout.checkpoint] {
            let path = "\(directory)/\(name)"
            do {
                guard let bytes = try storage.contents(of: path, bytesMax: SignedNote.bytesMax) else { continue }
                if name == LogLayout.settled {
                    settled = SettledMark(parsing: bytes)
                    continue
                }
                let head = try SignedCheckpoint(parsing: bytes, log: log)
                heads.append(Head(size: head.size, root: head.root))
            } catch let error as StorageError {
                throw LogError(error)
            } catch {
                throw .corrupted(path: path, what: "not a checkpoint signed by \(log.name): \(error)")
            }
        }
        guard let settled else { return heads }
        return heads.filter { $0.size <= settled.size } + [Head(size: settled.size, root: settled.root)]
    }

    /// The tree before the first entry that is kept, from its hashes.
    private func start(_ source: TileSource) throws(LogError) -> TileFrontier {
        do throws(LogVerificationError) {
            let size = try source.mark().minimum
            var levels: [[Hash]] = []
            for level in 0..<TileFrontier.levelCount(size: size) {
                let width = TileFrontier.width(level: level, size: size)
                let path = TilePath(
                    unchecked: .hashes(level: level), index: size >> UInt64(8 * level + 8), width: max(width, 1))
                levels.append(width == 0 ? [] : try source.hashes(path))
            }
            return TileFrontier(size: size, levels: levels) ?? TileFrontier()
        } catch {
            throw .corrupted(
                path: "\(directory)/\(error.path)",
                what: "\(error.what), and its entries were pruned: restore it from a copy")
        }
    }

    /// Hashes all entries, and shows each tile once it is complete: a full one, or at the end a partial one.
    ///
    /// - Returns: The root.
    private func walk(
        _ size: UInt64, _ heads: [Head], _ visit: (Tile) throws(LogError) -> Void
    ) throws(LogError) -> Hash {
        let source = TileSource(storage: storage, directory: directory)
        let width = UInt64(TilePath.fullWidth)
        var frontier = try start(source)
        for bundle in (frontier.size / width)..<(size / width + (size % width == 0 ? 0 : 1)) {
            let path = TilePath(unchecked: .entries, index: bundle, width: TilePath.width(0, bundle, size))
            let entries: [[UInt8]]
            do throws(LogVerificationError) {
                entries = try source.bundle(path).entries
            } catch {
                throw .corrupted(path: "\(directory)/\(error.path)", what: "\(error.what), and entries are not derived")
            }
            for entry in entries {
                var last = Hash.leaf(entry)
                let before = frontier.size % width == width - 1 ? frontier.levels : []
                for (level, root) in frontier.append(last).enumerated() {
                    let hashes = before.indices.contains(level) ? before[level] : []
                    try visit(Tile(level, (frontier.size - 1) >> UInt64(8 * level + 8), hashes + [last]))
                    last = root
                }
                for head in heads where head.size == frontier.size && head.root != frontier.root {
                    throw .corrupted(
                        path: "\(directory)/\(path.fullPath)",
                        what: "the first \(head.size) entries, of which the last stand here, do not have the root that "
                            + "they had: an entry was changed, here or before; restore the bundles from a copy")
                }
            }
        }
        for (level, hashes) in frontier.levels.enumerated() where !hashes.isEmpty {
            try visit(Tile(level, size >> UInt64(8 * level + 8), hashes))
        }
        return frontier.root
    }

    /// - Returns: Whether it had to be. What lies behind a partial tile in its file is kept if the tile is right.
    private func mend(_ tile: Tile) throws(StorageError) -> Bool {
        let path = "\(directory)/\(tile.path.fullPath)"
        let found = try storage.contents(of: path, bytesMax: TilePath.fullWidth * Hash.byteCount + 1) ?? []
        let isRight = tile.path.isPartial ? found.starts(with: tile.bytes) : found == tile.bytes
        guard !isRight else { return false }
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try storage.createDirectory(parent)
        try storage.replace(path, with: tile.bytes, in: parent)
        return true
    }
}

extension TileRebuild.Tile {
    fileprivate init(_ level: Int, _ index: UInt64, _ hashes: [Hash]) {
        path = TilePath(unchecked: .hashes(level: level), index: index, width: hashes.count)
        bytes = hashes.flatMap { hash in hash.withUnsafeBytes { Array($0) } }
    }
}
