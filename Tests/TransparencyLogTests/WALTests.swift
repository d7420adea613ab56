import Testing

@testable import TransparencyLog

struct WALTests {
    /// A segment with groups of the given sizes, and where each frame ends.
    private func segment(
        groups: [Int], salt: UInt64 = 0x5A17, sequence: UInt64 = 1, first: UInt64 = 0, size: Int = 4096, mark: UInt8 = 0
    )
        -> (bytes: [UInt8], ends: [Int])
    {
        var bytes = [UInt8](repeating: 0, count: size)
        var ends: [Int] = []
        bytes.withUnsafeMutableBytes { buffer in
            let header = WALFormat.Header(
                sequence: sequence, salt: salt, firstIndex: first, origin: WALFormat.originCode("log"))
            WALFormat.write(header, to: buffer)
            var offset = WALFormat.headerBytes
            var index = first
            for group in groups {
                let groupFirst = index
                for _ in 0..<group {
                    offset += WALFormat.write(
                        entry: entry(index).map { $0 ^ mark }, detail: index % 2 == 0 ? [1, 2, 3 ^ mark] : nil,
                        index: index,
                        groupFirst: groupFirst, salt: salt,
                        to: UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]))
                    ends.append(offset)
                    index += 1
                }
            }
        }
        return (bytes, ends)
    }

    private func replay(_ segments: [[UInt8]], from first: UInt64 = 0) throws(LogError) -> [UInt64] {
        let all = segments.enumerated().map { WALReplay.Segment(name: "segment-\($0)", bytes: $1) }
        var indices: [UInt64] = []
        try WALReplay(all, origin: WALFormat.originCode("log")).records(from: first) { record throws(LogError) in
            #expect(record.entry == entry(record.index))
            #expect(record.sealedDetail == (record.index % 2 == 0 ? [1, 2, 3] : nil))
            indices.append(record.index)
        }
        return indices
    }

    @Test func `cut at any byte, the whole frames before the cut are replayed`() throws {
        let (bytes, ends) = segment(groups: [1, 3, 1, 4])
        let old = segment(groups: [9], salt: 0xBAD, mark: 0x20).bytes
        for cut in 0...(ends.last ?? 0) {
            let whole = ends.filter { $0 <= cut }.count
            let expected = cut < WALFormat.headerBytes ? [] : (0..<UInt64(whole)).map { $0 }
            let zeros = Array(bytes[..<cut]) + [UInt8](repeating: 0, count: bytes.count - cut)
            #expect(try replay([zeros]) == expected)
            // A segment that was used before has old frames behind the cut, of the same indices even.
            let recycled = Array(bytes[..<cut]) + old[cut...]
            if cut >= WALFormat.headerBytes { #expect(try replay([recycled]) == expected) }
            #expect(try replay([Array(bytes[..<cut])]) == expected)
        }
    }

    @Test func `damage in a group that was durable is reported, in the last group it is the torn tail`() throws {
        let (good, ends) = segment(groups: [2, 3, 2])
        for position in WALFormat.headerBytes..<ends[6] {
            var bad = good
            bad[position] ^= 0x80
            let damaged = ends.firstIndex { position < $0 } ?? 0
            if damaged < 5 {
                #expect(throws: LogError.self, "byte \(position)") { try replay([bad]) }
            } else {
                #expect(try replay([bad]) == (0..<UInt64(damaged)).map { $0 })
            }
        }
        // A header that was lost although later groups were written.
        for position in 0..<48 {
            var bad = good
            bad[position] ^= 1
            #expect(throws: LogError.self) { try replay([bad]) }
        }
    }

    @Test func `segments continue one another, and a gap is reported`() throws {
        let first = segment(groups: [3, 3]).bytes
        let second = segment(groups: [2], salt: 2, sequence: 2, first: 6).bytes
        let third = segment(groups: [2], salt: 3, sequence: 3, first: 8).bytes
        #expect(try replay([third, first, second]) == Array(0..<10))
        #expect(try replay([third, second], from: 7) == [7, 8, 9])
        #expect(try replay([third, first, second], from: 10) == [])
        #expect(throws: LogError.self) { try replay([first, third]) }
        #expect(throws: LogError.self) { try replay([second, third]) }
        // What a former life left beyond where the next one continued is not believed.
        let continued = segment(groups: [2], salt: 4, sequence: 4, first: 4).bytes
        #expect(try replay([first, continued]) == Array(0..<6))
    }

    @Test func `a segment of another log is not replayed`() throws {
        let all = [WALReplay.Segment(name: "s", bytes: segment(groups: [2]).bytes)]
        var count = 0
        try WALReplay(all, origin: WALFormat.originCode("other")).records(from: 0) { _ throws(LogError) in count += 1 }
        #expect(count == 0)
    }

    @Test func `no mutation crashes the replay or invents a record`() throws {
        let (good, ends) = segment(groups: [2, 1, 2], size: 512)
        for bytes in mutations(of: Array(good.prefix(ends[4])), count: 3_000, seed: 5) {
            let indices = (try? replay([bytes])) ?? []
            #expect(indices == (0..<UInt64(indices.count)).map { $0 })
        }
    }
}
