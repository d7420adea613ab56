/// Up to 256 entries in one file: each a big-endian 16-bit length and its bytes (C2SP tlog-tiles).
public struct EntryBundle: Sendable, Hashable {
    public var entries: [[UInt8]]

    public init(entries: [[UInt8]]) { self.entries = entries }

    /// Exactly `count` entries and nothing after them.
    public init(parsing bytes: [UInt8], count: Int) throws(NoteError) {
        let ranges = try Self.ranges(of: bytes, count: count)
        let end = ranges.last?.upperBound ?? 0
        guard end == bytes.count else { throw .malformed("\(bytes.count - end) bytes too many after \(count) entries") }
        self.init(entries: ranges.map { Array(bytes[$0]) })
    }

    /// Where the first `count` entries are; more may follow.
    static func ranges(of bytes: [UInt8], count: Int) throws(NoteError) -> [Range<Int>] {
        guard (0...TilePath.fullWidth).contains(count) else { throw .malformed("a bundle has at most 256 entries") }
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(count)
        var position = 0
        for number in 0..<count {
            guard bytes.count - position >= 2 else { throw .malformed("entry \(number) of the bundle is missing") }
            let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
            position += 2
            guard bytes.count - position >= length else {
                throw .malformed("entry \(number) of the bundle is cut short")
            }
            ranges.append(position..<(position + length))
            position += length
        }
        return ranges
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + 2 + $1.count })
        for entry in entries { Self.append(entry, to: &bytes) }
        return bytes
    }

    /// `entry` is at most ``LogRecord/entryBytesMax`` long: appends refuse a longer one.
    static func append(_ entry: [UInt8], to bytes: inout [UInt8]) {
        precondition(entry.count <= LogRecord.entryBytesMax)
        bytes.append(UInt8(truncatingIfNeeded: entry.count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: entry.count))
        bytes.append(contentsOf: entry)
    }
}
