import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import TransparencyLog

struct PruningTests {
    /// What is found wherever it lies.
    private func secret(_ number: UInt64) -> [UInt8] { Array("<entry \(number)>".utf8) }

    private func append(_ range: Range<UInt64>, to log: LogWriter) throws {
        try log.appendAll(range.map { number in LogRecord(entry: secret(number), detail: secret(number)) })
    }

    private func files(_ store: FaultyStore, with numbers: some Sequence<UInt64>) -> Set<String> {
        store.paths(with: numbers.map(secret))
    }

    /// All that must be true of a log of `size` entries that keeps those from `minimum` on.
    private func check(_ store: FaultyStore, size: UInt64, keptFrom minimum: UInt64) throws {
        let directory = LogDirectory("/log", storage: store)
        let key = try testKey().verifierKey
        #expect(try directory.minimum() == minimum)
        var seen: [UInt64] = []
        let verified = try directory.verify(with: key) { index, bytes in
            #expect(bytes == secret(index.rawValue))
            seen.append(index.rawValue)
        }
        #expect(verified.size == size && verified.minimum == minimum)
        #expect(seen == Array(minimum..<size))
        #expect(verified.root == Hash.treeRoot(of: (0..<size).map { Hash.leaf(secret($0)) }[...]))
        for number in [0, minimum / 2, minimum, size - 1] where number < size {
            let proof = try directory.inclusionProof(of: EntryIndex(number), size: size)
            #expect(proof.verifies(leaf: .leaf(secret(number)), root: verified.root))
        }
        for old in [1, minimum / 2, minimum, size] {
            let root = Hash.treeRoot(of: (0..<old).map { Hash.leaf(secret($0)) }[...])
            try directory.verifyConsistency(
                from: Checkpoint(origin: key.name, size: old, root: old == 0 ? .emptyRoot : root),
                to: verified.checkpoint.checkpoint)
        }
    }

    @Test(arguments: [(256, 300), (512, 513), (1024, 1500), (70_400, 70_500)] as [(UInt64, UInt64)])
    func `pruned entries and their details are in no file, and every proof of the tree holds`(
        minimum: UInt64, size: UInt64
    ) throws {
        let store = FaultyStore()
        let log = try store.openLog(segmentBytes: 1 << 20)
        try append(0..<size, to: log)
        #expect(log.minimum == 0)
        try log.prune(before: minimum)
        #expect(log.minimum == minimum)
        #expect(files(store, with: [0, 1, minimum / 2, minimum - 1]) == [])
        try append(size..<size + 300, to: log)
        try log.close()
        try check(store, size: size + 300, keptFrom: minimum)
        let again = try store.openLog(segmentBytes: 1 << 20)
        #expect(again.durableSize == size + 300 && again.minimum == minimum)
        try again.close()
    }

    @Test func `only whole bundles are pruned, never the last entry, and never less than before`() throws {
        let store = FaultyStore()
        let log = try store.openLog()
        try append(0..<512, to: log)
        try log.prune(before: 255)
        #expect(log.minimum == 0)
        try log.prune(before: 511)
        #expect(log.minimum == 256)
        try log.prune(before: 10_000)
        #expect(log.minimum == 256)
        try append(512..<600, to: log)
        try log.prune(before: 600)
        #expect(log.minimum == 512)
        try log.prune(before: 256)
        #expect(log.minimum == 512)
        try log.close()
        try check(store, size: 600, keptFrom: 512)
    }

    @Test func `what is asked for and was pruned is called that, not missing or damaged`() throws {
        let store = FaultyStore()
        let log = try store.openLog()
        try append(0..<600, to: log)
        try log.prune(before: 512)
        try log.close()
        let directory = LogDirectory("/log", storage: store)
        let key = try testKey().verifierKey
        func code(_ body: () throws -> Void) -> LogVerificationError.Code? {
            do {
                try body()
                return nil
            } catch {
                return (error as? LogVerificationError)?.code
            }
        }
        #expect(code { _ = try directory.prove(EntryIndex(3), verifiedBy: key) } == .pruned)
        #expect(code { _ = try directory.prove(500..<520, verifiedBy: key) } == .pruned)
        #expect(code { _ = try directory.entry(EntryIndex(511), size: 600) } == .pruned)
        #expect(code { _ = try directory.prove(EntryIndex(512), verifiedBy: key) } == nil)
        #expect(code { _ = try directory.prove(512..<600, verifiedBy: key) } == nil)
        // What is missing beyond the mark is missing.
        store.removeFile("/log/tile/entries/002")
        #expect(code { _ = try directory.entry(EntryIndex(599), size: 600) } == .missing)
    }

