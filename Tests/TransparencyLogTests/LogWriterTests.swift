import Foundation
import Glibc
import Synchronization
import Testing

@testable import TransparencyLog

struct LogWriterTests {
    private func open(_ store: FaultyStore, _ options: LogWriter.Options = smallOptions()) throws -> LogWriter {
        try LogWriter(directory: "/log", key: testKey(), options: options, storage: store, seal: plainSeal)
    }

    private func verifiedSize(_ store: FaultyStore) throws -> UInt64 {
        try LogDirectory("/log", storage: store).verify(with: testKey().verifierKey).size
    }

    @Test func `entries appended from several threads get consecutive indices and are durable`() throws {
        try withTemporaryDirectory { directory in
            var options = LogWriter.Options()
            options.segmentBytes = 1 << 18
            let log = try LogWriter(directory: directory, key: testKey(), options: options, seal: plainSeal)
            let witnessed = Witnessed()
            log.addObserver(witnessed)
            let taken = Mutex<[UInt64: [UInt8]]>([:])
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                for number in 0..<500 {
                    let bytes = Array("\(thread) \(number)".utf8)
                    while true {
                        do throws(LogError) {
                            let index = try log.append(LogRecord(entry: bytes, detail: bytes))
                            taken.withLock { $0[index.rawValue] = bytes }
                            break
                        } catch {
                            #expect(error == .full)
                            usleep(1000)
                        }
                    }
                }
            }
            let last = try log.appendDurably(LogRecord(entry: entry(2000)))
            #expect(last == EntryIndex(2000))
            #expect(log.durableSize == 2001)
            #expect(witnessed.state.withLock { $0.durable ?? 0 } <= 2000)
            #expect(try log.publishCheckpoint().size == 2001)
            // A reader works beside the writer.
            let reader = LogDirectory(directory)
            let expected = taken.withLock { $0 }
            #expect(expected.count == 2000)
            let verified = try reader.verify(with: testKey().verifierKey) { index, bytes in
                if index != last { #expect(expected[index.rawValue] == bytes) }
            }
            #expect(verified.size == 2001)
            let detail = try reader.sealedDetail(EntryIndex(777))
            #expect(detail == expected[777].map { plainSeal(EntryIndex(777), $0) })
            #expect(throws: LogError.locked(path: directory + "/lock")) {
                try LogWriter(directory: directory, key: testKey(), seal: plainSeal)
            }
            try log.close()
            try log.close()
            #expect(witnessed.state.withLock { $0.durable } == 2000)
            #expect(throws: LogError.closed) { try log.append(LogRecord(entry: [])) }
            #expect(throws: LogError.closed) { try log.publishCheckpoint() }
            let again = try LogWriter(directory: directory, key: testKey(), options: options, seal: plainSeal)
            #expect(again.durableSize == 2001)
            #expect(try again.appendDurably(LogRecord(entry: [])) == EntryIndex(2001))
            try again.close()
        }
    }

    @Test func `what is enqueued is durable after a commit, and at the latest when the log is closed`() throws {
        try withTemporaryDirectory { directory in
            let log = try LogWriter(directory: directory, key: testKey(), options: smallOptions(), seal: plainSeal)
            for number in 0..<10 as Range<UInt64> { _ = try log.enqueue(LogRecord(entry: entry(number))) }
            log.commit()
            let size = log.core.progress.wait { $0.durableSize >= 10 ? $0.durableSize : nil }
            #expect(size == 10)
            _ = try log.enqueue(LogRecord(entry: entry(10)))
            try log.close()
            #expect(try LogDirectory(directory).verify(with: testKey().verifierKey).size == 11)
        }
    }

    @Test func `what is too long is refused, the longest is taken`() throws {
        let store = FaultyStore()
        let log = try open(store, smallOptions(segmentBytes: 2 << 20))
        #expect(throws: LogError.entryTooLarge(bytes: 65_536)) {
            try log.append(LogRecord(entry: [UInt8](repeating: 1, count: 65_536)))
        }
        let long = (1 << 20) + 1
        #expect(throws: LogError.entryTooLarge(bytes: long)) {
            try log.append(LogRecord(entry: [], detail: [UInt8](repeating: 1, count: long)))
        }
        let largest = LogRecord(
            entry: [UInt8](repeating: 1, count: 65_535), detail: [UInt8](repeating: 2, count: 1 << 20))
        #expect(try log.appendDurably(largest) == EntryIndex(0))
        #expect(try log.appendDurably(largest) == EntryIndex(1))
        #expect(try log.publishCheckpoint().size == 2)
        try log.close()
        let reader = LogDirectory("/log", storage: store)
        #expect(try reader.entry(EntryIndex(1), size: 2).count == 65_535)
        #expect(try reader.sealedDetail(EntryIndex(1))?.count == (1 << 20) + 2)
        #expect(try verifiedSize(store) == 2)
    }

    @Test func `segments are recycled, over and over`() throws {
        let store = FaultyStore()
        let log = try open(store, smallOptions(segmentBytes: 4096))
        for number in 0..<UInt64(2000) {
            while true {
                do throws(LogError) {
                    _ = try log.appendDurably(LogRecord(entry: entry(number), detail: entry(number)))
                    break
                } catch {
                    try #require(error == .full)
                    _ = try log.publishCheckpoint()
                }
            }
        }
        try log.close()
        #expect(store.paths.filter { $0.hasPrefix("/log/wal/") }.count == 4)
        #expect(try verifiedSize(store) == 2000)
    }

    @Test func `the queue's bound refuses, and lets in again`() throws {
        let store = FaultyStore()
        let gate = Monitor(false)
        var options = smallOptions()
        options.queuedRecordsMax = 3
        let log = try LogWriter(directory: "/log", key: testKey(), options: options, storage: store) { _, detail in
            _ = gate.wait { $0 ? true : nil }
            return detail
        }
        // The writer thread holds the first group in the sealing closure; only then is the queue's length certain.
        _ = try log.append(LogRecord(entry: [0], detail: []))
        var accepted = 1
        var refusal: LogError?
        while refusal == nil {
            do throws(LogError) {
                _ = try log.append(LogRecord(entry: [1], detail: []))
                accepted += 1
            } catch {
                refusal = error
            }
        }
        #expect(refusal == .full)
        #expect((3...7).contains(accepted))
        gate.update { isOpen in
            isOpen = true
            return true
        }
        while (try? log.appendDurably(LogRecord(entry: [2]))) == nil {}
        #expect(log.durableSize == UInt64(accepted) + 1)
        try log.close()
    }

    @Test(arguments: ["write", "fdatasync"], [0, 1, 2])
    func `a failed write or sync stops the log, and nothing is acknowledged`(operation: String, kind: Int) throws {
        let store = FaultyStore()
        let log = try open(store)
        let witnessed = Witnessed()
        log.addObserver(witnessed)
        _ = try log.appendDurably(LogRecord(entry: entry(0)))
        store.setFault { current in
            guard current.name == operation, current.path.contains("/wal/") else { return nil }
            return kind == 0 ? .notDone(EIO) : kind == 1 ? .doneButFails(EIO) : .torn(EIO)
        }
        let error = #expect(throws: LogError.self) { try log.appendDurably(LogRecord(entry: entry(1))) }
        guard case .failed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(throws: LogError.self) { try log.append(LogRecord(entry: entry(2))) }
        #expect(throws: LogError.self) { try log.publishCheckpoint() }
        #expect(throws: LogError.self) { try log.close() }
        let state = witnessed.state.withLock { $0 }
        #expect(state.durable == 0)
        #expect(state.failures == 1)
        #expect(state.reportsAfterFailure == 0)
        #expect(log.durableSize == 1)
        let late = Witnessed()
        log.addObserver(late)
        #expect(late.state.withLock { $0.failures } == 1)
        // Another process takes over from what is on disk.
        store.setFault(nil)
        let again = try open(store)
        #expect((1...2).contains(again.durableSize))
        try again.close()
        #expect(try verifiedSize(store) >= 1)
    }

    @Test(arguments: ["/log/tile/", "/log/checkpoint.new", "/log/head.new", "/log/settled.new"])
    func `an I/O error behind the write-ahead log stops the log too`(path: String) throws {
        let store = FaultyStore()
        let log = try open(store)
        store.setFault { $0.path.hasPrefix(path) ? .notDone(EIO) : nil }
        // The failure may be known before the entry's own durability is: it is in the write-ahead log all the same.
        _ = try? log.appendDurably(LogRecord(entry: entry(0)))
        #expect(throws: LogError.self) {
            _ = try log.publishCheckpoint()
            try log.close()
        }
        try? log.close()
        store.setFault(nil)
        let again = try open(store)
        #expect(again.durableSize == 1)
        try again.close()
        #expect(try verifiedSize(store) == 1)
    }

    @Test(arguments: ["tile", "head", "settled", "detail"])
    func `a full disk refuses appends before they are taken, and they work again when there is space`(file: String)
        throws
    {
        let store = FaultyStore()
        let log = try open(store, smallOptions(segmentBytes: 4096))
        let isFull = Mutex(true)
        store.setFault { operation in
            guard operation.name == "write" || operation.name == "create", !operation.path.contains("/wal/") else {
                return nil
            }
            return operation.path.hasPrefix("/log/\(file)") && isFull.withLock { $0 } ? .notDone(ENOSPC) : nil
        }
        var taken: UInt64 = 0
        var refusal: LogError?
        while refusal == nil {
            do throws(LogError) {
                _ = try log.appendDurably(LogRecord(entry: entry(taken), detail: [1]))
                taken += 1
            } catch {
                if error != .full { refusal = error }
            }
        }
        #expect(refusal == .outOfSpace)
        #expect(throws: LogError.outOfSpace) { try log.append(LogRecord(entry: entry(taken))) }
        // What ends something begun earlier still finds room, up to a point.
        #expect(try log.appendDurably(LogRecord(entry: entry(taken), usesReserve: true)) == EntryIndex(taken))
        taken += 1
        refusal = nil
        while refusal == nil {
            do throws(LogError) {
                _ = try log.appendDurably(LogRecord(entry: entry(taken), usesReserve: true))
                taken += 1
            } catch {
                refusal = error
            }
        }
        #expect(refusal == .outOfSpace)
        #expect(log.durableSize == taken)
        isFull.withLock { $0 = false }
        while true {
            do throws(LogError) {
                _ = try log.appendDurably(LogRecord(entry: entry(taken)))
                taken += 1
                break
            } catch {
                try #require(error.isRetryable)
                usleep(1000)
            }
        }
        #expect(try log.publishCheckpoint().size == taken)
        try log.close()
        #expect(try verifiedSize(store) == taken)
    }

    @Test func `a log for which no segment can be preallocated does not open, and can later`() throws {
        let store = FaultyStore()
        store.setFault { $0.name == "reserve" ? .notDone(ENOSPC) : nil }
        #expect(throws: LogError.outOfSpace) { try open(store) }
        store.setFault(nil)
        let log = try open(store)
        #expect(try log.appendDurably(LogRecord(entry: [])) == EntryIndex(0))
        try log.close()
    }

    @Test func `a checkpoint is durable as head before anybody sees it`() throws {
        let store = FaultyStore()
        let log = try open(store)
        let seen = Mutex<[String]>([])
        store.setFault { operation in
            if operation.path.contains("head") || operation.path.contains("checkpoint") || operation.name == "fsync" {
                seen.withLock { $0.append("\(operation.name) \(operation.path)") }
            }
            return nil
        }
        _ = try log.appendDurably(LogRecord(entry: []))
        _ = try log.publishCheckpoint()
        let steps = seen.withLock { $0 }
        let rename = try #require(steps.firstIndex(of: "rename /log/head.new"))
        let show = try #require(steps.firstIndex(of: "rename /log/checkpoint.new"))
        let sync = try #require(steps[rename...].firstIndex(of: "fsync /log"))
        #expect(rename < sync && sync < show)
        #expect(try #require(steps.firstIndex(of: "fdatasync /log/head.new")) < rename)
        try log.close()
    }
}
