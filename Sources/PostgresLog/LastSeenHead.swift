import TransparencyLog

/// The last checkpoint that this gateway has seen, in a file of its own: a database that was put back to an earlier day
/// knows nothing of what it signed since, and this does.
struct LastSeenHead: Sendable {
    let directory: String
    private let storage = POSIXStorage()

    init(directory: String) { self.directory = directory }

    private var path: String { "\(directory)/\(LogLayout.head)" }

    /// - Returns: Nil if this gateway has seen none.
    func read(_ key: some LogIdentity) throws(LogError) -> SignedCheckpoint? {
        let bytes: [UInt8]?
        do throws(StorageError) {
            try storage.createDirectory(directory)
            bytes = try storage.contents(of: path, bytesMax: SignedNote.bytesMax)
        } catch {
            throw .failed(error.description)
        }
        guard let bytes else { return nil }
        do throws(NoteError) { return try SignedCheckpoint(parsing: bytes, log: key) } catch {
            throw .corrupted(path: path, what: "not a checkpoint signed by \(key.name): \(error.ofHead)")
        }
    }

    /// Durable when it returns.
    func save(_ head: SignedCheckpoint) throws(StorageError) {
        try storage.replace(path, with: head.note.bytes, in: directory)
    }
}

extension NoteError {
    /// Why a head cannot be gone on from.
    var ofHead: String {
        guard case .otherKeys = self else { return description }
        return
            "it has the signature of another of its keys than the one that is configured. A log in PostgreSQL cannot "
            + "change its key yet: configure the key that it has"
    }
}
