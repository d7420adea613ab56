import Foundation
import Testing

@testable import TransparencyLog

/// RFC 6962's definitions, word for word.
private struct Model {
    let leaves: [Hash]
    private var known: [Range<Int>: Hash] = [:]

    init(leaves: [Hash]) { self.leaves = leaves }

    private static func split(_ range: Range<Int>) -> Int {
        var power = 1
        while power * 2 < range.count { power *= 2 }
        return range.lowerBound + power
    }

    mutating func root(_ range: Range<Int>) -> Hash {
        if range.isEmpty { return .emptyRoot }
        if range.count == 1 { return leaves[range.lowerBound] }
        if let hash = known[range] { return hash }
        let split = Self.split(range)
        let hash = Hash.node(root(range.lowerBound..<split), root(split..<range.upperBound))
        known[range] = hash
        return hash
    }

    mutating func path(_ index: Int, _ range: Range<Int>) -> [Hash] {
        if range.count == 1 { return [] }
        let split = Self.split(range)
        return index < split
            ? path(index, range.lowerBound..<split) + [root(split..<range.upperBound)]
            : path(index, split..<range.upperBound) + [root(range.lowerBound..<split)]
    }

    mutating func proof(_ size: Int, _ range: Range<Int>, _ isWhole: Bool) -> [Hash] {
        if size == range.upperBound { return isWhole ? [] : [root(range)] }
        let split = Self.split(range)
        return size <= split
            ? proof(size, range.lowerBound..<split, isWhole) + [root(split..<range.upperBound)]
            : proof(size, split..<range.upperBound, false) + [root(range.lowerBound..<split)]
    }
}

struct MerkleTests {
    struct KnownAnswers: Decodable {
        var roots: [String: String]
        var inclusion_700: [String: [String]]
        var consistency: [String: [String]]
    }

    struct Vectors: Decodable {
        struct Inclusion: Decodable {
            var leafIdx: UInt64, treeSize: UInt64, root: String?, leafHash: String?, proof: [String]?
            var wantErr: Bool, file: String
        }
        struct Consistency: Decodable {
            var size1: UInt64, size2: UInt64, root1: String?, root2: String?, proof: [String]?
            var wantErr: Bool, file: String
        }
        var inclusion: [Inclusion]
        var consistency: [Consistency]
    }

