import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import TransparencyLog

struct RecoveryTests {
    private func open(_ store: FaultyStore) throws -> LogWriter {
        try LogWriter(
            directory: "/log", key: testKey(), options: smallOptions(segmentBytes: 4096), storage: store,
            seal: plainSeal)
    }

    /// What an observer and a reader saw of a log before it crashed.
    private struct Seen {
        var durable: UInt64 = 0
        var checkpoints: [SignedCheckpoint] = []
        var entries: [UInt64: [UInt8]] = [:]
    }

    /// Appends until the store stops working; `life` makes the entries of each start distinct.
    private func run(_ store: FaultyStore, life: Int, _ seen: inout Seen, _ generator: inout SeededGenerator) {
        guard let log = try? open(store) else { return }
        let witnessed = Witnessed()
        log.addObserver(witnessed)
        for number in 0..<400 {
            let bytes = Array("life \(life) number \(number)".utf8)
            do throws(LogError) {
                let record = LogRecord(entry: bytes, detail: number % 2 == 0 ? bytes : nil)
                let isDurable = Int.random(in: 0..<4, using: &generator) == 0
                // Not appendDurably: when that throws, the entry has an index that is not known here.
                let index = try log.append(record)
                seen.entries[index.rawValue] = bytes
                while isDurable, witnessed.state.withLock({ $0.durable ?? 0 < index.rawValue && $0.failure == nil }) {
                    usleep(100)
                }
                if Int.random(in: 0..<16, using: &generator) == 0 { _ = try log.publishCheckpoint() }
            } catch {
                if !error.isRetryable { break }
            }
        }
        try? log.close()
        if let durable = witnessed.state.withLock({ $0.durable }) { seen.durable = max(seen.durable, durable + 1) }
        if let checkpoint = log.checkpoint { seen.checkpoints.append(checkpoint) }
    }

    @Test(arguments: 0..<400)
    func `after a crash at any operation, with any part of the rest lost, nothing durable is missing`(seed: Int) throws
    {
        var generator = SeededGenerator(seed: UInt64(seed))
        var store = FaultyStore()
        var seen = Seen()
        for life in 0..<5 {
            let limit = Int.random(in: 1..<(seed % 2 == 0 ? 120 : 1500), using: &generator)
            let halting = store
            store.setFault { operation in
                if operation.number >= limit { return .notDone(5) }
                return nil
            }
            run(store, life: life, &seen, &generator)
            halting.halt()
            store = store.crashed(&generator)
            // What a reader could see at this moment is binding as well.
            if let bytes = store.bytes("/log/checkpoint") {
                seen.checkpoints.append(try SignedCheckpoint(parsing: bytes, log: testKey().verifierKey))
            }
        }
        let log = try open(store)
        #expect(log.durableSize >= seen.durable)
        try log.close()
        let directory = LogDirectory("/log", storage: store)
        let verified = try directory.verify(with: testKey().verifierKey) { index, bytes in
            // An index beyond what was durable may have been given again in a later life.
            #expect(index.rawValue >= seen.durable || seen.entries[index.rawValue] == bytes)
        }
        #expect(verified.size == log.durableSize)
        for checkpoint in seen.checkpoints {
            try directory.verifyConsistency(from: checkpoint.checkpoint, to: verified.checkpoint.checkpoint)
        }
    }

    @Test func `a log whose derived files are all gone or garbled behind the settled mark is rebuilt`() throws {
        for damage in ["lost", "garbled"] {
            let store = FaultyStore()
            let log = try LogWriter(
                directory: "/log", key: testKey(), options: smallOptions(segmentBytes: 1 << 20), storage: store,
                seal: plainSeal)
            for number in 0..<UInt64(600) { _ = try log.append(LogRecord(entry: entry(number), detail: [1])) }
            while log.durableSize < 600 { usleep(100) }
            _ = try log.publishCheckpoint()
            store.halt()
            try? log.close()
            var generator = SeededGenerator(seed: 1)
            let crashed = store.crashed(&generator)
            for path in crashed.paths where path.hasPrefix("/log/tile") || path.hasPrefix("/log/detail") {
                if damage == "lost" {
                    crashed.removeFile(path)
                } else {
                    crashed.setBytes(path, [UInt8](repeating: 0xEE, count: 9000))
                }
            }
            let again = try open(crashed)
            #expect(again.durableSize == 600)
            try again.close()
            #expect(try LogDirectory("/log", storage: crashed).verify(with: testKey().verifierKey).size == 600)
            #expect(
                try LogDirectory("/log", storage: crashed).sealedDetail(EntryIndex(599))
                    == plainSeal(EntryIndex(599), [1]))
        }
    }

    @Test func `a restored backup is refused`() throws {
        let store = try makeLog(size: 300)
        let backup = Dictionary(
            uniqueKeysWithValues: store.paths.compactMap { path in store.bytes(path).map { (path, $0) } })
        _ = try makeLog(store, size: 50)
        // The tiles and the write-ahead log are those of the backup, the head is not.
        for (path, bytes) in backup where path != "/log/head" { store.setBytes(path, bytes) }
        let error = #expect(throws: LogError.self) { try open(store) }
        guard case .rolledBack = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `another history of the same length is refused`() throws {
        let store = try makeLog(size: 300)
        let key = try testKey()
        for (size, root) in [(300, Hash.leaf([1])), (200, Hash.leaf([1]))] as [(UInt64, Hash)] {
            let head = try SignedCheckpoint(
                signing: Checkpoint(origin: key.name, size: size, root: root), with: key)
            store.setBytes("/log/head", head.note.bytes)
            store.removeFile("/log/checkpoint")
            let error = #expect(throws: LogError.self) { try open(store) }
            guard case .rolledBack = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func `damage that recovery needs to build on is refused, with the file`() throws {
        for path in ["/log/tile/0/001", "/log/tile/entries/001", "/log/head", "/log/settled"] {
            let store = try makeLog(size: 300)
            var bytes = try #require(store.bytes(path))
            bytes[10] ^= 1
            store.setBytes(path, bytes)
            let error = #expect(throws: LogError.self) { try open(store) }
            guard case .corrupted(let named, _) = error else {
                Issue.record("\(path): \(String(describing: error))")
                continue
            }
            if path != "/log/tile/0/001" { #expect(named == path) }
        }
    }

    @Test func `a head that was not shown yet is shown after a restart`() throws {
        let store = FaultyStore()
        let log = try open(store)
        store.setFault { $0.path.hasPrefix("/log/checkpoint") ? .notDone(5) : nil }
        _ = try log.appendDurably(LogRecord(entry: entry(0)))
        #expect(throws: LogError.self) { try log.publishCheckpoint() }
        try? log.close()
        store.setFault(nil)
        let head = try #require(store.bytes("/log/head"))
        #expect(store.bytes("/log/checkpoint") != head)
        try open(store).close()
        #expect(store.bytes("/log/checkpoint") == head)
    }

    @Test func `opening an empty directory publishes the empty log`() throws {
        let store = FaultyStore()
        try open(store).close()
        let verified = try LogDirectory("/log", storage: store).verify(with: testKey().verifierKey)
        #expect(verified.size == 0)
        #expect(verified.root == .emptyRoot)
    }
}
