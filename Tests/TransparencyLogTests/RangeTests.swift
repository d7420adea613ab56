import Testing

@testable import TransparencyLog

struct RangeTests {
    private let key: VerifierKey

    init() throws { key = try testKey().verifierKey }

    private func file(_ range: Range<UInt64>, size: UInt64) throws -> RangeProofFile {
        try LogDirectory("/log", storage: makeLog(size: size, details: false)).prove(range, verifiedBy: key)
    }

    /// Whether `entries` are the range of `file`.
    private func verifies(_ file: RangeProofFile, _ entries: some Sequence<[UInt8]>) throws -> Bool {
        var (checkpoint, check) = try file.check(log: key)
        for entry in entries { check.read(.leaf(entry)) }
        return check.leads(to: checkpoint.root)
    }

    @Test func `every range of trees of up to 70 entries is proved, by as few hashes as there can be`() throws {
        let store = try makeLog(size: 70, details: false)
        var tree = TreeReader(TileSource(storage: store, directory: "/log"), size: 70)
        let leaves = (0..<UInt64(70)).map { Hash.leaf(entry($0)) }
        var failures = 0
        for size in 1...UInt64(70) {
            let root = try tree.root(size: size)
            for from in 0..<size {
                for to in (from + 1)...size {
                    let proof = try tree.rangeProof(of: from..<to, size: size)
                    var check = RangeCheck(proof)
                    for leaf in leaves[Int(from)..<Int(to)] { check.read(leaf) }
                    if !check.leads(to: root) { failures += 1 }
                    if proof.left.count + proof.right.count != Self.fewest(from..<to, 0..<size) { failures += 1 }
                    // One entry too many, whatever it is, is not the range.
                    check.read(leaves[0])
                    if check.leads(to: root) { failures += 1 }
                }
            }
        }
        #expect(failures == 0)
    }

    /// How many largest subtrees lie beside the range: by RFC 6962's definition of the tree, node by node.
    private static func fewest(_ range: Range<UInt64>, _ node: Range<UInt64>) -> Int {
        if !range.overlaps(node) { return 1 }
        if range.lowerBound <= node.lowerBound, node.upperBound <= range.upperBound { return 0 }
        var power: UInt64 = 1
        while power * 2 < node.upperBound - node.lowerBound { power *= 2 }
        return fewest(range, node.lowerBound..<(node.lowerBound + power))
            + fewest(range, (node.lowerBound + power)..<node.upperBound)
    }

    @Test(arguments: [0..<1, 0..<700, 1..<2, 250..<520, 256..<512, 511..<700, 699..<700] as [Range<UInt64>])
    func `a range file survives its bytes, and holds for its entries alone`(range: Range<UInt64>) throws {
        let file = try file(range, size: 700)
        #expect(try RangeProofFile(parsing: file.bytes) == file)
        let entries = range.map { entry($0) }
        #expect(try verifies(file, entries))
        #expect(try !verifies(file, entries.dropLast()), "the last is missing")
        #expect(try !verifies(file, entries.dropFirst()), "the first is missing")
        #expect(try !verifies(file, entries + [entry(range.upperBound)]), "one more than was said")
        #expect(try !verifies(file, [entry(range.lowerBound &- 1)] + entries), "one before it as well")
        #expect(try !verifies(file, range.map { entry($0 + 1) }), "its neighbours")
        var swapped = entries
        swapped.swapAt(0, entries.count - 1)
        #expect(try verifies(file, swapped) == (swapped == entries))
        for position in stride(from: 0, to: entries.count, by: 97) {
            var changed = entries
            changed[position][0] ^= 1
            #expect(try !verifies(file, changed))
        }
    }

