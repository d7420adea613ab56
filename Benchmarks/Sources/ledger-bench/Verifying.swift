import Evidence
import Ringfence
import TransparencyLog

/// How fast a log is verified: its hashes alone, with every entry parsed, and with the chain of entries followed.
enum Verifying {
    static func measure(in directory: String, threads: Int, what: String) throws {
        let log = LogDirectory(directory)
        let key = try key().verifierKey
        let start = clock.now
        var size: UInt64 = 0
        switch what {
        case "hashes": size = try log.verifyHashes(with: key, threads: threads).size
        case "parsed":
            size = try log.verify(
                with: key, threads: threads, reading: { _, bytes in (try? Entry(parsing: bytes)) != nil },
                visit: { _, _ in }
            ).size
        case "chain":
            let verification = try LedgerVerification.run(log, key: key)
            guard verification.isSound else { throw BenchmarkError("\(verification.findings.kept)") }
            size = verification.log.size
        default: throw BenchmarkError("verify hashes, parsed or chain")
        }
        report("entriesPerSecond", Double(size) / seconds(clock.now - start))
        reportPeakMemory()
    }
}
