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
    ///
    /// - Parameter progress: Hears how many entries of how many are behind it.
    public static func run(
        _ directory: LogDirectory, key: some LogIdentity, witnesses: [VerifierKey] = [],
        progress: (_ done: UInt64, _ size: UInt64) -> Void = { _, _ in }
    ) throws(LogVerificationError) -> LedgerVerification {
        var scan = LedgerScan()
        let log = try scan.run(directory, key: key, witnesses: witnesses, progress: progress) { _, _ in }
        return LedgerVerification(
            log: log, counts: scan.chain.counts, findings: scan.findings, firstTime: scan.chain.firstTime,
            lastTime: scan.chain.lastTime)
    }
}

/// One pass over a log that verifies it, parses every entry and follows the chain.
///
/// Hashing and parsing are spread over the processors; the chain is followed entry by entry.
struct LedgerScan {
    private(set) var chain = LedgerChain()
    private(set) var findings = Findings()

    /// - Parameter visit: Sees every well-formed entry; believe nothing of it before the method has returned.
    mutating func run(
        _ directory: LogDirectory, key: some LogIdentity, witnesses: [VerifierKey],
        progress: (_ done: UInt64, _ size: UInt64) -> Void = { _, _ in },
        visit: (EntryIndex, Entry) -> Void
    ) throws(LogVerificationError) -> VerifiedLog {
        var chain = LedgerChain()
        let log = try directory.verify(
            with: key, witnesses: witnesses,
            reading: { _, bytes in Result { () throws(EntryError) in try Entry(parsing: bytes) } },
            visit: { index, result throws(LogVerificationError) in
                switch result {
                case .success(let entry):
                    chain.read(entry, at: index)
                    visit(index, entry)
                case .failure(let error):
                    chain.readMalformed(error, at: index)
                }
            }, progress: progress)
        chain.finish(at: log.size)
        self.chain = chain
        findings = chain.findings
        try checkHeads(of: directory, under: log)
        checkKeys(of: log)
        checkPruning(of: log)
        if let index = try directory.firstKeptDetail(of: chain.redacted) {
            findings.add(
                Finding(
                    .detailKept, at: index, "its detail is still here, although a redaction says that it was erased"))
        }
        return log
    }

    /// That entries are missing must stand in those that are left.
    private mutating func checkPruning(of log: VerifiedLog) {
        guard log.minimum > chain.prunedBefore else { return }
        findings.add(
            Finding(
                .prunedUnsaid, at: EntryIndex(log.minimum),
                "the entries before it are missing, and no entry says that they were pruned"))
    }

    /// Whoever has a key that was given up may not go on from where it was.
    private mutating func checkKeys(of log: VerifiedLog) {
        guard let (keys, index) = chain.signing else { return }
        let signers = log.checkpoint.note.keyIDs(signingAs: log.origin)
        guard !keys.keys.contains(where: { signers.contains($0.keyID) }) else { return }
        findings.add(
            Finding(
                .keyRetired, at: index,
                "it says that another key signs the log from there on than the one that signed this checkpoint: "
                    + "somebody else may have that one"))
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
