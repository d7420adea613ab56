import Foundation
import Testing

@testable import TransparencyLog

struct SubtreeTests {
    struct Vectors: Decodable {
        struct Inclusion: Decodable {
            var leafIdx: UInt64, start: UInt64, end: UInt64, root: String?, leafHash: String?, proof: [String]?
            var wantErr: Bool, file: String
        }
        struct Consistency: Decodable {
            var start: UInt64, end: UInt64, size: UInt64, root1: String?, root2: String?, proof: [String]?
            var wantErr: Bool, file: String
        }
        var inclusion: [Inclusion]
        var consistency: [Consistency]
    }

    private func hash(_ text: String?) -> Hash? { text.flatMap { Hash(base64: $0) } }

    @Test func `the public vectors of subtrees are decided as they say`() throws {
        let vectors = try JSONDecoder().decode(Vectors.self, from: fixture("merkle-subtree-vectors.json"))
        #expect(vectors.inclusion.count == 204)
        for vector in vectors.inclusion {
            let hashes = (vector.proof ?? []).map { hash($0) }
            var isGood = false
            if vector.start < vector.end, SubtreeProof.isSubtree(vector.start..<vector.end),
                vector.leafIdx >= vector.start, let root = hash(vector.root), let leaf = hash(vector.leafHash),
                !hashes.contains(nil)
            {
                // In a subtree an entry stands as in a tree of its own.
                let proof = InclusionProof(
                    index: EntryIndex(vector.leafIdx - vector.start), size: vector.end - vector.start,
                    hashes: hashes.compactMap { $0 })
                isGood = proof.verifies(leaf: leaf, root: root)
            }
            #expect(isGood == !vector.wantErr, "\(vector.file)")
        }
        #expect(vectors.consistency.count == 118)
        // The vectors take a proof of a subtree without entries, whatever the tree is; it proves nothing, and we do not.
        for vector in vectors.consistency where vector.start != vector.end || vector.wantErr {
            let hashes = (vector.proof ?? []).map { hash($0) }
            // Some vectors' equal roots are no hashes at all; any pair of equal ones will do.
            let roots = [vector.root1, vector.root2].map { text in hash(text) ?? .leaf((text ?? "").utf8) }
            var isGood = false
            if vector.start <= vector.end, !hashes.contains(nil) {
                let proof = SubtreeProof(
                    subtree: vector.start..<vector.end, size: vector.size, hashes: hashes.compactMap { $0 })
                isGood = proof?.verifies(subtreeRoot: roots[0], root: roots[1]) ?? false
            }
            #expect(isGood == !vector.wantErr, "\(vector.file)")
        }
    }

    @Test func `a tree's beginning is a subtree, and its proof the known consistency proof`() throws {
        let log = LogDirectory("/log", storage: try makeLog(size: 300, details: false))
        var tree = TreeReader(TileSource(storage: try makeLog(size: 300, details: false), directory: "/log"), size: 300)
        let root = try tree.root(size: 300)
        for size in 1...UInt64(300) {
            let known = try log.consistencyProof(from: size, to: 300).hashes
            let proof = try #require(SubtreeProof(subtree: 0..<size, size: 300, hashes: known))
            let subtreeRoot = try tree.root(size: size)
            #expect(proof.verifies(subtreeRoot: subtreeRoot, root: root))
            #expect(!proof.verifies(subtreeRoot: root, root: subtreeRoot) || size == 300)
        }
        #expect(SubtreeProof(subtree: 1..<3, size: 8, hashes: []) == nil)
        #expect(SubtreeProof(subtree: 4..<9, size: 8, hashes: []) == nil)
        #expect(SubtreeProof.isSubtree(0..<UInt64.max) && !SubtreeProof.isSubtree(1..<UInt64.max))
    }
}
