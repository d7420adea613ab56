/// The log's signed heads on disk.
///
/// `head` is durable before `checkpoint`, which readers see, is replaced: whatever anybody saw, the next start knows.
struct CheckpointStore: Sendable {
    let storage: any LogStorage
    let directory: String
    let key: SigningKey
    /// What was signed is shown by others, once it is cosigned.
    var awaitsCosignatures = false

    func publish(size: UInt64, root: Hash) throws(StorageError) -> SignedCheckpoint {
        let signed: SignedCheckpoint
        do {
            signed = try SignedCheckpoint(signing: Checkpoint(origin: key.name, size: size, root: root), with: key)
        } catch {
            throw StorageError(code: StorageError.readEndedEarly, operation: "sign", path: LogLayout.head)
        }
        try storage.replace("\(directory)/\(LogLayout.head)", with: signed.note.bytes, in: directory)
        if !awaitsCosignatures { try show(signed.note) }
        return signed
    }

    func show(_ note: SignedNote) throws(StorageError) {
        try storage.replace("\(directory)/\(LogLayout.checkpoint)", with: note.bytes, in: directory)
    }

    /// The greatest head that this log has signed, as far as the directory knows.
    func last() throws(LogError) -> (head: SignedCheckpoint?, shown: SignedCheckpoint?) {
        let head = try read(LogLayout.head)
        let shown = try read(LogLayout.checkpoint)
        if let head, let shown, head.size == shown.size, head.root != shown.root {
            throw .rolledBack("head and checkpoint, both of size \(head.size), have different roots")
        }
        if let shown, shown.size > head?.size ?? 0 { return (shown, shown) }
        return (head ?? shown, shown)
    }

    private func read(_ name: String) throws(LogError) -> SignedCheckpoint? {
        let bytes: [UInt8]?
        do throws(StorageError) {
            bytes = try storage.contents(of: "\(directory)/\(name)", bytesMax: SignedNote.bytesMax)
        } catch {
            throw .failed(error.description)
        }
        guard let bytes else { return nil }
        do {
            return try SignedCheckpoint(parsing: bytes, log: key.identity)
        } catch NoteError.otherKeys(_, let keyIDs) {
            throw .corrupted(
                path: "\(directory)/\(name)",
                what:
                    "it was signed by key \(keyIDs.map(KeyName.hexadecimal).joined(separator: " and ")) of this log, not "
                    + "by the one that is configured: to rotate the key, the old one signs beside the new one for a while"
            )
        } catch {
            throw .corrupted(path: "\(directory)/\(name)", what: "not a checkpoint signed by \(key.name): \(error)")
        }
    }
}
