import Testing

@testable import TransparencyLog

/// Verifying on several threads, and going on from an earlier verification.
struct VerificationTests {
    private let key: VerifierKey

    init() throws { key = try testKey().verifierKey }

    @Test(arguments: [1, 2, 7])
    func `any number of threads sees the same entries in order`(threads: Int) throws {
        let log = LogDirectory("/log", storage: try makeLog(size: 20_000, details: false))
        var next: UInt64 = 0
        var progress: [UInt64] = []
        let verified = try log.verify(
            with: key, threads: threads, reading: { index, bytes in (index, bytes.count) },
            visit: { index, reading throws(LogVerificationError) in
                #expect(index.rawValue == next && reading.0 == index && reading.1 == entry(next).count)
                next += 1
            }, progress: { done, size in progress.append(size == 20_000 ? done : 0) })
        #expect(next == 20_000)
        #expect(progress == (1...79).map { min(20_000, $0 * 256) })
        #expect(verified.size == 20_000 && verified.earlier == nil)
        #expect(try log.verifyHashes(with: key, threads: threads) == verified)
    }

    @Test func `of several damaged files the first is named, and nothing after it is visited`() throws {
        let store = try makeLog(size: 20_000, details: false)
        for bundle in [61, 40, 77] {
            let path = "/log/" + TilePath(unchecked: .entries, index: UInt64(bundle)).fullPath
            var bytes = try #require(store.bytes(path))
            bytes[100] ^= 1
            store.setBytes(path, bytes)
        }
        let log = LogDirectory("/log", storage: store)
        for threads in [1, 2, 5] {
            var seen: UInt64 = 0
            let error = #expect(throws: LogVerificationError.self) {
                try log.verify(
                    with: key, threads: threads, reading: { _, bytes in bytes.count },
                    visit: { index, _ throws(LogVerificationError) in seen = index.rawValue })
            }
            #expect(error?.path == "tile/entries/040")
            #expect(seen == 40 * 256 - 1)
        }
    }

    @Test func `an error of whoever visits ends the verification`() throws {
        let log = LogDirectory("/log", storage: try makeLog(size: 20_000, details: false))
        let error = #expect(throws: LogVerificationError.self) {
            try log.verify(
                with: key, threads: 2, reading: { _, _ in },
                visit: { index, _ throws(LogVerificationError) in
                    if index.rawValue == 300 { throw .outOfRange("enough") }
                })
        }
        #expect(error?.what == "enough")
    }

    @Test(arguments: [1, 255, 256, 300, 512, 600, 699, 700])
    func `going on from a checkpoint reads what came since, and only that`(earlierSize: UInt64) throws {
        let earlier = try LogDirectory("/log", storage: makeLog(size: earlierSize, details: false))
            .checkpoint(verifiedBy: key)
        let store = try makeLog(size: 700, details: false)
        let log = LogDirectory("/log", storage: store)
        let verified = try log.verifyHashes(with: key, after: earlier.checkpoint)
        #expect(verified.size == 700 && verified.earlier == earlier.checkpoint)
        for bundle in 0..<UInt64(3) {
            let path = "tile/entries/00\(bundle)"
            let good = try #require(store.bytes("/log/\(path)"))
            var bad = good
            bad[bad.count - 1] ^= 1
            store.setBytes("/log/\(path)", bad)
            // What was verified before is not read again: that is what going on means, and its documentation says so.
            if bundle < earlierSize / 256 {
                #expect(throws: Never.self) { try log.verifyHashes(with: key, after: earlier.checkpoint) }
            } else if earlierSize < 700 || bundle == 2 {
                let error = #expect(throws: LogVerificationError.self) {
                    try log.verifyHashes(with: key, after: earlier.checkpoint)
                }
                #expect(error?.path == path)
            }
            store.setBytes("/log/\(path)", good)
        }
    }

    @Test func `a log that does not continue the earlier checkpoint is refused`() throws {
        let log = LogDirectory("/log", storage: try makeLog(size: 700, details: false))
        let good = try log.checkpoint(verifiedBy: key).checkpoint
        for (size, root) in [(300, Hash.leaf([])), (700, .leaf([])), (701, good.root), (1, .leaf(entry(1)))] {
            let earlier = Checkpoint(origin: good.origin, size: UInt64(size), root: root)
            let error = #expect(throws: LogVerificationError.self) { try log.verifyHashes(with: key, after: earlier) }
            #expect(error?.code == .conflict)
        }
        let other = Checkpoint(origin: "log.example/other", size: 700, root: good.root)
        #expect(throws: LogVerificationError.self) { try log.verifyHashes(with: key, after: other) }
    }

    @Test func `a mark survives its file; a checkpoint that was only seen is none`() throws {
        let signed = try LogDirectory("/log", storage: makeLog(size: 3)).checkpoint(verifiedBy: key)
        try withTemporaryDirectory { directory in
            let path = "\(directory)/mark"
            #expect(try VerificationMark(contentsOf: path, log: key) == nil)
            try VerificationMark(signed).write(to: path)
            #expect(try VerificationMark(contentsOf: path, log: key)?.checkpoint == signed)
            let other = try SigningKey.generate(name: "log.example/test").verifierKey
            let error = #expect(throws: LogVerificationError.self) {
                try VerificationMark(contentsOf: path, log: other)
            }
            #expect(error?.code == .untrusted)
        }
        #expect(throws: NoteError.self) { try VerificationMark(parsing: signed.note.bytes, log: key) }
        for mutated in mutations(of: VerificationMark(signed).bytes, count: 5_000, seed: 4) {
            guard let mark = try? VerificationMark(parsing: mutated, log: key) else { continue }
            #expect(mark.checkpoint.checkpoint == signed.checkpoint)
        }
    }
}
