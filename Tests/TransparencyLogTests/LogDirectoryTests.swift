import Foundation
import Testing

@testable import TransparencyLog

struct LogDirectoryTests {
    private let key: VerifierKey

    init() throws { key = try testKey().verifierKey }

    @Test(arguments: [0, 1, 255, 256, 257, 700])
    func `a log of any size verifies, live and as a copy`(size: UInt64) throws {
        let store = try makeLog(size: size)
        let log = LogDirectory("/log", storage: store)
        var seen: [EntryIndex] = []
        let verified = try log.verify(with: key) { index, bytes in
            #expect(bytes == entry(index.rawValue))
            seen.append(index)
        }
        #expect(verified.size == size)
        #expect(seen == (0..<size).map { EntryIndex($0) })
        #expect(verified.origin == "log.example/test")
        for index in 0..<size {
            #expect(
                try log.sealedDetail(EntryIndex(index))
                    == (index % 3 == 0 ? plainSeal(EntryIndex(index), entry(index)) : nil))
        }
        #expect(try log.sealedDetail(EntryIndex(size)) == nil)
        if size > 0 { #expect(try log.entry(EntryIndex(size - 1), size: size) == entry(size - 1)) }
        #expect(throws: LogVerificationError.self) { try log.entry(EntryIndex(size), size: size) }
    }