    @Test func `a proof of one range or size is none of another`() throws {
        let good = try file(250..<520, size: 700)
        let root = try SignedCheckpoint(good.note, log: key).root
        let leaves = (0..<UInt64(700)).map { Hash.leaf(entry($0)) }
        func leads(_ range: Range<UInt64>, size: UInt64 = 700, left: [Hash]? = nil, right: [Hash]? = nil) -> Bool {
            guard
                let proof = RangeProof(
                    range: range, size: size, left: left ?? good.left, right: right ?? good.right)
            else { return false }
            var check = RangeCheck(proof)
            for index in range { check.read(leaves[Int(index)]) }
            return check.leads(to: root)
        }
        #expect(leads(250..<520))
        for from in 0..<UInt64(520) where from != 250 { #expect(!leads(from..<520)) }
        for to in 251...UInt64(700) where to != 520 { #expect(!leads(250..<to)) }
        // A size belongs to its root, and the checkpoint signs both. To the right of 640 nothing shows how much there is.
        for size in 520...UInt64(1500) { #expect(leads(250..<520, size: size) == (641...768).contains(size)) }
        for position in good.left.indices {
            var hashes = good.left
            hashes[position] = leaves[0]
            #expect(!leads(250..<520, left: hashes))
            hashes.remove(at: position)
            #expect(!leads(250..<520, left: hashes))
        }
        #expect(!leads(250..<520, left: good.left + [leaves[0]]))
        #expect(!leads(250..<520, right: good.right.reversed()) || good.right.count < 2)
        #expect(!leads(250..<520, right: good.right + [leaves[0]]))
    }

    @Test func `what does not say exactly one range is refused`() throws {
        let text = String(decoding: try file(250..<520, size: 700).bytes, as: UTF8.self)
        #expect(try RangeProofFile(parsing: text.utf8).range == 250..<520)
        let left = try #require(text.split(separator: "\n").first { $0.hasPrefix("left ") })
        for (old, new) in [
            ("@v1", "@v2"), ("from 250", "from 0250"), ("from 250", "from -1"), ("from 250", "from 520"),
            ("from 250", "from 521"), ("from 250", " from 250"), ("from 250\n", ""), ("to 520", "to 520 "),
            ("to 520", "to 9223372036854775808"), ("to 520\n", "to 520\r\n"), ("left ", "Left "), ("left ", "left  "),
            ("right ", "left "), ("\n\n", "\n"), ("\n\n", "\n\n\n"), ("\(left)\n", "\(left.dropLast(4))\n"),
            ("\(left)\n", "\(left)\n\n"), ("\(left)\n", String(repeating: "\(left)\n", count: 70)),
        ] {
            let bad = text.replacing(old, with: new, maxReplacements: old == "right " ? 1 : .max)
            #expect(bad != text)
            #expect(throws: NoteError.self, "\(old.debugDescription) → \(new.debugDescription)") {
                _ = try RangeProofFile(parsing: bad.utf8).check(log: key)
            }
        }
    }

    @Test func `no mutation of a range file crashes, and none proves other entries`() throws {
        let bytes = try file(250..<520, size: 700).bytes
        let entries = (250..<UInt64(520)).map { entry($0) }
        for mutated in mutations(of: bytes, count: 20_000, seed: 3) where mutated != bytes {
            guard let file = try? RangeProofFile(parsing: mutated), (try? file.check(log: key)) != nil else { continue }
            #expect(try file.range == 250..<520 || !verifies(file, entries))
        }
    }

    @Test func `a range beyond the log, or over a damaged bundle, is not proved`() throws {
        let store = try makeLog(size: 700, details: false)
        let log = LogDirectory("/log", storage: store)
        for range in [0..<701, 700..<701, 5..<5, 0..<UInt64.max] {
            let error = #expect(throws: LogVerificationError.self) { try log.prove(range, verifiedBy: key) }
            #expect(error?.code == .outOfRange)
        }
        for path in ["tile/entries/001", "tile/0/001"] {
            var bytes = try #require(store.bytes("/log/\(path)"))
            let good = bytes
            bytes[40] ^= 1
            store.setBytes("/log/\(path)", bytes)
            let error = #expect(throws: LogVerificationError.self) { try log.prove(250..<520, verifiedBy: key) }
            #expect(error?.path == path)
            store.setBytes("/log/\(path)", good)
        }
    }
}
