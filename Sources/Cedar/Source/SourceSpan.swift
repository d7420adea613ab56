/// Where something stands in a policy or entity text.
public struct SourceSpan: Sendable, Hashable, CustomStringConvertible {
    /// The name that the text was given when it was parsed, usually a path.
    public let file: String
    /// Offset of the first byte, from 0.
    public let startOffset: Int
    /// Offset after the last byte.
    public let endOffset: Int
    /// From 1.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int

    public init(file: String, startOffset: Int, endOffset: Int, line: Int, column: Int) {
        self.file = file
        self.startOffset = startOffset
        self.endOffset = endOffset
        self.line = line
        self.column = column
    }

    /// `file:line:column`, as compilers write it.
    public var description: String { "\(file):\(line):\(column)" }
}

/// The bytes of one text; trees hold ``ByteRange``s into it and resolve them only for a diagnostic.
final class SourceText: Sendable {
    let name: String
    let bytes: [UInt8]
    private let lineStarts: [Int]
    /// How many scalars begin before each multiple of ``stride``: without it, columns of a text on one line would take
    /// time in the square of its length.
    private let scalarCounts: [Int]
    private static let stride = 1024

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        var starts = [0]
        var counts: [Int] = []
        var scalars = 0
        for (offset, byte) in bytes.enumerated() {
            if offset % Self.stride == 0 { counts.append(scalars) }
            if byte & 0xC0 != 0x80 { scalars += 1 }
            if byte == 0x0A { starts.append(offset + 1) }
        }
        lineStarts = starts
        scalarCounts = counts
    }

    private func scalars(from start: Int, to end: Int) -> Int {
        func count(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 } }
        let first = (start + Self.stride - 1) / Self.stride
        let last = end / Self.stride
        guard first < last, last < scalarCounts.count else { return count(start..<end) }
        return count(start..<first * Self.stride) + scalarCounts[last] - scalarCounts[first]
            + count(last * Self.stride..<end)
    }

    func span(_ range: ByteRange) -> SourceSpan {
        let start = min(Int(range.start), bytes.count)
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= start { low = middle } else { high = middle }
        }
        let column = 1 + scalars(from: lineStarts[low], to: start)
        return SourceSpan(
            file: name, startOffset: start, endOffset: min(Int(range.end), bytes.count), line: low + 1, column: column)
    }

    func text(_ range: ByteRange) -> String {
        String(decoding: bytes[Int(range.start)..<Int(range.end)], as: UTF8.self)
    }
}

/// Half-open offsets into a ``SourceText``, half the size of `Range<Int>` since every node of a tree has one.
struct ByteRange: Sendable, Hashable {
    /// Longer texts are refused, so that offsets fit.
    static let textBytesMax = 64 << 20

    var start: UInt32
    var end: UInt32

    init(_ start: Int, _ end: Int) {
        self.start = UInt32(clamping: start)
        self.end = UInt32(clamping: end)
    }

    func joined(to other: ByteRange) -> ByteRange { ByteRange(Int(start), Int(max(end, other.end))) }
}
