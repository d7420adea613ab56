/// Reads the tiles and bundles of a log.
///
/// In the directory of a writer the last tile of each level, and the last bundle, are files that grow; a partial one
/// is what lies at the file's beginning. A published copy has a file of its own for each partial.
struct TileSource: Sendable {
    let files: any LogFiles
    let cache: TileCache?

    static let bundleBytesMax = TilePath.fullWidth * (2 + LogRecord.entryBytesMax)
    private static let tileBytes = TilePath.fullWidth * Hash.byteCount

    init(_ files: any LogFiles, cache: TileCache? = nil) {
        self.files = files
        self.cache = cache
    }

    init(storage: any LogStorage, directory: String) { self.init(StoredFiles(directory, storage: storage)) }

    /// The name under which errors speak of a tile.
    func name(_ path: TilePath) -> String { files.isLive ? path.fullPath : path.description }

    func hashes(_ path: TilePath) throws(LogVerificationError) -> [Hash] {
        try hashes(path, in: read(path, bytesMax: Self.tileBytes + 1))
    }

    /// The hashes of a full tile that have this root, perhaps out of the cache.
    func hashes(_ path: TilePath, root: Hash) throws(LogVerificationError) -> [Hash] {
        if let bytes = cache?.contents(of: path, bytesMax: Self.tileBytes + 1),
            let hashes = try? hashes(path, in: (path.fullPath, bytes)), Hash.treeRoot(of: hashes[...]) == root
        {
            return hashes
        }
        let hashes = try hashes(path)
        guard Hash.treeRoot(of: hashes[...]) == root else {
            throw .damaged(path.fullPath, "its hashes do not lead to the checkpoint's root")
        }
        try cache?.keep(Hash.concatenated(hashes), of: path)
        return hashes
    }

    private func hashes(_ path: TilePath, in file: (name: String, bytes: [UInt8])) throws(LogVerificationError)
        -> [Hash]
    {
        let (name, bytes) = file
        let wanted = path.width * Hash.byteCount
        let isPrefix = name == path.fullPath && path.isPartial
        guard isPrefix ? bytes.count >= wanted : bytes.count == wanted else {
            throw .damaged(name, "\(bytes.count) bytes where \(wanted) belong")
        }
        return (0..<path.width).compactMap { Hash(bytes[($0 * Hash.byteCount)..<(($0 + 1) * Hash.byteCount)]) }
    }

    func bundle(_ path: TilePath) throws(LogVerificationError) -> (name: String, entries: [[UInt8]]) {
        let (name, bytes, entries) = try bundleBytes(path)
        return (name, entries.map { Array(bytes[$0]) })
    }

    /// A bundle's bytes, and where in them its entries are.
    func bundleBytes(_ path: TilePath) throws(LogVerificationError)
        -> (name: String, bytes: [UInt8], entries: [Range<Int>])
    {
        let (name, bytes): (String, [UInt8])
        do throws(LogVerificationError) {
            (name, bytes) = try read(path, bytesMax: Self.bundleBytesMax + 1)
        } catch {
            guard error.code == .missing else { throw error }
            let minimum = try mark().minimum
            throw (path.index + 1) * UInt64(TilePath.fullWidth) <= minimum ? .pruned(path, keptFrom: minimum) : error
        }
        return (name, bytes, try entries(path, in: (name, bytes)))
    }

    /// The same for a bundle whose entries have these hashes, perhaps out of the cache.
    func bundleBytes(_ path: TilePath, leaves: [Hash]) throws(LogVerificationError)
        -> (bytes: [UInt8], entries: [Range<Int>])
    {
        if let bytes = cache?.contents(of: path, bytesMax: Self.bundleBytesMax + 1),
            let entries = try? entries(path, in: (path.fullPath, bytes)),
            Self.firstOther(entries, of: bytes, than: leaves) == nil
        {
            return (bytes, entries)
        }
        let (name, bytes, entries) = try bundleBytes(path)
        if let wrong = Self.firstOther(entries, of: bytes, than: leaves) {
            let number = path.index * UInt64(TilePath.fullWidth) + UInt64(wrong)
            throw .damaged(name, "entry \(number) is not the one that the checkpoint's root commits to")
        }
        try cache?.keep(bytes, of: path)
        return (bytes, entries)
    }

