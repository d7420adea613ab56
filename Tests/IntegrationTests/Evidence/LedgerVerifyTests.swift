import Foundation
import TestSupport
import Testing

/// `ledger verify` going on from an earlier run, and `ledger range`, as commands.
@Suite struct LedgerVerifyTests {
    private func ringfence(_ arguments: String...) throws -> ChildProcess.Output {
        try ChildProcess.run([Deployment.binary, "ledger"] + arguments)
    }

    @Test func `hashes go on from the checkpoint that was verified last`() throws {
        let log = try PublishedLog(size: 300)
        let mark = log.folder.file("verified")
        func verify() throws -> ChildProcess.Output {
            try ringfence("verify", log.copy, "--key", log.keyFile, "--hashes-only", "--resume", mark)
        }
        let first = try verify()
        #expect(first.succeeded && first.output.contains("300 entries"), "\(first)")
        #expect(!first.output.contains("verified before"), "\(first)")
        try log.grow(to: 700)
        let second = try verify()
        #expect(second.succeeded && second.output.contains("700 entries"), "\(second)")
        #expect(second.output.contains("300 entries of which were verified before"), "\(second)")
        let third = try verify()
        #expect(third.output.contains("700 entries of which were verified before"), "\(third)")

        // A log that was set back, or that is another, is not the one that was verified; the mark stays.
        let kept = try Data(contentsOf: URL(filePath: mark))
        let shorter = try PublishedLog(size: 10)
        let other = try ringfence(
            "verify", shorter.copy, "--key", shorter.keyFile, "--hashes-only", "--resume", mark)
        #expect(other.status == 1 && other.errors.contains(mark), "\(other)")
        try expectSuccess(ChildProcess.run(["rm", "-rf", log.live, log.copy]))
        let rewritten = try PublishedLog(size: 900, key: log.key)
        let forged = try ringfence(
            "verify", rewritten.copy, "--key", log.keyFile, "--hashes-only", "--resume", mark)
        #expect(forged.status == 1 && forged.errors.contains("does not continue"), "\(forged)")
        #expect(try Data(contentsOf: URL(filePath: mark)) == kept)
        // The chain is never followed from the middle.
        let chain = try ringfence("verify", rewritten.copy, "--key", log.keyFile, "--resume", mark)
        #expect(chain.status == 64, "\(chain)")
    }

    @Test func `progress is shown on a terminal and nowhere else`() throws {
        let log = try PublishedLog(size: 700)
        let command = "\(Deployment.binary) ledger verify \(log.copy) --key \(log.keyFile) --hashes-only"
        let piped = try ChildProcess.run(["sh", "-c", command])
        #expect(piped.succeeded && piped.errors.isEmpty && !piped.output.contains("\r"), "\(piped)")
        let terminal = try ChildProcess.run(["script", "-qec", command, "/dev/null"])
        #expect(terminal.succeeded && terminal.output.contains("of 700"), "\(terminal)")
    }

    @Test func `a range is proved, and holds for its entries alone`() throws {
        let log = try PublishedLog(size: 700)
        let file = log.folder.file("part.tlog-range")
        try expectSuccess(
            ringfence("range", "250", "520", "--ledger", log.copy, "--key", log.keyFile, "--output", file))
        func verify(_ entries: String) throws -> ChildProcess.Output {
            try ringfence("range", "--verify", file, "--entries", entries, "--key", log.keyFile)
        }
        let whole = try verify(log.copy)
        #expect(whole.succeeded && whole.output.contains("Exactly entries 250 up to 520"), "\(whole)")
        func lines(_ range: Range<UInt64>) throws -> String {
            let bytes = range.map { PublishedLog.entry($0) + [0x0A] }.joined()
            let path = log.folder.file("lines")
            try Data(bytes).write(to: URL(filePath: path))
            return path
        }
        #expect(try verify(lines(250..<520)).succeeded)
        for range in [250..<519, 251..<520, 250..<521, 0..<270] as [Range<UInt64>] {
            let refused = try verify(lines(range))
            #expect(refused.status == 1 && refused.errors.contains("these are not entries 250 up to 520"), "\(refused)")
        }
        let flipped = try log.withFlippedBit(of: "\(log.copy)/tile/entries/001", at: { $0 / 2 }) {
            try verify(log.copy)
        }
        #expect(flipped.status == 1, "\(flipped)")
        let damaged = try log.withFlippedBit(of: file, at: { _ in 60 }) { try verify(log.copy) }
        #expect(damaged.status == 1, "\(damaged)")
        for bad in [["520", "250"], ["5"], ["5", "6", "--verify", file], ["--verify", file]] {
            let refused = try ChildProcess.run([Deployment.binary, "ledger", "range", "--key", log.keyFile] + bad)
            #expect(refused.status == 64, "\(bad): \(refused)")
        }
        let beyond = try ringfence("range", "5", "701", "--ledger", log.copy, "--key", log.keyFile)
        #expect(beyond.status == 2 && beyond.errors.contains("there are 700"), "\(beyond)")
    }
}
