/// Turns a document into text: of each group it is known beforehand how wide it is on one line.
struct LayoutRenderer {
    private let source: SourceText
    private let lineWidth: Int
    private var output: [UInt8] = []
    /// What was written since the last verbatim piece: its empty lines go.
    private var pending: [UInt8] = []
    private var column = 0

    init(_ source: SourceText, lineWidth: Int) {
        self.source = source
        self.lineWidth = lineWidth
    }

    mutating func render(_ document: LayoutDocument) {
        let items = document.items
        let widths = widthsOnOneLine(items)
        var indentation = 0
        // Counts groups within the outermost one that is on one line; that one too.
        var flatDepth = 0
        for (position, item) in items.enumerated() {
            switch item {
            case .text(let range, let isVerbatim): write(range, isVerbatim: isVerbatim)
            case .space: write(space: 1)
            case .line where flatDepth > 0: write(space: 1)
            case .softLine where flatDepth > 0: break
            case .hardLine, .line, .softLine:
                // A line is indented as what follows it, which may lie outside of levels that end here.
                pending.append(0x0A)
                column = 0
                write(space: indentation - outdents(items[(position + 1)...]))
            case .groupStart:
                if flatDepth > 0 {
                    flatDepth += 1
                } else if let width = widths[position], column + width <= lineWidth {
                    flatDepth = 1
                }
            case .groupEnd: flatDepth = max(0, flatDepth - 1)
            case .indent(let width): indentation += width
            case .outdent(let width): indentation -= width
            case .placeholder: break
            }
        }
    }

    /// The text, without blanks at both ends.
    mutating func finish() -> ArraySlice<UInt8> {
        flush()
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A }
        guard let first = output.firstIndex(where: { !isBlank($0) }),
            let last = output.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return output[first...last]
    }

    private func outdents(_ items: ArraySlice<LayoutDocument.Item>) -> Int {
        var sum = 0
        for item in items {
            switch item {
            case .outdent(let width): sum += width
            case .groupEnd, .placeholder: continue
            default: return sum
            }
        }
        return sum
    }

    /// For each start of a group, the columns it takes on one line, up to the first place where a line can end after it;
    /// nil if a line ends inside it in any case.
    private func widthsOnOneLine(_ items: [LayoutDocument.Item]) -> [Int?] {
        var result = [Int?](repeating: nil, count: items.count)
        var following = 0
        var followingAtLineEnd = 0
        var hardLines = 0
        var open: [(followingAtLineEnd: Int, hardLines: Int)] = []
        for (position, item) in items.enumerated().reversed() {
            switch item {
            case .text(let range, _): following += DisplayWidth.of(source.bytes, range)
            case .space: following += 1
            case .line:
                following += 1
                followingAtLineEnd = following
            case .softLine: followingAtLineEnd = following
            case .hardLine:
                hardLines += 1
                followingAtLineEnd = following
            case .groupEnd: open.append((followingAtLineEnd, hardLines))
            case .groupStart:
                guard let end = open.popLast(), end.hardLines == hardLines else { continue }
                result[position] = following - end.followingAtLineEnd
            case .indent, .outdent, .placeholder: continue
            }
        }
        return result
    }

    private mutating func write(space count: Int) {
        pending.append(contentsOf: repeatElement(0x20, count: max(0, count)))
        column += count
    }

    private mutating func write(_ range: ByteRange, isVerbatim: Bool) {
        let bytes = source.bytes[Int(range.start)..<Int(range.end)]
        column += DisplayWidth.of(source.bytes, range)
        guard isVerbatim else {
            pending += bytes
            return
        }
        flush()
        output += bytes
    }

    /// Drops empty lines. The one that begins right after a string or comment ends that line and stays.
    private mutating func flush() {
        let feed = UInt8(ascii: "\n")
        if pending.first == feed { output.append(feed) }
        var line = pending[...]
        while let end = line.firstIndex(of: feed) {
            if line[..<end].contains(where: { $0 != 0x20 }) { output += line[...end] }
            line = line[(end + 1)...]
        }
        output += line
        pending.removeAll(keepingCapacity: true)
    }
}
