/// Details that are to be erased, as a file that stands from before the first is touched until the last is gone: a
/// crash in between leaves the rest to the next start.
struct DetailErasure: Equatable {
    static let title = "details to erase v1"

    /// The entries whose details are meant.
    let entries: RangeSet<UInt64>

    init(_ entries: RangeSet<UInt64>) { self.entries = entries }

    /// Nil unless `bytes` is a title and lines of a first entry and the one after the last, ascending.
    init?(parsing bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count >= 3, lines[0].elementsEqual(Self.title.utf8), lines[lines.count - 1].isEmpty else {
            return nil
        }
        var ranges: [Range<UInt64>] = []
        for line in lines.dropFirst().dropLast() {
            let numbers = line.split(separator: 0x20, omittingEmptySubsequences: false)
            guard numbers.count == 2, let lower = Decimal.parse(numbers[0]), let upper = Decimal.parse(numbers[1]),
                lower < upper, ranges.last.map({ $0.upperBound < lower }) ?? true
            else { return nil }
            ranges.append(lower..<upper)
        }
        entries = RangeSet(ranges)
    }

    var bytes: [UInt8] {
        Array("\(Self.title)\n".utf8)
            + entries.ranges.flatMap { Array("\($0.lowerBound) \($0.upperBound)\n".utf8) }
    }

    /// - Returns: Nil if nothing is to be erased.
    static func unfinished(in directory: String, _ storage: any LogStorage) throws(LogError) -> DetailErasure? {
        let path = "\(directory)/\(LogLayout.erasing)"
        let bytes: [UInt8]?
        do throws(StorageError) {
            bytes = try storage.contents(of: path, bytesMax: 1 << 26)
        } catch {
            throw LogError(error)
        }
        guard let bytes else { return nil }
        guard let erasure = DetailErasure(parsing: bytes) else {
            throw .corrupted(path: path, what: "cannot be parsed: it says which details are still to be erased")
        }
        return erasure
    }

    func save(in directory: String, _ storage: any LogStorage) throws(StorageError) {
        try storage.replace("\(directory)/\(LogLayout.erasing)", with: bytes, in: directory)
    }

    static func finish(in directory: String, _ storage: any LogStorage) throws(StorageError) {
        try storage.remove("\(directory)/\(LogLayout.erasing)")
        try storage.synchronizeDirectory(directory)
    }
}

extension WALSegment {
    /// Overwrites everything with zeros. All of its entries must be settled.
    ///
    /// The header goes first: whatever a crash leaves of the rest is then in no segment.
    func erase() throws(StorageError) {
        let size = try file.size()
        let zeros = [UInt8](repeating: 0, count: Int(clamping: min(size, 1 << 18)))
        try file.writeAll(Array(zeros.prefix(4096)), at: 0)
        try file.synchronize()
        var offset: UInt64 = 0
        while offset < size {
            let count = min(UInt64(zeros.count), size - offset)
            try file.writeAll(Array(zeros.prefix(Int(count))), at: offset)
            offset += count
        }
        try file.synchronize()
    }
}
