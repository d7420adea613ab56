/// Where a log's files are read from, by their names in its directory: `checkpoint`, `tile/0/000`.
///
/// Nobody is believed: what is read is verified against the checkpoint, and that against the log's key.
public protocol LogFiles: Sendable {
    /// Whether a writer's own directory is read: there the last tile of each level, and the last bundle, are files that
    /// grow.
    var isLive: Bool { get }

    /// How many threads may well wait for a file at the same time.
    var readersMax: Int { get }

    /// All of a file; nil if it is missing. Called from several threads, which wait.
    ///
    /// - Parameter bytesMax: The file's beginning is enough if it is longer.
    /// - Throws: An error with the code `unreadable`.
    func contents(of name: String, bytesMax: Int) throws(LogVerificationError) -> [UInt8]?
}

/// The files of a directory.
struct StoredFiles: LogFiles {
    let storage: any LogStorage
    let directory: String
    let isLive: Bool

    /// - Parameter isLive: Nil to see by the directory.
    init(_ directory: String, storage: any LogStorage, isLive: Bool? = nil) {
        self.storage = storage
        self.directory = directory
        self.isLive = isLive ?? ((try? storage.list(directory)) ?? []).contains(LogLayout.writeAheadLog)
    }

    var readersMax: Int { BundleVerification<Void>.processors }

    func contents(of name: String, bytesMax: Int) throws(LogVerificationError) -> [UInt8]? {
        do throws(StorageError) {
            return try storage.contents(of: "\(directory)/\(name)", bytesMax: bytesMax)
        } catch {
            throw .unreadable(name, error)
        }
    }
}
