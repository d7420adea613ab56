import Glibc
import Synchronization
import TestSupport
import Testing

@testable import TransparencyLog

/// Each thing the log asks of its disk, failing once, at each place where it is asked.
struct FaultTableTests {
    enum Kind: CaseIterable {
        case notDone, doneButFails, torn

        var fault: FaultyStore.Fault {
            switch self {
            case .notDone: .notDone(EIO)
            case .doneButFails: .doneButFails(EIO)
            case .torn: .torn(EIO)
            }
        }
    }

    private func open(_ store: FaultyStore) throws -> LogWriter {
        try LogWriter(
            directory: "/log", key: testKey(), options: smallOptions(interval: .seconds(3600), segmentBytes: 4096),
            storage: store, seal: plainSeal)
    }

    /// - Returns: Whether it was taken, if need be after a while.
    private func append(_ record: LogRecord, to log: LogWriter) -> Bool {
        while true {
            do throws(LogError) {
                _ = try log.append(record)
                return true
            } catch {
                guard error.isRetryable else { return false }
                usleep(50)
            }
        }
    }

    /// A life of a log with everything in it: groups, recycled segments, checkpoints, an erasure, a pruning.
    ///
    /// - Returns: How many entries were acknowledged, and what was signed and shown.
    private func live(_ store: FaultyStore) -> (durable: UInt64, signed: [SignedCheckpoint]) {
        var signed: [SignedCheckpoint] = []
        guard let log = try? open(store) else { return (0, signed) }
        let witnessed = Witnessed()
        log.addObserver(witnessed)
        for number in UInt64(0)..<300 {
            guard append(LogRecord(entry: entry(number), detail: entry(number)), to: log) else { break }
            guard number % 60 == 59 else { continue }
            while witnessed.state.withLock({ $0.durable ?? 0 < number && $0.failure == nil }) { usleep(50) }
            if let checkpoint = try? log.publishCheckpoint() { signed.append(checkpoint) }
        }
        try? log.eraseDetails(of: RangeSet(270..<280))
        try? log.prune(before: 256)
        try? log.close()
        return (witnessed.state.withLock { $0.durable.map { $0 + 1 } } ?? 0, signed)
    }

    @Test(arguments: Kind.allCases)
    func `whichever operation fails once, what was acknowledged and signed is there after the next start`(
        kind: Kind
    ) throws {
        let whole = FaultyStore()
        #expect(live(whole).durable == 300)
        var generator = SeededGenerator(seed: 9)
        // A few operations more or less, as threads meet: past the end nothing fails, which is fine too. Each kind takes
        // its turn with the others, so that every operation fails in one way.
        let turn = Kind.allCases.firstIndex(of: kind) ?? 0
        for failing in stride(from: 1 + turn, through: whole.operationCount, by: Kind.allCases.count) {
            let store = FaultyStore()
            store.setFault { $0.number == failing ? kind.fault : nil }
            let (durable, signed) = live(store)
            store.setFault(nil)
            store.halt()
            let disk = store.crashed(&generator)
            let again = try open(disk)
            #expect(again.durableSize >= durable, "operation \(failing)")
            try again.close()
            let directory = LogDirectory("/log", storage: disk)
            let verified = try directory.verify(with: testKey().verifierKey) { index, bytes in
                #expect(bytes == entry(index.rawValue), "operation \(failing)")
            }
            for checkpoint in signed {
                try directory.verifyConsistency(from: checkpoint.checkpoint, to: verified.checkpoint.checkpoint)
            }
        }
    }

    @Test func `cut anywhere in its last record, the write-ahead log opens with all records before it`() throws {
        let store = FaultyStore()
        let log = try open(store)
        for number in UInt64(0)..<5 { _ = try log.appendDurably(LogRecord(entry: entry(number), detail: [1, 2, 3])) }
        store.halt()
        try? log.close()
        let path = try #require(
            store.paths.first { $0.contains("/wal/") && store.bytes($0)?.contains { $0 != 0 } == true })
        let whole = try #require(store.bytes(path))
        let end = try #require(whole.lastIndex { $0 != 0 }) + 1
        // The frame of entry 3 ends where that of entry 4 begins: the cut that first brings back four entries.
        for cut in stride(from: end, through: end - 70, by: -1) {
            var generator = SeededGenerator(seed: 1)
            let disk = store.crashed(&generator)
            disk.setBytes(path, Array(whole[..<cut]) + [UInt8](repeating: 0, count: whole.count - cut))
            let again = try open(disk)
            let size = again.durableSize
            #expect(cut == end ? size == 5 : (3...4).contains(size), "cut at \(cut) of \(end)")
            _ = try again.appendDurably(LogRecord(entry: entry(size)))
            try again.close()
            #expect(try LogDirectory("/log", storage: disk).verify(with: testKey().verifierKey).size == size + 1)
        }
    }

    @Test func `one bit of a checkpoint changed, at any place, is refused and named`() throws {
        let store = try makeLog(size: 300)
        let good = try #require(store.bytes("/log/checkpoint"))
        let directory = LogDirectory("/log", storage: store)
        for position in good.indices {
            for bit in [UInt8(1), 0x20] {
                var bad = good
                bad[position] ^= bit
                store.setBytes("/log/checkpoint", bad)
                let error = #expect(throws: LogVerificationError.self, "byte \(position)") {
                    try directory.verify(with: testKey().verifierKey)
                }
                #expect(error?.path == "checkpoint", "byte \(position): \(String(describing: error))")
            }
        }
    }

    @Test func `a whole backup that was put back opens, and only a checkpoint kept elsewhere tells`() throws {
        let store = try makeLog(size: 300)
        let backup = store.paths.compactMap { path in store.bytes(path).map { (path, $0) } }
        _ = try makeLog(store, size: 50)
        let kept = try LogDirectory("/log", storage: store).checkpoint(verifiedBy: testKey().verifierKey)
        let names = Set(backup.map(\.0))
        for path in store.paths where !names.contains(path) { store.removeFile(path) }
        for (path, bytes) in backup { store.setBytes(path, bytes) }
        let log = try open(store)
        // Nothing in the directory knows better: this is what witnesses are for.
        #expect(log.durableSize == 300)
        for number in UInt64(0)..<60 { _ = try log.appendDurably(LogRecord(entry: entry(9_000 + number))) }
        try log.close()
        let directory = LogDirectory("/log", storage: store)
        let now = try directory.checkpoint(verifiedBy: testKey().verifierKey)
        let error = #expect(throws: LogVerificationError.self) {
            try directory.verifyConsistency(from: kept.checkpoint, to: now.checkpoint)
        }
        #expect(error?.code == .conflict)
    }
}
