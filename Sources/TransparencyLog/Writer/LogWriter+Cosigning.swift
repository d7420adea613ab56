extension LogWriter {
    /// The greatest checkpoint that the log in `directory` has signed; nil if it has signed none.
    ///
    /// For asking witnesses before the log is opened: recovery may sign, and what is signed twice is a fork.
    /// - Throws: `.locked` if another process writes to it, whose head may be a later one in the next moment.
    public static func lastSigned(in directory: String, key: SigningKey) throws(LogError) -> SignedCheckpoint? {
        let storage = POSIXStorage()
        let checkpoints = CheckpointStore(storage: storage, directory: directory, key: key)
        guard try checkpoints.last().head != nil else { return nil }
        let lock: any LogLock
        do throws(StorageError) { lock = try storage.lock("\(directory)/\(LogLayout.lock)") } catch {
            throw LogError(error)
        }
        defer { lock.release() }
        return try checkpoints.last().head
    }

    /// Shows readers a checkpoint of this log with the cosignatures under it, if ``Options/awaitsCosignatures``.
    ///
    /// Call it from one place at a time, with sizes that do not shrink.
    /// - Throws: `.rolledBack` if this log has not signed it or readers have seen a later one, `.outOfSpace`, `.failed`.
    public func publish(_ note: SignedNote) throws(LogError) {
        let signed: SignedCheckpoint
        do {
            signed = try SignedCheckpoint(note, log: checkpoints.key.identity)
        } catch {
            throw .rolledBack("the checkpoint to show is not one that \(origin) signed: \(error)")
        }
        let (head, shown) = try checkpoints.last()
        guard let head, signed.size <= head.size, signed.size < head.size || signed.root == head.root else {
            throw .rolledBack("the checkpoint to show, of \(signed.size) entries, was not signed here")
        }
        guard signed.size >= shown?.size ?? 0 else {
            throw .rolledBack("readers have seen \(shown?.size ?? 0) entries already, more than \(signed.size)")
        }
        do throws(StorageError) {
            try checkpoints.show(note)
        } catch {
            let failure = LogError(error)
            if case .failed = failure { core.fail(failure) }
            throw failure
        }
    }
}
