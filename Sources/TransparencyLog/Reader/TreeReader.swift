/// Hashes of any subtree, and proofs, from tiles.
struct TreeReader {
    private let source: TileSource
    /// What the tiles hold; every size asked for is at most this.
    private let size: UInt64
    private var cache: [TilePath: [Hash]] = [:]
    private var subtrees: [Range<UInt64>: Hash] = [:]
    private static let subtreesMax = 65_536

    init(_ source: TileSource, size: UInt64) {
        self.source = source
        self.size = size
    }

    mutating func root(size: UInt64) throws(LogVerificationError) -> Hash {
        size == 0 ? .emptyRoot : try subtree(0..<size)
    }

    /// RFC 6962 section 2.1.1.
    mutating func inclusionProof(of index: EntryIndex, size: UInt64) throws(LogVerificationError) -> InclusionProof {
        guard index.rawValue < size, size <= self.size else {
            throw .outOfRange("entry \(index) of a log of \(size) entries was asked for, there are \(self.size)")
        }
        var hashes: [Hash] = []
        var range = 0..<size
        while (range.upperBound - range.lowerBound) > 1 {
            let split = range.lowerBound + (range.upperBound - range.lowerBound).largestPowerOfTwoBelow
            if index.rawValue < split {
                hashes.append(try subtree(split..<range.upperBound))
                range = range.lowerBound..<split
            } else {
                hashes.append(try subtree(range.lowerBound..<split))
                range = split..<range.upperBound
            }
        }
        return InclusionProof(index: index, size: size, hashes: hashes.reversed())
    }

    /// RFC 6962 section 2.1.2.
    mutating func consistencyProof(from oldSize: UInt64, to newSize: UInt64) throws(LogVerificationError)
        -> ConsistencyProof
    {
        guard oldSize <= newSize, newSize <= size else {
            throw .outOfRange("sizes \(oldSize) and \(newSize) were asked for, there are \(size) entries")
        }
        var hashes: [Hash] = []
        if oldSize > 0, oldSize < newSize {
            var range = 0..<newSize
            while range.upperBound != oldSize {
                let split = range.lowerBound + (range.upperBound - range.lowerBound).largestPowerOfTwoBelow
                if oldSize <= split {
                    hashes.append(try subtree(split..<range.upperBound))
                    range = range.lowerBound..<split
                } else {
                    hashes.append(try subtree(range.lowerBound..<split))
                    range = split..<range.upperBound
                }
            }
            // The old tree's own root is known to whoever checks.
            if range.lowerBound > 0 { hashes.append(try subtree(range)) }
            hashes.reverse()
        }
        return ConsistencyProof(oldSize: oldSize, newSize: newSize, hashes: hashes)
    }

    /// The hashes beside a range that has entries (docs/formats/range.md).
    mutating func rangeProof(of range: Range<UInt64>, size: UInt64) throws(LogVerificationError) -> RangeProof {
        guard range.upperBound <= size, size <= self.size else {
            throw .outOfRange("entry \(range.upperBound) of a log of \(size) entries was asked for")
        }
        var left: [Hash] = []
        for part in RangeProof.subtrees(before: range.lowerBound) { left.append(try subtree(part)) }
        var right: [Hash] = []
        for part in RangeProof.subtrees(from: range.upperBound, size: size) { right.append(try subtree(part)) }
        guard let proof = RangeProof(range: range, size: size, left: left, right: right) else {
            throw .outOfRange("the range has no entries")
        }
        return proof
    }

    /// A range that is a subtree: it begins at a multiple of the power of two not smaller than its length.
    private mutating func subtree(_ range: Range<UInt64>) throws(LogVerificationError) -> Hash {
        if let hash = subtrees[range] { return hash }
        let count = range.upperBound - range.lowerBound
        let hash: Hash
        if count & (count - 1) == 0 {
            hash = try completeSubtree(level: count.trailingZeroBitCount, first: range.lowerBound)
        } else {
            let split = range.lowerBound + count.largestPowerOfTwoBelow
            hash = .node(try subtree(range.lowerBound..<split), try subtree(split..<range.upperBound))
        }
        if subtrees.count >= Self.subtreesMax { subtrees.removeAll(keepingCapacity: true) }
        subtrees[range] = hash
        return hash
    }

    /// The hash of the 2^level leaves from `first`: of up to 256 hashes of one tile.
    private mutating func completeSubtree(level: Int, first: UInt64) throws(LogVerificationError) -> Hash {
        let tileLevel = level / 8
        let count = 1 << (level % 8)
        let position = first >> UInt64(8 * tileLevel)
        let offset = Int(position & 255)
        let hashes = try tile(level: tileLevel, index: position >> 8)
        guard offset + count <= hashes.count else { throw .outOfRange("leaf \(first) is beyond the log's end") }
        return .treeRoot(of: hashes[offset..<(offset + count)])
    }

    private mutating func tile(level: Int, index: UInt64) throws(LogVerificationError) -> [Hash] {
        let path = TilePath(unchecked: .hashes(level: level), index: index, width: TilePath.width(level, index, size))
        if let hashes = cache[path] { return hashes }
        let hashes = try source.hashes(path)
        if cache.count >= 256 { cache.removeAll() }
        cache[path] = hashes
        return hashes
    }
}

extension TilePath {
    /// How wide the tile is in a tree of `size` entries that has it.
    static func width(_ level: Int, _ index: UInt64, _ size: UInt64) -> Int {
        let hashes = size >> UInt64(8 * level)
        return index == hashes >> 8 ? max(1, Int(hashes & 255)) : fullWidth
    }
}