    @Test func `roots are the known ones`() throws {
        let known = try JSONDecoder().decode(KnownAnswers.self, from: fixture("ledger-kat.json"))
        var frontier = TileFrontier()
        #expect(frontier.root.base64 == known.roots["0"])
        for number in 0..<UInt64(70_000) {
            _ = frontier.append(.leaf(entry(number)))
            if let root = known.roots[String(number + 1)] { #expect(frontier.root.base64 == root) }
        }
        #expect(TileFrontier(size: frontier.size, levels: frontier.levels) == frontier)
        #expect(frontier.levels.map(\.count) == [112, 17, 1])
    }

    @Test func `proofs from tiles are the known ones`() throws {
        let known = try JSONDecoder().decode(KnownAnswers.self, from: fixture("ledger-kat.json"))
        let store = try makeLog(size: 700)
        let log = LogDirectory("/log", storage: store)
        for (index, hashes) in known.inclusion_700 {
            let proof = try log.inclusionProof(of: EntryIndex(#require(UInt64(index))), size: 700)
            #expect(proof.hashes.map(\.base64) == hashes)
        }
        for (sizes, hashes) in known.consistency {
            let parts = sizes.split(separator: "-").compactMap { UInt64($0) }
            #expect(try log.consistencyProof(from: parts[0], to: parts[1]).hashes.map(\.base64) == hashes)
        }
    }

    @Test func `the public vectors are decided as they say`() throws {
        let vectors = try JSONDecoder().decode(Vectors.self, from: fixture("merkle-vectors.json"))
        func hash(_ text: String?) -> Hash? { text.flatMap { Hash(base64: $0) } }
        for vector in vectors.inclusion {
            let hashes = (vector.proof ?? []).map { hash($0) }
            var isGood = false
            if let root = hash(vector.root), let leaf = hash(vector.leafHash), !hashes.contains(nil) {
                let proof = InclusionProof(
                    index: EntryIndex(vector.leafIdx), size: vector.treeSize, hashes: hashes.compactMap { $0 })
                isGood = proof.verifies(leaf: leaf, root: root)
            }
            #expect(isGood == !vector.wantErr, "\(vector.file)")
        }
        // The vectors refuse a proof from nothing; witnesses (tlog-witness) want an empty one, and so do we.
        for vector in vectors.consistency where vector.size1 > 0 || vector.size2 == 0 {
            let hashes = (vector.proof ?? []).map { hash($0) }
            var isGood = false
            // One vector's equal roots are not hashes at all; any pair of equal ones will do.
            let roots = [vector.root1, vector.root2].map { text in hash(text) ?? .leaf((text ?? "").utf8) }
            if !hashes.contains(nil) {
                let (old, new) = (roots[0], roots[1])
                let proof = ConsistencyProof(
                    oldSize: vector.size1, newSize: vector.size2, hashes: hashes.compactMap { $0 })
                isGood = proof.verifies(oldRoot: old, newRoot: new)
            }
            #expect(isGood == !vector.wantErr, "\(vector.file)")
        }
    }

    @Test func `every proof of trees of 0 to 600 leaves is the model's and verifies`() throws {
        let size = 600
        let store = try makeLog(size: UInt64(size), details: false)
        var tree = TreeReader(TileSource(storage: store, directory: "/log"), size: UInt64(size))
        var model = Model(leaves: (0..<UInt64(size)).map { .leaf(entry($0)) })
        var failures = 0
        for newSize in 0...size {
            let root = model.root(0..<newSize)
            if try tree.root(size: UInt64(newSize)) != root { failures += 1 }
            for index in 0..<newSize {
                let proof = try tree.inclusionProof(of: EntryIndex(UInt64(index)), size: UInt64(newSize))
                if proof.hashes != model.path(index, 0..<newSize) { failures += 1 }
                // Verifying each of 180,000 twice would be most of the suite's time; every index and size is covered.
                if (index + newSize) % 7 == 0, !proof.verifies(leaf: model.leaves[index], root: root) { failures += 1 }
            }
            for oldSize in 0...newSize {
                let proof = try tree.consistencyProof(from: UInt64(oldSize), to: UInt64(newSize))
                let expected = oldSize == 0 ? [] : model.proof(oldSize, 0..<newSize, true)
                if proof.hashes != expected { failures += 1 }
                if (oldSize + newSize) % 7 == 0, !proof.verifies(oldRoot: model.root(0..<oldSize), newRoot: root) {
                    failures += 1
                }
            }
        }
        #expect(failures == 0)
    }

    @Test func `a proof that is changed anywhere fails`() throws {
        let store = try makeLog(size: 300, details: false)
        var tree = TreeReader(TileSource(storage: store, directory: "/log"), size: 300)
        let root = try tree.root(size: 300)
        let proof = try tree.inclusionProof(of: EntryIndex(270), size: 300)
        let leaf = Hash.leaf(entry(270))
        #expect(proof.verifies(leaf: leaf, root: root))
        for position in proof.hashes.indices {
            var hashes = proof.hashes
            hashes[position] = .leaf([1])
            #expect(!InclusionProof(index: proof.index, size: 300, hashes: hashes).verifies(leaf: leaf, root: root))
            hashes.remove(at: position)
            #expect(!InclusionProof(index: proof.index, size: 300, hashes: hashes).verifies(leaf: leaf, root: root))
        }
        for index in 0..<UInt64(300) where index != 270 {
            #expect(
                !InclusionProof(index: EntryIndex(index), size: 300, hashes: proof.hashes).verifies(
                    leaf: leaf, root: root))
        }
        #expect(
            !InclusionProof(index: EntryIndex(.max), size: .max, hashes: proof.hashes).verifies(leaf: leaf, root: root))
        let huge = ConsistencyProof(oldSize: .max - 1, newSize: .max, hashes: proof.hashes)
        #expect(!huge.verifies(oldRoot: root, newRoot: root))
        #expect(throws: LogVerificationError.self) { try tree.inclusionProof(of: EntryIndex(300), size: 300) }
        #expect(throws: LogVerificationError.self) { try tree.consistencyProof(from: 300, to: 301) }
    }
}
