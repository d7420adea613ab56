/// That a leaf stands at an index of a tree of a size (RFC 6962 section 2.1.1).
public struct InclusionProof: Sendable, Hashable {
    public let index: EntryIndex
    public let size: UInt64
    /// From the leaf's sibling up.
    public let hashes: [Hash]

    public init(index: EntryIndex, size: UInt64, hashes: [Hash]) {
        self.index = index
        self.size = size
        self.hashes = hashes
    }

    /// RFC 9162 section 2.1.3.2.
    public func verifies(leaf: Hash, root: Hash) -> Bool {
        guard index.rawValue < size else { return false }
        var position = index.rawValue
        var last = size - 1
        var computed = leaf
        for hash in hashes {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                computed = .node(hash, computed)
                while position & 1 == 0, position > 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                computed = .node(computed, hash)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && computed == root
    }
}

/// That a tree is a prefix of a larger one (RFC 6962 section 2.1.2).
public struct ConsistencyProof: Sendable, Hashable {
    public let oldSize: UInt64
    public let newSize: UInt64
    public let hashes: [Hash]

    public init(oldSize: UInt64, newSize: UInt64, hashes: [Hash]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
    }

    /// RFC 9162 section 2.1.4.2. An empty tree is a prefix of every tree, a tree one of itself: both by an empty proof.
    public func verifies(oldRoot: Hash, newRoot: Hash) -> Bool {
        guard oldSize <= newSize else { return false }
        if oldSize == 0 { return hashes.isEmpty && oldRoot == .emptyRoot && (newSize > 0 || newRoot == .emptyRoot) }
        if oldSize == newSize { return hashes.isEmpty && oldRoot == newRoot }
        var path = hashes[...]
        // Where the old tree is a whole subtree of the new one, its root is not repeated in the proof.
        let isWholeSubtree = oldSize & (oldSize - 1) == 0
        guard let seed = isWholeSubtree ? oldRoot : path.popFirst() else { return false }
        var position = oldSize - 1
        var last = newSize - 1
        while position & 1 == 1 {
            position >>= 1
            last >>= 1
        }
        var (old, new) = (seed, seed)
        for hash in path {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                old = .node(hash, old)
                new = .node(hash, new)
                while position & 1 == 0, position > 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                new = .node(new, hash)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && old == oldRoot && new == newRoot
    }
}
