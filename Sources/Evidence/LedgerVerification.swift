public import Ringfence
public import TransparencyLog

/// What `ledger verify` establishes: the log's hashes and signature, and that its entries make sense together.
public struct LedgerVerification: Sendable {
    public let log: VerifiedLog
    /// How many entries of each kind.
    public let counts: [EntryKind: UInt64]
    public let findings: Findings
    public let firstTime: EntryTime?
    public let lastTime: EntryTime?

    /// No entry is malformed, missing or contradicted. Gaps in time may remain: they are nobody's forgery.
    public var isSound: Bool { findings.count(.failure) == 0 }

    /// - Throws: ``LogVerificationError`` if the log itself is not what its signed checkpoint commits to; the error
    ///   names the file.
    public static func run(_ directory: LogDirectory, key: VerifierKey, witnesses: [VerifierKey] = [])
        throws(LogVerificationError) -> LedgerVerification
    {
        var scan = LedgerScan()
        let log = try scan.run(directory, key: key, witnesses: witnesses) { _, _ in }
        return LedgerVerification(
            log: log, counts: scan.chain.counts, findings: scan.findings, firstTime: scan.chain.firstTime,
            lastTime: scan.chain.lastTime)
    }
}

/// One pass over a log that verifies it, parses every entry and follows the chain.
struct LedgerScan {
    private(set) var chain = LedgerChain()
    private(set) var findings = Findings()

    /// - Parameter visit: Sees every well-formed entry; believe nothing of it before the method has returned.
    mutating func run(
        _ directory: LogDirectory, key: VerifierKey, witnesses: [VerifierKey],
        visit: (EntryIndex, Entry) -> Void
    ) throws(LogVerificationError) -> VerifiedLog {
        var chain = LedgerChain()
        let log = try directory.verify(with: key, witnesses: witnesses) { index, bytes throws(LogVerificationError) in
            do throws(EntryError) {
                let entry = try Entry(parsing: bytes)
                chain.read(entry, at: index)
                visit(index, entry)
            } catch {
                chain.readMalformed(error, at: index)
            }
        }
        chain.finish(at: log.size)
        self.chain = chain
        findings = chain.findings
        try checkHeads(of: directory, under: log)
        if let index = try directory.firstKeptDetail(of: chain.redacted) {
            findings.add(
                Finding(
                    .detailKept, at: index, "its detail is still here, although a redaction says that it was erased"))
        }
        return log
    }

    /// The heads that boots name must be heads of this very log.
    private mutating func checkHeads(of directory: LogDirectory, under log: VerifiedLog) throws(LogVerificationError) {
        for (index, head) in chain.bootHeads where head.size <= index.rawValue {
            let old = Checkpoint(origin: log.origin, size: head.size, root: head.root)
            do throws(LogVerificationError) {
                try directory.verifyConsistency(from: old, to: log.checkpoint.checkpoint)
            } catch  where error.code != .unreadable && error.code != .missing {
                findings.add(
                    Finding(.previousHead, at: index, "the head it names is not one of this log: \(error.what)"))
            }
        }
    }
}
