/// Derives tiles, bundles and detail bundles from entries, and writes them behind the write-ahead log.
///
/// Files only grow: a partial tile is the beginning of its file, so each flush writes just what is new.
struct TileWriter {
    /// One kind of file: bytes are appended to the file at `index` until it is full, then to the next one.
    private struct Stream {
        var index: UInt64
        /// How much of the current file is written.
        var offset: UInt64
        var pending: [UInt8] = []
    }

    private struct Piece {
        var name: String
        var offset: UInt64
        var bytes: [UInt8]
    }

    private let storage: any LogStorage
    private let directory: String
    private(set) var frontier: TileFrontier
    private var entries: Stream
    private var details: Stream
    private var hashes: [Stream]
    private var full: [Piece] = []
    private var unsettled: Set<String> = []
    /// Tiles that are full, and their roots: they are read back once before nothing remembers what belongs there.
    private var unread: [(path: TilePath, root: Hash)] = []
    private var knownDirectories: Set<String> = []
    /// What has not been written to files yet.
    private(set) var pendingBytes = 0

    /// Continues a log of `frontier.size` entries; the offsets are those of its last bundle's and details' end.
    init(
        storage: any LogStorage, directory: String, frontier: TileFrontier, bundleOffset: UInt64, detailOffset: UInt64
    ) {
        self.storage = storage
        self.directory = directory
        self.frontier = frontier
        let bundle = frontier.size / UInt64(TilePath.fullWidth)
        entries = Stream(index: bundle, offset: bundleOffset)
        details = Stream(index: bundle, offset: detailOffset)
        hashes = frontier.levels.enumerated().map { level, hashes in
            Stream(index: frontier.size >> UInt64(8 * level + 8), offset: UInt64(hashes.count * Hash.byteCount))
        }
    }

    mutating func append(_ entry: [UInt8], sealedDetail: [UInt8]?) {
        EntryBundle.append(entry, to: &entries.pending)
        DetailBundle.append(sealedDetail, to: &details.pending)
        pendingBytes += 2 + entry.count + 4 + (sealedDetail?.count ?? 0)
        let leaf = Hash.leaf(entry)
        let filled = frontier.append(leaf)
        append(leaf, level: 0, isLast: !filled.isEmpty)
        for (level, hash) in filled.enumerated() {
            unread.append(
                (TilePath(unchecked: .hashes(level: level), index: (frontier.size - 1) >> UInt64(8 * level + 8)), hash))
            append(hash, level: level + 1, isLast: filled.count > level + 1)
        }
        if frontier.size % UInt64(TilePath.fullWidth) == 0 {
            full.append(Self.finish(&entries, TilePath(unchecked: .entries, index: entries.index).fullPath))
            full.append(Self.finish(&details, LogLayout.detail(bundle: details.index)))
        }
    }

    private mutating func append(_ hash: Hash, level: Int, isLast: Bool) {
        if level == hashes.count { hashes.append(Stream(index: 0, offset: 0)) }
        hash.withUnsafeBytes { hashes[level].pending.append(contentsOf: $0) }
        pendingBytes += Hash.byteCount
        if isLast {
            let path = TilePath(unchecked: .hashes(level: level), index: hashes[level].index)
            full.append(Self.finish(&hashes[level], path.fullPath))
        }
    }

    private static func finish(_ stream: inout Stream, _ name: String) -> Piece {
        let piece = Piece(name: name, offset: stream.offset, bytes: stream.pending)
        stream = Stream(index: stream.index + 1, offset: 0)
        return piece
    }

    /// Writes what is pending. After an error (such as a full disk) it may be called again.
    ///
    /// - Parameter isRecovery: Also cuts off what a crash left behind the end of a file.
    mutating func flush(isRecovery: Bool = false) throws(StorageError) {
        while let piece = full.last {
            try write(piece, cut: isRecovery)
            full.removeLast()
        }
        try flush(\.entries, TilePath(unchecked: .entries, index: entries.index).fullPath, cut: isRecovery)
        try flush(\.details, LogLayout.detail(bundle: details.index), cut: isRecovery)
        for level in hashes.indices {
            let name = TilePath(unchecked: .hashes(level: level), index: hashes[level].index).fullPath
            try flush(\.hashes[level], name, cut: isRecovery)
        }
        pendingBytes = 0
    }

    private mutating func flush(_ path: WritableKeyPath<TileWriter, Stream>, _ name: String, cut: Bool)
        throws(StorageError)
    {
        let stream = self[keyPath: path]
        guard !stream.pending.isEmpty || (cut && stream.offset > 0) else { return }
        try write(Piece(name: name, offset: stream.offset, bytes: stream.pending), cut: cut)
        self[keyPath: path].offset += UInt64(stream.pending.count)
        self[keyPath: path].pending.removeAll()
    }