    @Test func `a flipped byte in any tile or bundle is found, and the file is named`() throws {
        let store = try makeLog(size: 70_000 / 100)
        let tiles = store.paths.filter { $0.hasPrefix("/log/tile/") }
        #expect(
            tiles == [
                "/log/tile/0/000", "/log/tile/0/001", "/log/tile/0/002", "/log/tile/1/000",
                "/log/tile/entries/000", "/log/tile/entries/001", "/log/tile/entries/002",
            ])
        let log = LogDirectory("/log", storage: store)
        for path in tiles {
            let good = try #require(store.bytes(path))
            let stride = path.contains("entries") ? 37 : 211
            for position in Swift.stride(from: 0, to: good.count, by: stride) {
                var bad = good
                bad[position] ^= 0x10
                store.setBytes(path, bad)
                let error = #expect(throws: LogVerificationError.self) { try log.verify(with: key) }
                #expect(error?.path == String(path.dropFirst(5)), "byte \(position)")
                #expect(error?.code == .damaged)
            }
            for bad in [Array(good.dropLast()), []] {
                store.setBytes(path, bad)
                let error = #expect(throws: LogVerificationError.self) { try log.verify(with: key) }
                #expect(error?.path == String(path.dropFirst(5)))
            }
            store.setBytes(path, good)
        }
        #expect(try log.verify(with: key).size == 700)
    }

    @Test func `a missing tile or bundle is named`() throws {
        for path in ["tile/0/000", "tile/0/002", "tile/1/000", "tile/entries/001", "checkpoint"] {
            let store = try makeLog(size: 700)
            store.removeFile("/log/\(path)")
            let error = #expect(throws: LogVerificationError.self) {
                try LogDirectory("/log", storage: store).verify(with: key)
            }
            #expect(error?.code == .missing)
            #expect(error?.path == path)
        }
    }

    @Test func `a checkpoint by another key, or of another log, is not believed`() throws {
        let store = try makeLog(size: 10)
        let log = LogDirectory("/log", storage: store)
        let other = try SigningKey.generate(name: "log.example/test")
        #expect(throws: LogVerificationError.self) { try log.verify(with: other.verifierKey) }
        let foreign = try SignedCheckpoint(
            signing: Checkpoint(origin: "log.example/test", size: 10, root: .leaf([])), with: testKey())
        store.setBytes("/log/checkpoint", foreign.note.bytes)
        let error = #expect(throws: LogVerificationError.self) { try log.verify(with: key) }
        #expect(error?.code == .conflict)
        #expect(error?.path == "checkpoint")
    }

    @Test func `a proof file from the directory verifies offline`() throws {
        let store = try makeLog(size: 700)
        let log = LogDirectory("/log", storage: store)
        for index: UInt64 in [0, 255, 256, 699] {
            let proof = try InclusionProofFile(parsing: log.prove(EntryIndex(index), verifiedBy: key).bytes)
            #expect(try proof.verify(entry: entry(index), log: key).size == 700)
        }
        #expect(throws: LogVerificationError.self) { try log.prove(EntryIndex(700), verifiedBy: key) }
        var bad = try #require(store.bytes("/log/tile/0/001"))
        bad[40] ^= 1
        store.setBytes("/log/tile/0/001", bad)
        let error = #expect(throws: LogVerificationError.self) { try log.prove(EntryIndex(300), verifiedBy: key) }
        #expect(error?.path == "tile/0/001")
    }

    @Test func `entries stream over bundles`() throws {
        let store = try makeLog(size: 600)
        var reader = LogDirectory("/log", storage: store).entries(250..<520, size: 600)
        var expected: UInt64 = 250
        while let (index, bytes) = try reader.next() {
            #expect(index.rawValue == expected)
            #expect(bytes == entry(expected))
            expected += 1
        }
        #expect(expected == 520)
    }

    @Test func `publishing makes a copy that verifies, grows, and is never set back`() throws {
        try withTemporaryDirectory { directory in
            let live = directory + "/live"
            let copy = directory + "/copy"
            func grow(_ path: String, _ numbers: Range<UInt64>, _ text: String = "") throws {
                let log = try LogWriter(
                    directory: path, key: testKey(), options: smallOptions(segmentBytes: 1 << 20), seal: plainSeal)
                for number in numbers {
                    _ = try log.append(LogRecord(entry: entry(number) + Array(text.utf8), detail: [1]))
                }
                try log.close()
            }
            var published: SignedCheckpoint?
            for (from, to) in [(0, 0), (0, 3), (3, 300), (300, 512), (512, 700)] as [(UInt64, UInt64)] {
                try grow(live, from..<to)
                let checkpoint = try LogDirectory(live).publish(to: copy, verifiedBy: key)
                #expect(checkpoint.size == to)
                #expect(try LogDirectory(copy).verify(with: key).size == to)
                if let published {
                    try LogDirectory(copy).verifyConsistency(from: published.checkpoint, to: checkpoint.checkpoint)
                }
                published = checkpoint
                let names = try FileManager.default.subpathsOfDirectory(atPath: copy)
                #expect(!names.contains { $0.hasPrefix("detail") || $0.hasPrefix("wal") || $0.hasSuffix(".new") })
            }
            #expect(FileManager.default.fileExists(atPath: copy + "/tile/0/002.p/188"))
            #expect(FileManager.default.fileExists(atPath: copy + "/tile/entries/002.p/188"))
            #expect(FileManager.default.fileExists(atPath: copy + "/tile/1/000.p/2"))
            // The same again changes nothing; a shorter or other history is refused.
            try LogDirectory(live).publish(to: copy, verifiedBy: key)
            try grow(directory + "/short", 0..<3)
            try grow(directory + "/other", 0..<800, "!")
            for path in ["short", "other"] {
                let error = #expect(throws: LogVerificationError.self) {
                    try LogDirectory("\(directory)/\(path)").publish(to: copy, verifiedBy: key)
                }
                #expect(error?.code == .conflict)
            }
            #expect(try LogDirectory(copy).verify(with: key).size == 700)
            // A damaged tile is not spread.
            let tile = live + "/tile/0/001"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: tile))
            bytes[9] ^= 1
            try bytes.write(to: URL(fileURLWithPath: tile))
            let error = #expect(throws: LogVerificationError.self) {
                try LogDirectory(live).publish(to: directory + "/fresh", verifiedBy: key)
            }
            #expect(error?.path == "tile/0/001")
            #expect(!FileManager.default.fileExists(atPath: directory + "/fresh/checkpoint"))
        }
    }

    @Test func `a flipped byte in a published copy names the file, partial ones too`() throws {
        try withTemporaryDirectory { directory in
            let live = directory + "/live"
            let log = try LogWriter(
                directory: live, key: testKey(), options: smallOptions(segmentBytes: 1 << 20), seal: plainSeal)
            for number in 0..<UInt64(600) { _ = try log.append(LogRecord(entry: entry(number))) }
            try log.close()
            let copy = directory + "/copy"
            try LogDirectory(live).publish(to: copy, verifiedBy: key)
            for path in [
                "tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88",
            ] {
                let url = URL(fileURLWithPath: "\(copy)/\(path)")
                let good = try Data(contentsOf: url)
                var bad = good
                bad[bad.count / 2] ^= 0x40
                try bad.write(to: url)
                let error = #expect(throws: LogVerificationError.self) { try LogDirectory(copy).verify(with: key) }
                #expect(error?.path == path)
                try FileManager.default.removeItem(at: url)
                let missing = #expect(throws: LogVerificationError.self) { try LogDirectory(copy).verify(with: key) }
                #expect(missing?.path == path)
                #expect(missing?.code == .missing)
                try good.write(to: url)
            }
        }
    }
}
