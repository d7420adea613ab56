/// That the entries of a subtree are those that a larger tree has there: what mirrors and cosigners of subtrees check
/// (Merkle Tree Certificates, draft-ietf-plants-merkle-tree-certs, section 4.4).
public struct SubtreeProof: Sendable, Hashable {
    public let subtree: Range<UInt64>
    public let size: UInt64
    /// From the smallest subtree up.
    public let hashes: [Hash]

    /// Nil unless `subtree` is one: it begins at a multiple of the power of two that is not below its length, and ends
    /// in the tree.
    public init?(subtree: Range<UInt64>, size: UInt64, hashes: [Hash]) {
        guard subtree.upperBound <= size, size <= UInt64(Int64.max), Self.isSubtree(subtree) else { return nil }
        self.subtree = subtree
        self.size = size
        self.hashes = hashes
    }

    public static func isSubtree(_ range: Range<UInt64>) -> Bool {
        guard !range.isEmpty else { return false }
        let length = range.upperBound - range.lowerBound
        guard length > 1 else { return true }
        let (power, overflow) = length.largestPowerOfTwoBelow.multipliedReportingOverflow(by: 2)
        return overflow ? range.lowerBound == 0 : range.lowerBound % power == 0
    }

    /// Whether `root` is the root of a tree of `size` entries in which `subtreeRoot` is that of the subtree.
    public func verifies(subtreeRoot: Hash, root: Hash) -> Bool {
        var first = subtree.lowerBound
        var last = subtree.upperBound - 1
        var end = size - 1
        let isLastOfTree = last == end
        func up() {
            first >>= 1
            last >>= 1
            end >>= 1
        }
        // Up to the largest whole subtree at the right edge of this one: the proof begins there.
        while first != last, isLastOfTree || last & 1 == 1 { up() }
        var path = hashes[...]
        guard let seed = first == last ? subtreeRoot : path.popFirst() else { return false }
        var (small, large) = (seed, seed)
        for hash in path {
            guard end > 0 else { return false }
            if last & 1 == 1 || last == end {
                if first < last { small = .node(hash, small) }
                large = .node(hash, large)
                while last & 1 == 0 { up() }
            } else {
                large = .node(large, hash)
            }
            up()
        }
        return end == 0 && small == subtreeRoot && large == root
    }
}
