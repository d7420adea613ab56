internal import PostgresClient
import Glibc
import Synchronization
public import TransparencyLog

extension LogDirectory {
    /// The log in a database, read as a directory of files: everything that verifies, shows, proves or publishes a log
    /// works on it, and believes the database as little as it believes a disk.
    public init(sharedAt location: SharedLogLocation) {
        self.init(location.description, storage: RowStorage(location), isLive: true)
    }
}

/// A log's rows as the files that a writer's directory would have. Reads only.
///
/// Bundles and tiles of leaves are made from entries, tiles above from nodes.
final class RowStorage: LogStorage {
    private struct Reading {
        var connection: DatabaseConnection?
        /// Full bundles, which never change: verifying reads each twice.
        var bundles: [UInt64: [[UInt8]]] = [:]
    }

    private static let bundlesMax = 64

    private let location: SharedLogLocation
    private let reading = Mutex(Reading())

    init(_ location: SharedLogLocation) { self.location = location }

    func open(_ path: String, writing: Bool, creating: Bool) throws(StorageError) -> (any LogFile)? {
        guard !writing, !creating else { throw Self.readOnly(path) }
        let name = String(path.dropFirst(location.description.count + 1))
        let bytes: [UInt8]?
        do throws(DatabaseError) {
            bytes = try contents(of: name)
        } catch {
            throw StorageError(code: EIO, operation: "database: \(error): reading", path: name)
        }
        return bytes.map { RowFile(bytes: $0) }
    }

    func list(_ directory: String) throws(StorageError) -> [String] { [] }

    func createDirectory(_ path: String) throws(StorageError) { throw Self.readOnly(path) }
    func lock(_ path: String) throws(StorageError) -> any LogLock { throw Self.readOnly(path) }
    func rename(_ path: String, to newPath: String) throws(StorageError) { throw Self.readOnly(path) }
    func remove(_ path: String) throws(StorageError) { throw Self.readOnly(path) }
    func synchronizeDirectory(_ path: String) throws(StorageError) { throw Self.readOnly(path) }

    private static func readOnly(_ path: String) -> StorageError {
        StorageError(code: EROFS, operation: "write", path: path)
    }

    private func contents(of name: String) throws(DatabaseError) -> [UInt8]? {
        if name == LogLayout.checkpoint {
            return try rows("SELECT note FROM @schema.head", []).first?.first?.bytes
        }
        if name.hasPrefix("detail/") {
            guard let path = TilePath(parsing: "tile/entries/" + name.dropFirst("detail/".count)) else { return nil }
            return try details(bundle: path.index)
        }
        guard let path = TilePath(parsing: name) else { return nil }
        switch path.kind {
        case .entries:
            let entries = try entries(bundle: path.index)
            return entries.isEmpty ? nil : EntryBundle(entries: entries).bytes
        case .hashes(let level):
            let hashes =
                level == 0
                ? try entries(bundle: path.index).map { Hash.leaf($0) } : try nodes(level: level, tile: path.index)
            return hashes.isEmpty ? nil : hashes.flatMap(\.bytes)
        }
    }

    private static func range(_ bundle: UInt64) -> [BinaryParameter] {
        let width = UInt64(TilePath.fullWidth)
        let first = bundle.multipliedReportingOverflow(by: width)
        let start = first.overflow ? Int64.max : Int64(clamping: first.partialValue)
        return [.bigint(start), .bigint(start.addingReportingOverflow(Int64(width)).partialValue)]
    }

    /// As many as there are without a gap.
    private func entries(bundle: UInt64) throws(DatabaseError) -> [[UInt8]] {
        if let known = reading.withLock({ $0.bundles[bundle] }) { return known }
        let rows = try rows(
            "SELECT index, entry FROM @schema.entry WHERE index >= $1 AND index < $2 ORDER BY index",
            Self.range(bundle))
        let entries = Self.withoutGap(rows, from: bundle)
        if entries.count == TilePath.fullWidth {
            reading.withLock { reading in
                if reading.bundles.count >= Self.bundlesMax { reading.bundles.removeAll() }
                reading.bundles[bundle] = entries
            }
        }
        return entries
    }

    private static func withoutGap(_ rows: [[BinaryColumn]], from tile: UInt64) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for row in rows {
            let next = tile * UInt64(TilePath.fullWidth) + UInt64(values.count)
            guard row.count == 2, row[0].integer == Int64(clamping: next), let value = row[1].bytes else { break }
            values.append(value)
        }
        return values
    }

    private func nodes(level: Int, tile: UInt64) throws(DatabaseError) -> [Hash] {
        let rows = try rows(
            """
            SELECT position, hash FROM @schema.node WHERE position >= $1 AND position < $2 AND level = $3
            ORDER BY position
            """, Self.range(tile) + [.bigint(Int64(level))])
        return Self.withoutGap(rows, from: tile).compactMap { Hash($0) }
    }

    private func details(bundle: UInt64) throws(DatabaseError) -> [UInt8]? {
        let rows = try rows(
            """
            SELECT e.index, d.sealed FROM @schema.entry e LEFT JOIN @schema.detail d USING (index)
            WHERE e.index >= $1 AND e.index < $2 ORDER BY e.index
            """, Self.range(bundle))
        guard !rows.isEmpty else { return nil }
        var bytes: [UInt8] = []
        var next = Int64(clamping: bundle) &* Int64(TilePath.fullWidth)
        for row in rows {
            guard row.count == 2, row[0].integer == next else { break }
            DetailBundle.append(row[1].bytes, to: &bytes)
            next += 1
        }
        return bytes
    }

    /// A connection that broke is made anew, once.
    private func rows(_ sql: String, _ parameters: [BinaryParameter]) throws(DatabaseError) -> [[BinaryColumn]] {
        let sql = sql.replacing("@schema", with: location.quotedSchema)
        let result: Result<[[BinaryColumn]], DatabaseError> = reading.withLock { reading in
            for isLast in [reading.connection == nil, true] {
                do throws(DatabaseError) {
                    if reading.connection == nil { reading.connection = try location.connect(isWriting: false) }
                    return .success(try reading.connection?.binaryRows(sql, parameters) ?? [])
                } catch {
                    reading.connection = nil
                    if isLast || error.sqlState != nil { return .failure(error) }
                }
            }
            return .failure(DatabaseError(sqlState: nil, message: "the connection was lost"))
        }
        return try result.get()
    }
}

/// A file that is all in memory.
private final class RowFile: LogFile {
    private let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    func size() throws(StorageError) -> UInt64 { UInt64(bytes.count) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StorageError) -> Int {
        guard offset < UInt64(bytes.count) else { return 0 }
        let rest = bytes[Int(offset)...].prefix(buffer.count)
        buffer.copyBytes(from: rest)
        return rest.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError) { throw Self.readOnly }
    func synchronize() throws(StorageError) { throw Self.readOnly }
    func truncate(to size: UInt64) throws(StorageError) { throw Self.readOnly }
    func reserve(_ size: UInt64) throws(StorageError) { throw Self.readOnly }

    private static let readOnly = StorageError(code: EROFS, operation: "write", path: "a row")
}
