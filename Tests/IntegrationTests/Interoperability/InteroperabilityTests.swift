import Foundation
import TestSupport
import Testing
import TransparencyLog

/// Others' verifiers take what Ringfence writes, and refuse it when a bit is another.
@Suite struct InteroperabilityTests {
    @Test(arguments: [0, 1, 256, 257, 70_000])
    func `Go's checksum-database packages verify every tile and entry`(size: UInt64) throws {
        let log = try PublishedLog(size: size)
        let verified = try ForeignVerifier.go.run("log", log.copy, log.keyFile)
        #expect(verified.succeeded && verified.output.hasPrefix("\(size) entries"), "\(verified)")
    }

    @Test func `tlog-scales verifies every entry`() throws {
        let log = try PublishedLog(size: 700)
        let verified = try ForeignVerifier.python.run("log", log.copy, log.keyFile)
        #expect(verified.succeeded && verified.output.hasPrefix("700 entries"), "\(verified)")
    }

    @Test(arguments: ForeignVerifier.allCases)
    func `a flipped bit in any file is refused`(verifier: ForeignVerifier) throws {
        let log = try PublishedLog(size: 700)
        let files = try log.files()
        #expect(
            files == [
                "checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/000",
                "tile/entries/001", "tile/entries/002.p/188",
            ])
        for file in files {
            // Before the end: a checkpoint ends with `=` and a line feed, and Go ignores the last two bits before them.
            for position in [{ _ in 0 }, { $0 / 2 }, { $0 - 4 }] as [(Int) -> Int] {
                let verified = try log.withFlippedBit(of: "\(log.copy)/\(file)", at: position) {
                    try verifier.run("log", log.copy, log.keyFile)
                }
                #expect(!verified.succeeded, "\(file): \(verified)")
            }
        }
        #expect(try verifier.run("log", log.copy, log.keyFile).succeeded)
        let other = try PublishedLog(size: 1)
        #expect(try !verifier.run("log", log.copy, other.keyFile).succeeded, "another key")
    }

    @Test func `Go takes a proof file for its entry, and only for it`() throws {
        let log = try PublishedLog(size: 700)
        let proofFile = log.folder.file("entry.tlog-proof")
        let entryFile = log.folder.file("entry")
        for index in [0, 7, 255, 256, 511, 512, 699] as [UInt64] {
            let proof = try log.directory.prove(EntryIndex(index), verifiedBy: log.key.verifierKey)
            try Data(proof.bytes).write(to: URL(filePath: proofFile))
            try Data(PublishedLog.entry(index)).write(to: URL(filePath: entryFile))
            let verified = try ForeignVerifier.go.run("entry", proofFile, entryFile, log.keyFile)
            #expect(verified.succeeded && verified.output.hasPrefix("entry \(index) of 700"), "\(verified)")
            try Data(PublishedLog.entry(index + 1)).write(to: URL(filePath: entryFile))
            #expect(try !ForeignVerifier.go.run("entry", proofFile, entryFile, log.keyFile).succeeded)
        }
        try Data(PublishedLog.entry(699)).write(to: URL(filePath: entryFile))
        for position in [23, 28, 40, 90, 200, 400] {
            let verified = try log.withFlippedBit(of: proofFile, at: { min(position, $0 - 4) }) {
                try ForeignVerifier.go.run("entry", proofFile, entryFile, log.keyFile)
            }
            #expect(!verified.succeeded, "byte \(position): \(verified)")
        }
    }

    @Test(arguments: ForeignVerifier.allCases)
    func `a log that grows continues its earlier checkpoint, another one does not`(verifier: ForeignVerifier) throws {
        let log = try PublishedLog(size: 300)
        let old = log.folder.file("old")
        try expectSuccess(ChildProcess.run(["cp", "\(log.copy)/checkpoint", old]))
        for size in [300, 512, 700] as [UInt64] {
            try log.grow(to: size)
            let extends = try verifier.run("extends", old, log.copy, log.keyFile)
            #expect(extends.succeeded && extends.output.hasPrefix("\(size) entries"), "\(extends)")
        }
        let flipped = try log.withFlippedBit(of: old, at: { _ in 40 }) {
            try verifier.run("extends", old, log.copy, log.keyFile)
        }
        #expect(!flipped.succeeded, "\(flipped)")
        // The same log's key signs another history.
        let rewritten = try PublishedLog(size: 700, key: log.key)
        let extends = try verifier.run("extends", old, rewritten.copy, log.keyFile)
        #expect(!extends.succeeded, "\(extends)")
    }

    @Test func `Go takes our consistency proofs, as a witness is sent them`() throws {
        let log = try PublishedLog(size: 1)
        let old = log.folder.file("old")
        let request = log.folder.file("request")
        var checkpoints: [Data] = []
        for size in [1, 2, 3, 255, 256, 257, 512, 700] as [UInt64] {
            try log.grow(to: size)
            checkpoints.append(try Data(contentsOf: URL(filePath: "\(log.copy)/checkpoint")))
        }
        for (position, earlier) in checkpoints.enumerated() {
            try earlier.write(to: URL(filePath: old))
            let oldSize = try SignedCheckpoint(parsing: earlier, log: log.key.verifierKey).size
            for later in checkpoints[position...] {
                let newSize = try SignedCheckpoint(parsing: later, log: log.key.verifierKey).size
                let proof = try log.directory.consistencyProof(from: oldSize, to: newSize)
                let lines = ["old \(oldSize)"] + proof.hashes.map(\.base64)
                try (Data((lines.joined(separator: "\n") + "\n\n").utf8) + later).write(to: URL(filePath: request))
                let verified = try ForeignVerifier.go.run("consistency", old, request, log.keyFile)
                #expect(verified.succeeded, "\(oldSize) to \(newSize): \(verified)")
                let flipped = try log.withFlippedBit(of: request, at: { _ in lines[0].utf8.count + 5 }) {
                    try ForeignVerifier.go.run("consistency", old, request, log.keyFile)
                }
                #expect(!flipped.succeeded, "\(oldSize) to \(newSize): \(flipped)")
            }
        }
    }
}
