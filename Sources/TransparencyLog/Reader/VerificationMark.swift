/// The checkpoint up to which somebody verified a log's hashes, kept in a file to go on from.
///
/// It says more than a checkpoint that was merely seen, so it does not look like one: a title stands before it. Keep it
/// where only the one who verifies can write.
public struct VerificationMark: Sendable, Hashable {
    static let title = "ringfence/verified-hashes@v1"

    public let checkpoint: SignedCheckpoint

    public init(_ checkpoint: SignedCheckpoint) { self.checkpoint = checkpoint }

    /// - Throws: ``NoteError`` if this is no such file, or its checkpoint not signed by `log`.
    public init(parsing bytes: some Collection<UInt8>, log: some LogIdentity) throws(NoteError) {
        let start = Array("\(Self.title)\n\n".utf8)
        guard bytes.starts(with: start) else { throw .malformed("not a \(Self.title) file") }
        checkpoint = try SignedCheckpoint(parsing: Array(bytes.dropFirst(start.count)), log: log)
    }

    public var bytes: [UInt8] { Array("\(Self.title)\n\n".utf8) + checkpoint.note.bytes }
}

extension VerificationMark {
    /// Nil if there is no such file yet.
    public init?(contentsOf path: String, log: some LogIdentity) throws(LogVerificationError) {
        let contents: [UInt8]?
        do throws(StorageError) {
            contents = try POSIXStorage().contents(of: path, bytesMax: SignedNote.bytesMax)
        } catch {
            throw .unreadable(path, error)
        }
        guard let contents else { return nil }
        do throws(NoteError) {
            try self.init(parsing: contents, log: log)
        } catch {
            throw LogVerificationError(
                code: .untrusted, path: path, what: error.description,
                remedy: "remove the file to verify the log from its first entry")
        }
    }

    /// Replaces the file whole.
    public func write(to path: String) throws(LogVerificationError) {
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        do throws(StorageError) {
            try POSIXStorage().replace(path, with: bytes, in: directory)
        } catch {
            throw LogVerificationError(
                code: .unreadable, path: path, what: error.description, remedy: "make the directory writable and retry")
        }
    }
}
