public import Ringfence
public import TransparencyLog

extension SharedEpochKeys {
    /// Everything in a ledger that `owner` can open, sealed to another auditor.
    ///
    /// The ledger is verified first: a key belongs to the epoch of an entry under the signed checkpoint.
    /// - Throws: ``LogVerificationError`` or ``SealError``.
    public static func sharing(
        _ directory: LogDirectory, key: some LogIdentity, openedBy owner: AuditorAccess, with auditor: AuditorPublicKey
    ) throws -> (keys: SharedEpochKeys, epochs: Int) {
        var scan = LedgerScan()
        var epochs: [(index: EntryIndex, start: EpochStart)] = []
        let log = try scan.run(directory, key: key, witnesses: []) { index, entry in
            if case .epoch(let start) = entry.body { epochs.append((index, start)) }
        }
        var keys = SharedEpochKeys(for: auditor, origin: log.origin)
        for epoch in epochs { _ = try keys.add(epoch.start, at: epoch.index, openedBy: owner, for: auditor) }
        return (keys, epochs.count)
    }
}
