public import Ringfence
public import TransparencyLog

/// What came of reading a followed ledger's entries.
public enum LedgerReading: Sendable, Hashable {
    /// The entries are under the checkpoint, which continues what was known, and this is new in them.
    case continues(SignedCheckpoint, Findings, LedgerStanding)
    /// The tiles are the checkpoint's, but what was known is not their beginning.
    case contradicts
}

/// How a ledger stands after its last entry.
public struct LedgerStanding: Sendable, Hashable {
    /// The latest time that any entry stated.
    public var latestTime: EntryTime?
    /// The latest time that the quietest of the running gateways stated; nil if none runs.
    public var latestTimeOfQuietest: EntryTime?
    /// Every gateway stopped in good order, and has not started again.
    public var isStopped: Bool
    public var isFrozen: Bool

    public init(latestTime: EntryTime?, latestTimeOfQuietest: EntryTime?, isStopped: Bool, isFrozen: Bool) {
        self.latestTime = latestTime
        self.latestTimeOfQuietest = latestTimeOfQuietest
        self.isStopped = isStopped
        self.isFrozen = isFrozen
    }
}

/// Follows the chain of a ledger's entries while it grows, as ``LedgerVerification`` does once.
public struct LedgerReader: Sendable {
    private let key: any LogIdentity
    private var chain = LedgerChain()
    /// Up to where the chain was followed.
    private var position: Checkpoint?

    public init(key: any LogIdentity) { self.key = key }

    /// Reads what came since the last call, the first time everything.
    ///
    /// - Parameter known: What was verified before, perhaps by an earlier process: findings in its entries are not new.
    /// - Throws: ``LogVerificationError`` if the directory is not what its signed checkpoint commits to.
    public mutating func read(
        _ directory: LogDirectory, continuing known: Checkpoint?
    ) throws(LogVerificationError) -> LedgerReading {
        let shown = try directory.checkpoint(verifiedBy: key)
        if let position, position == shown.checkpoint { return .continues(shown, Findings(), standing) }
        for old in [known, position].compactMap({ $0 }) {
            // The log here may have grown since its checkpoint was compared: the size that is read now counts.
            guard old.size <= shown.size, try directory.continues(old, under: shown.checkpoint) else {
                return .contradicts
            }
        }
        do throws(LogVerificationError) {
            return try follow(directory, from: known?.size ?? 0)
        } catch {
            // Entries before the one that is wrong were followed: what is known of the chain is a mixture.
            chain = LedgerChain()
            position = nil
            throw error
        }
    }

    private mutating func follow(
        _ directory: LogDirectory, from known: UInt64
    ) throws(LogVerificationError) -> LedgerReading {
        // A first reading may be long, later ones are short: so that one which fails does not cost the chain.
        if let position { _ = try directory.verifyHashes(with: key, after: position) }
        var chain = self.chain
        self.chain = LedgerChain()
        let next = position?.size ?? 0
        let log = try directory.verify(
            with: key, after: position,
            reading: { _, bytes in Result { () throws(EntryError) in try Entry(parsing: bytes) } },
            visit: { index, result throws(LogVerificationError) in
                guard index.rawValue >= next else { return }
                if index.rawValue == known { _ = chain.takeNews() }
                switch result {
                case .success(let entry): chain.read(entry, at: index)
                case .failure(let error): chain.readMalformed(error, at: index)
                }
            })
        if log.size <= known { _ = chain.takeNews() }
        var (findings, heads) = chain.takeNews()
        for (index, head) in heads where head.size <= index.rawValue {
            let old = Checkpoint(origin: log.origin, size: head.size, root: head.root)
            if try !directory.continues(old, under: log.checkpoint.checkpoint) {
                findings.add(Finding(.previousHead, at: index, "the head it names is not one of this log"))
            }
        }
        self.chain = chain
        position = log.checkpoint.checkpoint
        return .continues(
            log.checkpoint, findings, standing)
    }

    private var standing: LedgerStanding {
        LedgerStanding(
            latestTime: chain.latestTime, latestTimeOfQuietest: chain.latestTimeOfQuietest, isStopped: chain.isStopped,
            isFrozen: chain.isFrozen)
    }
}