    private mutating func write(_ piece: Piece, cut: Bool) throws(StorageError) {
        let path = "\(directory)/\(piece.name)"
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if !knownDirectories.contains(parent) {
            try storage.createDirectory(parent)
            knownDirectories.insert(parent)
        }
        guard let file = try storage.open(path, writing: true, creating: true) else { return }
        try file.writeAll(piece.bytes, at: piece.offset)
        let end = piece.offset + UInt64(piece.bytes.count)
        if cut, try file.size() > end { try file.truncate(to: end) }
        unsettled.insert(piece.name)
    }

    /// Takes details out of their bundles, durably. Everything must be settled.
    mutating func eraseDetails(of entries: RangeSet<UInt64>) throws(StorageError) {
        let width = UInt64(TilePath.fullWidth)
        for range in entries.ranges {
            for bundle in range.lowerBound / width...(range.upperBound - 1) / width where bundle <= details.index {
                try eraseDetails(of: entries, in: bundle)
            }
        }
    }

    private mutating func eraseDetails(of entries: RangeSet<UInt64>, in bundle: UInt64) throws(StorageError) {
        let first = bundle * UInt64(TilePath.fullWidth)
        let isLast = bundle == details.index
        let count = isLast ? Int(frontier.size - first) : TilePath.fullWidth
        let path = "\(directory)/\(LogLayout.detail(bundle: bundle))"
        guard count > 0, let bytes = try storage.contents(of: path, bytesMax: .max) else { return }
        let left: [UInt8]?
        do {
            left = try DetailBundle.erasing(bytes, count: count) { entries.contains(first + UInt64($0)) }
        } catch {
            throw StorageError(code: StorageError.readEndedEarly, operation: "erase details of", path: path)
        }
        guard let left else { return }
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try storage.replace(path, with: left, in: parent)
        if isLast { details.offset = UInt64(left.count) }
    }

    /// Removes bundles of entries and their details, durably. They must be full and settled.
    mutating func remove(bundles: Range<UInt64>) throws(StorageError) {
        var directories: Set<String> = []
        for bundle in bundles {
            for name in [TilePath(unchecked: .entries, index: bundle).fullPath, LogLayout.detail(bundle: bundle)] {
                let path = "\(directory)/\(name)"
                try storage.remove(path)
                directories.insert(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
            }
        }
        for path in directories.sorted() { try storage.synchronizeDirectory(path) }
    }

    /// Makes everything that was flushed durable, and remembers how far that goes: from here the write-ahead log
    /// need not reach back any further.
    mutating func settle() throws(StorageError) {
        var directories: Set<String> = [""]
        for name in unsettled {
            if let file = try storage.open("\(directory)/\(name)", writing: true, creating: false) {
                try file.synchronize()
            }
            var rest = name[...]
            while let slash = rest.lastIndex(of: "/") {
                rest = rest[..<slash]
                directories.insert(String(rest))
            }
        }
        for name in directories.sorted(by: >) {
            try storage.synchronizeDirectory(name.isEmpty ? directory : "\(directory)/\(name)")
        }
        unsettled.removeAll()
        try readBack()
        let mark = SettledMark(size: frontier.size, root: frontier.root)
        try storage.replace("\(directory)/\(LogLayout.settled)", with: mark.bytes, in: directory)
    }
}

extension TileWriter {
    /// What a disk or a cache garbled must be found while the write-ahead log still has the entries.
    private mutating func readBack() throws(StorageError) {
        let source = TileSource(storage: storage, directory: directory)
        for (path, root) in unread {
            do throws(LogVerificationError) {
                let hashes = try source.hashes(path)
                var isRight = Hash.treeRoot(of: hashes[...]) == root
                if case .hashes(level: 0) = path.kind, isRight {
                    let bundle = TilePath(unchecked: .entries, index: path.index)
                    isRight = try source.bundle(bundle).entries.map { Hash.leaf($0) } == hashes
                }
                if isRight { continue }
            } catch {
                throw StorageError(code: StorageError.readEndedEarly, operation: "read back", path: error.path)
            }
            throw StorageError(code: StorageError.readEndedEarly, operation: "verify", path: path.fullPath)
        }
        unread.removeAll()
    }
}

/// How far tiles and bundles are known to be durable.
struct SettledMark: Equatable {
    static let title = "ringfence log settled v1"
    var size: UInt64
    var root: Hash

    init(size: UInt64, root: Hash) {
        self.size = size
        self.root = root
    }

    init?(parsing bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count == 4, lines[0].elementsEqual(Self.title.utf8), lines[3].isEmpty,
            let size = Decimal.parse(lines[1]), let decoded = Base64.decode(lines[2]), let root = Hash(decoded)
        else { return nil }
        self.init(size: size, root: root)
    }

    var bytes: [UInt8] { Array("\(Self.title)\n\(size)\n\(root.base64)\n".utf8) }
}
