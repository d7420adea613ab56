import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import TransparencyLog

struct DetailErasureTests {
    /// A detail that is found wherever it lies.
    private func secret(_ number: UInt64) -> [UInt8] { Array("<secret \(number)>".utf8) }

    private func append(_ range: Range<UInt64>, to log: LogWriter) throws {
        try log.appendAll(range.map { number in LogRecord(entry: entry(number), detail: secret(number)) })
    }

    /// The files in which one of the secrets still lies.
    private func files(_ store: FaultyStore, with numbers: some Sequence<UInt64>) -> Set<String> {
        store.paths(with: numbers.map(secret))
    }

    @Test(arguments: [(0..<1, 1), (10..<20, 300), (250..<260, 300), (0..<300, 300), (40..<41, 100), (511..<512, 512)])
    func `erased details are in no file, all others and the tree are as before`(
        erased: Range<UInt64>, size: UInt64
    ) throws {
        let store = FaultyStore()
        let log = try store.openLog()
        try append(0..<size, to: log)
        #expect(!files(store, with: erased).isEmpty)
        try log.eraseDetails(of: RangeSet(erased))
        #expect(files(store, with: erased) == [])
        #expect(store.bytes("/log/erasing") == nil)

        try append(size..<size + 700, to: log)
        try log.close()
        let directory = LogDirectory("/log", storage: store)
        #expect(try directory.verify(with: testKey().verifierKey).size == size + 700)
        for number in 0..<size + 700 {
            let index = EntryIndex(number)
            let expected = erased.contains(number) ? [] : plainSeal(index, secret(number))
            #expect(try directory.sealedDetail(index) == expected)
        }
        let again = try store.openLog()
        #expect(again.durableSize == size + 700)
        try again.close()
    }

    @Test func `details are erased while others are written`() throws {
        let store = FaultyStore()
        let log = try store.openLog()
        try append(0..<400, to: log)
        let writer = Thread {
            for number in UInt64(400)..<4000 {
                while (try? log.append(LogRecord(entry: entry(number), detail: secret(number)))) == nil { usleep(200) }
            }
        }
        writer.start()
        for number in UInt64(0)..<20 { try log.eraseDetails(of: RangeSet(number * 20..<number * 20 + 10)) }
        while log.durableSize < 4000 { usleep(200) }
        let erased = (UInt64(0)..<400).filter { $0 % 20 < 10 }
        #expect(files(store, with: erased) == [])
        try log.close()
        let directory = LogDirectory("/log", storage: store)
        for number in UInt64(0)..<4000 {
            let index = EntryIndex(number)
            let expected = number < 400 && number % 20 < 10 ? [] : plainSeal(index, secret(number))
            #expect(try directory.sealedDetail(index) == expected)
        }
    }

    @Test(arguments: 0..<60)
    func `a crash at any operation of an erasure loses nothing else, and what was promised erased stays so`(
        seed: Int
    ) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let store = FaultyStore()
        let log = try store.openLog(segmentBytes: 4096)
        let size = UInt64.random(in: 1..<600, using: &generator)
        try append(0..<size, to: log)
        let first = UInt64.random(in: 0..<size, using: &generator)
        let erased = first..<UInt64.random(in: first + 1...size, using: &generator)
        let limit = Int.random(in: 0..<160, using: &generator)
        let start = Mutex<Int?>(nil)
        store.setFault { operation in
            let begin = start.withLock { start in
                start = start ?? operation.number
                return start ?? 0
            }
            return operation.number - begin >= limit ? .notDone(5) : nil
        }
        let isPromised = (try? log.eraseDetails(of: RangeSet(erased))) != nil
        store.halt()
        try? log.close()

        let crashed = store.crashed(&generator)
        let isNoted = crashed.bytes("/log/erasing") != nil
        let again = try crashed.openLog(segmentBytes: 4096)
        try append(size..<size + 10, to: again)
        try again.close()
        if isPromised || isNoted { #expect(files(crashed, with: erased) == []) }
        let directory = LogDirectory("/log", storage: crashed)
        #expect(try directory.verify(with: testKey().verifierKey).size == size + 10)
        for number in 0..<size + 10 where !erased.contains(number) {
            let index = EntryIndex(number)
            #expect(try directory.sealedDetail(index) == plainSeal(index, secret(number)))
        }
    }

    @Test func `the note of what is to be erased reads back, and nothing else does`() {
        let entries = RangeSet<UInt64>([0..<3, 9..<10])
        #expect(DetailErasure(parsing: DetailErasure(entries).bytes) == DetailErasure(entries))
        for text in [
            "", "details to erase v1", "details to erase v1\n1 1\n", "details to erase v1\n2 1\n",
            "details to erase v1\n0 2\n1 3\n", "details to erase v1\n01 3\n", "details to erase v2\n1 3\n",
            "details to erase v1\n1 3", "details to erase v1\n1  3\n", "details to erase v1\n1 3\n\n",
        ] {
            #expect(DetailErasure(parsing: Array(text.utf8)) == nil, "\(text)")
        }
    }
}
