import Testing

@testable import TransparencyLog

struct TilePathTests {
    @Test(arguments: [
        ("tile/0/000", TilePath(.hashes(level: 0), index: 0)),
        ("tile/0/999", TilePath(.hashes(level: 0), index: 999)),
        ("tile/0/x001/000", TilePath(.hashes(level: 0), index: 1000)),
        ("tile/63/x001/x234/067", TilePath(.hashes(level: 63), index: 1_234_067)),
        ("tile/0/x001/x000/x000/000", TilePath(.hashes(level: 0), index: 1_000_000_000)),
        ("tile/entries/x001/x234/067.p/8", TilePath(.entries, index: 1_234_067, width: 8)),
        ("tile/2/000.p/255", TilePath(.hashes(level: 2), index: 0, width: 255)),
    ])
    func `a path and its tile mean each other`(text: String, path: TilePath?) throws {
        let path = try #require(path)
        #expect(path.description == text)
        #expect(TilePath(parsing: text) == path)
    }

    @Test(arguments: [
        "", "tile", "tile/", "tile/0", "tile/0/", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001", "tile/0/001/000", "tile/0/x001", "tile/0/x001/x000", "tile/0/X001/000", "tile/0/000.p",
        "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/.p/1", "tile/0/000/../001",
        "/tile/0/000", "tile/0/000/", "tile//000", "tile/data/000", "tile/8/0/000/", "tile/0/٠٠٠", "tile/0/000.p/1/2",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ])
    func `anything else is refused`(text: String) {
        #expect(TilePath(parsing: text) == nil)
    }

    @Test func `bounds are kept`() {
        #expect(TilePath(.hashes(level: 64), index: 0) == nil)
        #expect(TilePath(.hashes(level: -1), index: 0) == nil)
        #expect(TilePath(.entries, index: 0, width: 0) == nil)
        #expect(TilePath(.entries, index: 0, width: 257) == nil)
        let last = TilePath(.entries, index: .max)
        #expect(last.flatMap { TilePath(parsing: $0.description) } == last)
    }

    @Test func `mutated paths either have their one spelling or are refused`() {
        let good = Array("tile/entries/x001/x234/067.p/8".utf8)
        for bytes in mutations(of: good, count: 20_000, seed: 3) {
            let text = String(decoding: bytes, as: UTF8.self)
            if let path = TilePath(parsing: text) { #expect(path.description == text) }
        }
    }

    @Test func `a bundle holds entries of any length, exactly`() throws {
        let entries: [[UInt8]] = [[], [1], Array(repeating: 7, count: 65_535), [2, 3]]
        let bytes = EntryBundle(entries: entries).bytes
        #expect(bytes.count == 8 + 65_538)
        #expect(try EntryBundle(parsing: bytes, count: 4).entries == entries)
        #expect(throws: NoteError.self) { try EntryBundle(parsing: bytes, count: 3) }
        #expect(throws: NoteError.self) { try EntryBundle(parsing: bytes, count: 5) }
        #expect(throws: NoteError.self) { try EntryBundle(parsing: bytes + [0], count: 4) }
        #expect(throws: NoteError.self) { try EntryBundle(parsing: bytes.dropLast(), count: 4) }
        #expect(throws: NoteError.self) { try EntryBundle(parsing: [], count: 257) }
        let small = EntryBundle(entries: [[], [1, 2], [3]])
        for mutated in mutations(of: small.bytes, count: 5_000, seed: 4) {
            if let parsed = try? EntryBundle(parsing: mutated, count: 3) { #expect(parsed.bytes == mutated) }
        }
    }
}
