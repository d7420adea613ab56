/// Reads the tiles and bundles of a directory.
///
/// In the directory of a writer the last tile of each level, and the last bundle, are files that grow; a partial one
/// is what lies at the file's beginning. A published copy has a file of its own for each partial.
struct TileSource: Sendable {
    let storage: any LogStorage
    let directory: String
    let isLive: Bool

    static let bundleBytesMax = TilePath.fullWidth * (2 + LogRecord.entryBytesMax)

    /// - Parameter isLive: Whether partial tiles are beginnings of files; nil to see by the directory.
    init(storage: any LogStorage, directory: String, isLive: Bool? = nil) {
        self.storage = storage
        self.directory = directory
        self.isLive = isLive ?? ((try? storage.list(directory)) ?? []).contains(LogLayout.writeAheadLog)
    }

    /// The name under which errors speak of a tile.
    func name(_ path: TilePath) -> String { isLive ? path.fullPath : path.description }

    func hashes(_ path: TilePath) throws(LogVerificationError) -> [Hash] {
        let fullBytes = TilePath.fullWidth * Hash.byteCount
        let (name, bytes) = try read(path, bytesMax: fullBytes + 1)
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
        do {
            let entries = try EntryBundle.ranges(of: bytes, count: path.width)
            let end = entries.last?.upperBound ?? 0
            let isPrefix = name == path.fullPath && path.isPartial
            guard isPrefix || end == bytes.count else {
                throw NoteError.malformed("\(bytes.count - end) bytes too many after its entries")
            }
            return (name, bytes, entries)
        } catch {
            throw .damaged(name, "\(error)")
        }
    }

    /// From which entry on the directory has entries, by its own word.
    func mark() throws(LogVerificationError) -> PruneMark {
        do throws(StorageError) {
            if let mark = try PruneMark.load(from: directory, storage) { return mark }
        } catch {
            throw .unreadable(LogLayout.pruned, error)
        }
        throw .damaged(LogLayout.pruned, "it does not say from which entry on there are entries")
    }

    private func read(_ path: TilePath, bytesMax: Int) throws(LogVerificationError) -> (String, [UInt8]) {
        // A partial of an older checkpoint may be gone once the tile is full: its beginning is the same bytes.
        let names = path.isPartial && !isLive ? [path.description, path.fullPath] : [path.fullPath]
        for name in names {
            do throws(StorageError) {
                if let bytes = try storage.contents(of: "\(directory)/\(name)", bytesMax: bytesMax) {
                    return (name, bytes)
                }
            } catch {
                throw .unreadable(name, error)
            }
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
