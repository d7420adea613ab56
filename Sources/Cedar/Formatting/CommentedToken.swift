/// A token with the comments that stand at it.
struct CommentedToken {
    let token: Token
    /// What lies between the end of the line of the token before and this token: blanks and comments.
    var leading: ByteRange
    /// From the token to the end of its line, without the blanks at both ends; empty if there is no comment.
    var trailing: ByteRange
}

/// Cuts what lies between tokens into comments.
struct CommentReader {
    let source: SourceText

    /// All tokens but the end, and what follows the line of the last one.
    func tokens() -> (tokens: [CommentedToken], rest: ByteRange) {
        var result: [CommentedToken] = []
        var leading = 0
        var position = 0
        for token in Lexer.tokens(of: source.bytes) {
            let start = Int(token.range.start)
            if let last = result.indices.last {
                let lineEnd = source.bytes[position..<start].firstIndex(of: 0x0A)
                result[last].trailing = trimmed(position, lineEnd ?? start)
                leading = lineEnd.map { $0 + 1 } ?? start
            }
            let gap = ByteRange(leading, start)
            if token.kind == .end { return (result, gap) }
            result.append(CommentedToken(token: token, leading: gap, trailing: ByteRange(start, start)))
            position = Int(token.range.end)
        }
        return (result, ByteRange(position, position))
    }

    /// The comments in a range between tokens, each without the blanks at its end.
    func comments(in range: ByteRange) -> [ByteRange] {
        var comments: [ByteRange] = []
        var position = Int(range.start)
        let end = Int(range.end)
        while position < end {
            guard source.bytes[position] == UInt8(ascii: "/") else {
                position += 1
                continue
            }
            let start = position
            while position < end, source.bytes[position] != 0x0A, source.bytes[position] != 0x0D { position += 1 }
            comments.append(trimmed(start, position))
        }
        return comments
    }

    private func trimmed(_ start: Int, _ end: Int) -> ByteRange {
        var start = start
        var end = end
        while start < end, case let width = Lexer.blankWidth(source.bytes, at: start), width > 0 { start += width }
        while start < end, let width = (1...3).first(where: { isBlank(end - $0, width: $0) }) { end -= width }
        return ByteRange(start, max(start, end))
    }

    private func isBlank(_ position: Int, width: Int) -> Bool {
        position >= 0 && Lexer.blankWidth(source.bytes, at: position) == width
    }
}
