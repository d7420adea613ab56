/// The right edge of a growing tree: of each level, the hashes of the tile that is not full yet.
///
/// That is all a log needs to grow, and what the partial tiles of a checkpoint hold.
package struct TileFrontier: Sendable, Hashable {
    /// By level; fewer than 256 hashes each.
    package private(set) var levels: [[Hash]]
    package private(set) var size: UInt64

    package init() {
        levels = []
        size = 0
    }

    /// Nil unless each level has as many hashes as a tree of `size` leaves there.
    package init?(size: UInt64, levels: [[Hash]]) {
        guard levels.count == Self.levelCount(size: size) else { return nil }
        for (level, hashes) in levels.enumerated() where hashes.count != Self.width(level: level, size: size) {
            return nil
        }
        self.levels = levels
        self.size = size
    }

    /// How many levels of tiles a tree has.
    package static func levelCount(size: UInt64) -> Int { (UInt64.bitWidth - size.leadingZeroBitCount + 7) / 8 }

    /// How many hashes the last tile of a level has, if it is partial; 0 if every tile there is full.
    package static func width(level: Int, size: UInt64) -> Int {
        level < 8 ? Int(size >> UInt64(8 * level) & 255) : 0
    }

    /// - Returns: The hashes of the tiles that this leaf filled, from level 0 up, each of which went into the tile
    ///   above it.
    package mutating func append(_ leaf: Hash) -> [Hash] {
        size += 1
        var filled: [Hash] = []
        var hash = leaf
        while true {
            let level = filled.count
            if level == levels.count {
                levels.append([])
                levels[level].reserveCapacity(TilePath.fullWidth)
            }
            levels[level].append(hash)
            guard levels[level].count == TilePath.fullWidth else { return filled }
            hash = .treeRoot(of: levels[level][...])
            levels[level].removeAll(keepingCapacity: true)
            filled.append(hash)
        }
    }

    /// The root of the whole tree.
    package var root: Hash {
        var smaller: Hash?
        for hashes in levels {
            // What the levels below have is one more, smaller subtree to the right of this level's.
            if hashes.isEmpty { continue }
            smaller = .treeRoot(of: (hashes + (smaller.map { [$0] } ?? []))[...])
        }
        return smaller ?? .emptyRoot
    }
}

extension Hash {
    /// RFC 6962's tree hash over leaves that are hashes already.
    static func treeRoot(of hashes: ArraySlice<Hash>) -> Hash {
        guard hashes.count > 1 else { return hashes.first ?? .emptyRoot }
        let split = hashes.startIndex + Int(UInt64(hashes.count).largestPowerOfTwoBelow)
        return .node(treeRoot(of: hashes[..<split]), treeRoot(of: hashes[split...]))
    }
}

extension UInt64 {
    /// The largest power of two smaller than this number, which is at least 2.
    var largestPowerOfTwoBelow: UInt64 { 1 << UInt64(Self.bitWidth - 1 - (self - 1).leadingZeroBitCount) }
}
