public import Ringfence
public import TransparencyLog

/// One entry as `ledger show` prints it, with its detail if an auditor's key opens it.
public struct ShownEntry: Sendable {
    public let index: EntryIndex
    public let entry: Entry
    public let bytes: [UInt8]
    /// Nil without a key, or where the entry has no detail.
    public let detail: Detail?

    /// - Parameter auditor: Opens the detail, which only the gateway's own directory has.
    /// - Throws: ``LogVerificationError``, `EntryError` or `SealError`.
    public init(
        _ index: EntryIndex, in directory: LogDirectory, key: some LogIdentity, auditor: AuditorAccess? = nil
    ) throws {
        // The proof is checked: what is shown is under the signed checkpoint.
        let proof = try directory.prove(index, verifiedBy: key)
        let size = try SignedCheckpoint(proof.note, log: key).size
        let bytes = try directory.entry(index, size: size)
        _ = try proof.verify(entry: bytes, log: key)
        self.index = index
        self.bytes = bytes
        let entry = try Entry(parsing: bytes)
        self.entry = entry
        guard let auditor, let reference = entry.detail else {
            detail = nil
            return
        }
        var opener = DetailOpener(auditor: auditor, origin: key.name)
        let epoch = try Entry(parsing: directory.entry(reference.epoch, size: size))
        guard case .epoch(let start) = epoch.body else {
            throw SealError.opening("entry \(reference.epoch) is not the epoch that this one names")
        }
        _ = try opener.learn(start, at: reference.epoch)
        guard let sealed = try directory.sealedDetail(index) else {
            throw SealError.opening("this directory has no sealed detail of the entry: a published copy has none")
        }
        detail = try opener.open(sealed, of: reference, at: index)
    }
}
