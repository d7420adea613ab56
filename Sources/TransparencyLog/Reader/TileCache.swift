/// Keeps the full tiles and bundles that were verified, so that a reader who comes again need not fetch them.
///
/// Nothing in it is trusted: what it yields is verified like what is fetched, and replaced if it is wrong.
public struct TileCache: Sendable {
    private let directory: String
    private let storage: any LogStorage

    /// - Parameter directory: Of one log. Made when the first tile is kept.
    public init(_ directory: String) { self.init(directory, storage: POSIXStorage()) }

    init(_ directory: String, storage: any LogStorage) {
        self.directory = directory
        self.storage = storage
    }

    /// Nil if the tile is not there or cannot be read.
    func contents(of path: TilePath, bytesMax: Int) -> [UInt8]? {
        path.isPartial ? nil : try? storage.contents(of: "\(directory)/\(path)", bytesMax: bytesMax)
    }

    func keep(_ bytes: [UInt8], of path: TilePath) throws(LogVerificationError) {
        guard !path.isPartial else { return }
        let name = "\(directory)/\(path)"
        // Threads may keep the same tile at the same time.
        let draft = "\(name).\(UInt64.random(in: 0...UInt64.max)).new"
        do throws(StorageError) {
            try storage.createDirectory(String(name[..<(name.lastIndex(of: "/") ?? name.startIndex)]))
            guard let file = try storage.open(draft, writing: true, creating: true) else { return }
            try file.writeAll(bytes, at: 0)
            try storage.rename(draft, to: name)
        } catch {
            throw LogVerificationError(
                code: .unreadable, path: "\(path)", what: "it cannot be kept in the cache: \(error)",
                remedy: "make \(directory) writable, or do without a cache")
        }
    }
}