    @Test func `of pruned entries the hashes are verified, and damage to them is named`() throws {
        let store = FaultyStore()
        let log = try store.openLog()
        try append(0..<1200, to: log)
        try log.prune(before: 1024)
        try log.close()
        let path = "/log/tile/0/001"
        var bytes = try #require(store.bytes(path))
        bytes[40] ^= 1
        store.setBytes(path, bytes)
        let error = #expect(throws: LogVerificationError.self) {
            try LogDirectory("/log", storage: store).verify(with: testKey().verifierKey)
        }
        #expect(error?.path == "tile/0/001" && error?.code == .damaged)
    }

    @Test func `tiles of what is kept are rebuilt on a pruned log`() throws {
        let store = FaultyStore()
        let log = try store.openLog()
        try append(0..<1200, to: log)
        try log.prune(before: 512)
        try log.close()
        let before = store.bytes("/log/tile/1/000")
        store.removeFile("/log/tile/0/003")
        store.removeFile("/log/tile/0/004")
        let result = try TileRebuild(directory: "/log", storage: store).run(log: testKey().verifierKey)
        #expect(result.mended == ["tile/0/003", "tile/0/004"])
        #expect(store.bytes("/log/tile/1/000") == before)
        try check(store, size: 1200, keptFrom: 512)
    }

    @Test(arguments: 0..<120)
    func `a crash at any operation of a pruning loses nothing that is kept, and the next start goes on`(
        seed: Int
    ) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var store = FaultyStore()
        let first = try store.openLog(segmentBytes: 4096)
        let size = UInt64.random(in: 600..<1400, using: &generator)
        try append(0..<size, to: first)
        let wanted = UInt64.random(in: 256..<size, using: &generator) / 256 * 256
        var promised: UInt64 = 0
        var log: LogWriter? = first
        // The crash of one start, and perhaps of the next ones, which go on from where it was.
        for life in 0..<3 {
            let limit = Int.random(in: 0..<(life == 0 ? 220 : 90), using: &generator)
            let start = Mutex<Int?>(nil)
            store.setFault { operation in
                let begin = start.withLock { start in
                    start = start ?? operation.number
                    return start ?? 0
                }
                return operation.number - begin >= limit ? .notDone(5) : nil
            }
            log = log ?? (try? store.openLog(segmentBytes: 4096))
            if let log, (try? log.prune(before: wanted)) != nil { promised = max(promised, log.minimum) }
            store.halt()
            try? log?.close()
            log = nil
            store = store.crashed(&generator)
            let mark = try #require(try PruneMark.load(from: "/log", store))
            #expect(mark.minimum >= promised && mark.minimum <= wanted)
        }
        let minimum = try #require(try PruneMark.load(from: "/log", store)).minimum
        let again = try store.openLog(segmentBytes: 4096)
        #expect(again.durableSize == size)
        try append(size..<size + 20, to: again)
        // Whatever was begun is finished without being asked for again.
        while try #require(try PruneMark.load(from: "/log", store)).bundlesLeft.isEmpty == false { usleep(1000) }
        try again.close()
        if minimum > 0 {
            #expect(files(store, with: 0..<minimum).filter { !$0.contains("/wal/") } == [])
            try check(store, size: size + 20, keptFrom: minimum)
        }
    }

    @Test func `a published copy is pruned after its checkpoint says more, partial bundles too`() throws {
        try withTemporaryDirectory { folder in
            let (ledger, copy) = ("\(folder)/ledger", "\(folder)/copy")
            let key = try testKey()
            let log = try LogWriter(directory: ledger, key: key, options: smallOptions()) { $1 }
            for (from, to) in [(0, 100), (100, 700)] as [(UInt64, UInt64)] {
                for number in from..<to { _ = try log.append(LogRecord(entry: secret(number))) }
                _ = try log.appendDurably(LogRecord(entry: secret(to)))
                _ = try log.publishCheckpoint()
                try LogDirectory(ledger).publish(to: copy, verifiedBy: key.verifierKey)
            }
            #expect(FileManager.default.fileExists(atPath: "\(copy)/tile/entries/000.p/101"))
            try log.prune(before: 512)
            try LogDirectory(ledger).publish(to: copy, verifiedBy: key.verifierKey)
            #expect(!FileManager.default.fileExists(atPath: "\(copy)/tile/entries/000.p/101"))
            #expect(!FileManager.default.fileExists(atPath: "\(copy)/tile/entries/001"))
            let verified = try LogDirectory(copy).verify(with: key.verifierKey)
            #expect(verified.minimum == 512 && verified.size == 702)
            // A copy that is made only now has the hashes of everything, too.
            try LogDirectory(ledger).publish(to: "\(folder)/late", verifiedBy: key.verifierKey)
            #expect(try LogDirectory("\(folder)/late").verify(with: key.verifierKey).minimum == 512)
            try log.close()
        }
    }

    @Test func `the mark reads back, and nothing else does`() {
        let mark = PruneMark(minimum: 512, removed: 256)
        #expect(PruneMark(parsing: mark.bytes) == mark)
        for text in [
            "", "ringfence log pruned v1\n512\n", "ringfence log pruned v1\n256\n512\n",
            "ringfence log pruned v1\n300\n0\n", "ringfence log pruned v1\n512\n3\n",
            "ringfence log pruned v2\n512\n0\n",
            "ringfence log pruned v1\n512\n0", "ringfence log pruned v1\n0512\n0\n",
            "ringfence log pruned v1\n512\n0\n\n",
        ] {
            #expect(PruneMark(parsing: Array(text.utf8)) == nil, "\(text)")
        }
    }
}
