/// Where a witness keeps what it cosigned: `<SHA-256 of the origin>/checkpoint` for each log, the very files that
/// monitors read.
///
/// One process has the directory at a time. A checkpoint is replaced whole, and durable (file and name) when ``store(_:)``
/// returns.
public final class WitnessDirectory: Sendable {
    public let path: String
    private let storage: any LogStorage
    private let lock: any LogLock

    /// Creates the directory if need be, and takes it.
    ///
    /// - Throws: ``StorageError``, `isLocked` if another process has it.
    public convenience init(_ path: String) throws(StorageError) { try self.init(path, storage: POSIXStorage()) }

    public init(_ path: String, storage: any LogStorage) throws(StorageError) {
        self.path = path
        self.storage = storage
        try storage.createDirectory(path)
        lock = try storage.lock("\(path)/\(LogLayout.lock)")
    }

    deinit { lock.release() }

    /// Everything that was stored.
    ///
    /// - Throws: `.corrupted` if a file is not what this witness wrote there. It must not start then: what it forgot, it
    ///   could contradict.
    public func load(cosignedBy witness: VerifierKey) throws(LogError) -> [WitnessedCheckpoint] {
        try Self.load(path, cosignedBy: witness, storage: storage)
    }

    /// The same for whoever only looks, also while the witness runs.
    public static func load(_ path: String, cosignedBy witness: VerifierKey) throws(LogError) -> [WitnessedCheckpoint] {
        try load(path, cosignedBy: witness, storage: POSIXStorage())
    }

    private static func load(
        _ path: String, cosignedBy witness: VerifierKey, storage: any LogStorage
    ) throws(LogError) -> [WitnessedCheckpoint] {
        var found: [WitnessedCheckpoint] = []
        let names: [String]
        do throws(StorageError) { names = try storage.list(path) } catch { throw LogError(error) }
        for name in names where name != LogLayout.lock {
            let file = "\(path)/\(name)/\(LogLayout.checkpoint)"
            let bytes: [UInt8]?
            do throws(StorageError) {
                bytes = try storage.contents(of: file, bytesMax: SignedNote.bytesMax)
            } catch {
                throw LogError(error)
            }
            // A first checkpoint that a crash cut short was not answered: there is nothing to remember.
            guard let bytes else { continue }
            do {
                let cosigned = try WitnessedCheckpoint(parsing: bytes, cosignedBy: witness)
                guard WitnessedCheckpoint.pathName(of: cosigned.checkpoint.origin) == name else {
                    throw NoteError.wrongOrigin(cosigned.checkpoint.origin)
                }
                found.append(cosigned)
            } catch {
                throw .corrupted(path: file, what: "not a checkpoint that \(witness.name) cosigned: \(error)")
            }
        }
        return found
    }

    /// Returns when the checkpoint survives a power cut.
    public func store(_ cosigned: WitnessedCheckpoint) throws(StorageError) {
        let name = WitnessedCheckpoint.pathName(of: cosigned.checkpoint.origin)
        let directory = "\(path)/\(name)"
        try storage.createDirectory(directory)
        // The folder's own name, too, must be durable before the first answer.
        if try !storage.list(directory).contains(LogLayout.checkpoint) { try storage.synchronizeDirectory(path) }
        try storage.replace("\(directory)/\(LogLayout.checkpoint)", with: cosigned.note.bytes, in: directory)
    }
}