    private func entries(_ path: TilePath, in file: (name: String, bytes: [UInt8])) throws(LogVerificationError)
        -> [Range<Int>]
    {
        let (name, bytes) = file
        do {
            let entries = try EntryBundle.ranges(of: bytes, count: path.width)
            let end = entries.last?.upperBound ?? 0
            let isPrefix = name == path.fullPath && path.isPartial
            guard isPrefix || end == bytes.count else {
                throw NoteError.malformed("\(bytes.count - end) bytes too many after its entries")
            }
            return entries
        } catch {
            throw .damaged(name, "\(error)")
        }
    }

    private static func firstOther(_ entries: [Range<Int>], of bytes: [UInt8], than leaves: [Hash]) -> Int? {
        bytes.withUnsafeBytes { bytes in
            entries.indices.first { Hash.leaf(UnsafeRawBufferPointer(rebasing: bytes[entries[$0]])) != leaves[$0] }
        }
    }

    /// From which entry on there are entries, by the log's own word.
    func mark() throws(LogVerificationError) -> PruneMark {
        guard let bytes = try files.contents(of: LogLayout.pruned, bytesMax: PruneMark.bytesMax) else {
            return PruneMark()
        }
        if let mark = PruneMark(parsing: bytes) { return mark }
        throw .damaged(LogLayout.pruned, "it does not say from which entry on there are entries")
    }

    private func read(_ path: TilePath, bytesMax: Int) throws(LogVerificationError) -> (name: String, bytes: [UInt8]) {
        // A partial of an older checkpoint may be gone once the tile is full: its beginning is the same bytes.
        let names = path.isPartial && !files.isLive ? [path.description, path.fullPath] : [path.fullPath]
        for name in names {
            if let bytes = try files.contents(of: name, bytesMax: bytesMax) { return (name, bytes) }
        }
        throw .missing(names[0])
    }
}

/// The names in a log's directory.
package enum LogLayout {
    package static let checkpoint = "checkpoint"
    package static let head = "head"
    static let settled = "settled"
    package static let lock = "lock"
    static let writeAheadLog = "wal"
    /// What ``DetailErasure`` keeps.
    static let erasing = "erasing"
    /// What ``PruneMark`` keeps.
    static let pruned = "pruned"

    package static func detail(bundle: UInt64) -> String { "detail/" + TilePath.indexPath(bundle) }
}

extension LogVerificationError {
    static func damaged(_ path: String, _ what: String) -> LogVerificationError {
        LogVerificationError(
            code: .damaged, path: path, what: what,
            remedy: "restore the file from another copy of the log, and find out who changed it")
    }

    static func missing(_ path: String) -> LogVerificationError {
        LogVerificationError(
            code: .missing, path: path, what: "the file is missing",
            remedy: "restore it from another copy of the log, or publish the log again")
    }

    static func pruned(_ path: TilePath, keptFrom minimum: UInt64) -> LogVerificationError {
        LogVerificationError(
            code: .pruned, path: path.fullPath,
            what:
                "its entries were pruned, as the log's rule has it: entries are kept from \(minimum) on, hashes of all",
            remedy:
                "an older copy may still have them; `ringfence ledger verify` says under which rule they were pruned")
    }

    static func unreadable(_ path: String, _ error: StorageError) -> LogVerificationError {
        LogVerificationError(
            code: .unreadable, path: path, what: error.description, remedy: "make the directory readable and retry")
    }

    static func outOfRange(_ what: String) -> LogVerificationError {
        LogVerificationError(
            code: .outOfRange, path: LogLayout.checkpoint, what: what, remedy: "ask for an entry or size the log has")
    }
}
