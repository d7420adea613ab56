import Testing

@testable import TransparencyLog

struct TileRebuildTests {
    private func rebuild(_ store: FaultyStore) throws -> TileRebuild.Result {
        try TileRebuild(directory: "/log", storage: store).run(log: testKey().verifierKey)
    }

    @Test(arguments: [1, 255, 256, 700, 66_000]) func `lost and garbled tiles come back as they were`(size: UInt64)
        throws
    {
        let store = try makeLog(size: size, details: false)
        let tiles = store.paths.filter { $0.hasPrefix("/log/tile/") && !$0.hasPrefix("/log/tile/entries") }
        let before = Dictionary(uniqueKeysWithValues: tiles.map { ($0, store.bytes($0)) })
        #expect(try rebuild(store).mended == [])
        for (position, path) in tiles.enumerated() {
            switch position % 3 {
            case 0: store.removeFile(path)
            case 1: store.setBytes(path, (store.bytes(path) ?? []).map { $0 ^ 1 })
            default: store.setBytes(path, Array((store.bytes(path) ?? []).dropLast(5)))
            }
        }
        let result = try rebuild(store)
        #expect(result.mended.count == tiles.count && result.size == size)
        for path in tiles { #expect(store.bytes(path) == before[path], "\(path)") }
        #expect(try LogDirectory("/log", storage: store).verify(with: testKey().verifierKey).size == size)
    }

    @Test func `nothing is written over entries that are not those that were signed`() throws {
        let store = try makeLog(size: 700, details: false)
        let path = "/log/tile/entries/001"
        let bytes = try #require(store.bytes(path))
        var changed = bytes
        changed[changed.count - 1] ^= 1
        store.setBytes(path, changed)
        store.removeFile("/log/tile/0/000")
        let error = #expect(throws: LogError.self) { try rebuild(store) }
        guard case .corrupted = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(store.bytes("/log/tile/0/000") == nil)
        store.removeFile(path)
        #expect(throws: LogError.self) { try rebuild(store) }
    }

    @Test func `a directory that is written, and one without a head, are left alone`() throws {
        let store = try makeLog(size: 10, details: false)
        let log = try LogWriter(
            directory: "/log", key: testKey(), options: smallOptions(), storage: store, seal: plainSeal)
        #expect(throws: LogError.locked(path: "/log/lock")) { try rebuild(store) }
        try log.close()
        for name in ["head", "checkpoint", "settled"] { store.removeFile("/log/\(name)") }
        #expect(throws: LogError.self) { try rebuild(store) }
    }

    @Test func `a tile that the disk garbles is found before the log forgets the entries`() throws {
        let store = FaultyStore()
        let log = try LogWriter(
            directory: "/log", key: testKey(), options: smallOptions(interval: .seconds(3600)), storage: store,
            seal: plainSeal)
        for number in 0..<UInt64(255) { _ = try log.appendDurably(LogRecord(entry: entry(number))) }
        _ = try log.publishCheckpoint()
        var bytes = try #require(store.bytes("/log/tile/entries/000"))
        bytes[3] ^= 1
        store.setBytes("/log/tile/entries/000", bytes)
        _ = try log.append(LogRecord(entry: entry(255)))
        let error = #expect(throws: LogError.self) { try log.close() }
        guard case .failed(let what) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(what.contains("tile/0/000"))
    }
}
