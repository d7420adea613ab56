/// From which entry on a log keeps its entries: a file that says so before the first of them is removed
/// (docs/formats/pruned.md).
///
/// Hashes are kept of all of them, so that every proof still holds; tlog-tiles calls the first one the minimum index.
public struct PruneMark: Sendable, Hashable {
    static let title = "ringfence log pruned v1"

    /// The first entry that is kept; a multiple of 256.
    public let minimum: UInt64
    /// Everything before it is known to be gone; what lies between is being removed.
    let removed: UInt64

    /// - Parameter minimum: A multiple of 256.
    init(minimum: UInt64 = 0, removed: UInt64 = 0) {
        self.minimum = minimum
        self.removed = removed
    }

    init?(parsing bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count == 4, lines[0].elementsEqual(Self.title.utf8), lines[3].isEmpty,
            let minimum = Decimal.parse(lines[1]), let removed = Decimal.parse(lines[2]), removed <= minimum,
            minimum % UInt64(TilePath.fullWidth) == 0, removed % UInt64(TilePath.fullWidth) == 0
        else { return nil }
        self.init(minimum: minimum, removed: removed)
    }

    var bytes: [UInt8] { Array("\(Self.title)\n\(minimum)\n\(removed)\n".utf8) }

    /// The bundles that are still to be removed.
    var bundlesLeft: Range<UInt64> {
        removed / UInt64(TilePath.fullWidth)..<minimum / UInt64(TilePath.fullWidth)
    }

    /// - Returns: Nil if the file is no mark; one that keeps everything if there is none.
    static func load(from directory: String, _ storage: any LogStorage) throws(StorageError) -> PruneMark? {
        guard let bytes = try storage.contents(of: "\(directory)/\(LogLayout.pruned)", bytesMax: 1024) else {
            return PruneMark()
        }
        return PruneMark(parsing: bytes)
    }

    func save(in directory: String, _ storage: any LogStorage) throws(StorageError) {
        try storage.replace("\(directory)/\(LogLayout.pruned)", with: bytes, in: directory)
    }
}
