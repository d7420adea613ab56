/// A document of Wadler's kind, whose groups are either on one line or broken at each of their own line ends.
///
/// It is written down in order of the text rather than as a tree: no depth is too much for a list.
struct LayoutDocument {
    enum Item: Equatable {
        /// A piece of the source; strings and comments are verbatim, which guards the blank lines inside them.
        case text(ByteRange, isVerbatim: Bool)
        case space
        /// A line end in any case.
        case hardLine
        /// A line end, or a space where the group is on one line.
        case line
        /// A line end, or nothing where the group is on one line.
        case softLine
        case groupStart, groupEnd
        case indent(Int), outdent(Int)
        /// Where a group may turn out to begin.
        case placeholder
    }

    private(set) var items: [Item] = []

    mutating func append(_ item: Item) { items.append(item) }

    /// Returns what to give to ``beginGroup(at:)`` if the text from here on is a group after all.
    mutating func placeholder() -> Int {
        append(.placeholder)
        return items.count - 1
    }

    mutating func beginGroup(at placeholder: Int) { items[placeholder] = .groupStart }
}
