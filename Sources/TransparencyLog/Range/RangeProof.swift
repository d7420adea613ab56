/// That certain entries are those of a range of a log, all of them and no others (docs/formats/range.md).
///
/// The roots of the largest subtrees before and after the range, with the range's entries, make the tree's root. Where
/// each belongs follows from the range and the tree's size, so there is one proof of a range.
public struct RangeProof: Sendable, Hashable {
    /// Not empty.
    public let range: Range<UInt64>
    public let size: UInt64
    /// Of the subtrees before the range, from left to right.
    public let left: [Hash]
    /// Of those after it, from left to right.
    public let right: [Hash]

    /// Nil unless the range has entries, lies in the tree, and there are as many hashes as it takes.
    public init?(range: Range<UInt64>, size: UInt64, left: [Hash], right: [Hash]) {
        guard !range.isEmpty, range.upperBound <= size, size <= UInt64(Int64.max),
            left.count == range.lowerBound.nonzeroBitCount,
            right.count == Self.turns(to: range.upperBound, size: size).count(where: { $0.isLeft })
        else { return nil }
        self.range = range
        self.size = size
        self.left = left
        self.right = right
    }

    /// The subtrees of the entries before `end`, from left to right: one for each bit.
    static func subtrees(before end: UInt64) -> [Range<UInt64>] {
        var start: UInt64 = 0
        return (0..<UInt64.bitWidth).reversed().compactMap { bit in
            guard end >> UInt64(bit) & 1 == 1 else { return nil }
            defer { start += 1 << UInt64(bit) }
            return start..<(start + (1 << UInt64(bit)))
        }
    }

    /// The subtrees of the entries from `start` on, from left to right.
    static func subtrees(from start: UInt64, size: UInt64) -> [Range<UInt64>] {
        turns(to: start, size: size).filter(\.isLeft).map(\.other).reversed()
    }

    /// One step down from the root, towards the subtree that ends where a range ends.
    struct Turn {
        /// What the step passed by lies to the right of it.
        let isLeft: Bool
        let other: Range<UInt64>
    }

    static func turns(to end: UInt64, size: UInt64) -> [Turn] {
        var turns: [Turn] = []
        var node = 0..<size
        while node.upperBound > end {
            let split = node.lowerBound + (node.upperBound - node.lowerBound).largestPowerOfTwoBelow
            if end <= split {
                turns.append(Turn(isLeft: true, other: split..<node.upperBound))
                node = node.lowerBound..<split
            } else {
                turns.append(Turn(isLeft: false, other: node.lowerBound..<split))
                node = split..<node.upperBound
            }
        }
        return turns
    }
}

/// Takes the entries of a range one after the other, and says whether they are those of the log.
///
/// A value of a few hashes, however long the range is.
public struct RangeCheck: Sendable {
    private let proof: RangeProof
    /// The roots of the subtrees of everything so far, from left to right: the larger ones first.
    private var subtrees: [Hash]
    /// The index of the entry that comes next.
    public private(set) var next: UInt64
    private var isTooLong = false

    public init(_ proof: RangeProof) {
        self.proof = proof
        subtrees = proof.left
        next = proof.range.lowerBound
    }

    /// - Parameter leaf: ``Hash/leaf(_:)`` of the next entry.
    public mutating func read(_ leaf: Hash) {
        guard next < proof.range.upperBound else {
            isTooLong = true
            return
        }
        var hash = leaf
        var position = next
        while position & 1 == 1, let left = subtrees.popLast() {
            hash = .node(left, hash)
            position >>= 1
        }
        subtrees.append(hash)
        next += 1
    }

    /// Whether what was read is the whole range, and leads to `root`.
    public func leads(to root: Hash) -> Bool {
        guard !isTooLong, next == proof.range.upperBound else { return false }
        var left = subtrees
        var right = proof.right[...]
        guard var hash = left.popLast() else { return false }
        if next == proof.size {
            while let sibling = left.popLast() { hash = .node(sibling, hash) }
        }
        for turn in RangeProof.turns(to: next, size: proof.size).reversed() {
            // The constructor saw to it that there are enough.
            guard let sibling = turn.isLeft ? right.popFirst() : left.popLast() else { return false }
            hash = turn.isLeft ? .node(hash, sibling) : .node(sibling, hash)
        }
        return left.isEmpty && right.isEmpty && hash == root
    }
}
