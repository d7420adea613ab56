/// Replacements made in one statement's text, which map a position PostgreSQL reports back to the client's own text.
struct EditList: Sendable, Hashable {
    struct Edit: Sendable, Hashable {
        /// The bytes replaced, in the original text.
        var range: Range<Int>
        var replacement: [UInt8]
    }

    /// In the text's order, not overlapping.
    private(set) var edits: [Edit] = []

    var isEmpty: Bool { edits.isEmpty }

    /// Ignores an edit that overlaps one already made: the first to claim a token keeps it.
    mutating func replace(_ range: Range<Int>, with replacement: [UInt8]) {
        guard !edits.contains(where: { $0.range.overlaps(range) || $0.range == range }) else { return }
        let place = edits.firstIndex { $0.range.lowerBound > range.lowerBound } ?? edits.endIndex
        edits.insert(Edit(range: range, replacement: replacement), at: place)
    }

    func applied(to text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + edits.reduce(0) { $0 + $1.replacement.count })
        var from = 0
        for edit in edits {
            result += text[from..<edit.range.lowerBound]
            result += edit.replacement
            from = edit.range.upperBound
        }
        result += text[from...]
        return result
    }

    /// Where in `original` (in characters from 1) the character at `position` of the rewritten text came from; the
    /// start of the replaced token where it stands inside a replacement.
    func originalPosition(ofRewritten position: Int, original text: [UInt8]) -> Int {
        guard position > 0, !edits.isEmpty else { return position }
        var rewrittenCharacters = 0
        var originalCharacters = 0
        var from = 0
        for edit in edits {
            let kept = characters(in: text[from..<edit.range.lowerBound])
            if position <= rewrittenCharacters + kept { return originalCharacters + position - rewrittenCharacters }
            rewrittenCharacters += kept
            originalCharacters += kept
            let inserted = characters(in: edit.replacement[...])
            if position <= rewrittenCharacters + inserted { return originalCharacters + 1 }
            rewrittenCharacters += inserted
            originalCharacters += characters(in: text[edit.range])
            from = edit.range.upperBound
        }
        return originalCharacters + position - rewrittenCharacters
    }

    private func characters(in bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
}
