/// Why the log could not be opened or an entry not be taken.
public enum LogError: Error, Sendable, Hashable {
    /// The entry is longer than ``LogRecord/entryBytesMax``, or its detail than ``LogRecord/detailBytesMax``.
    case entryTooLarge(bytes: Int)
    /// The queue is at its bound, or the tiles are behind: retry a little later.
    case full
    /// No disk space could be reserved. Appends work again by themselves when there is space.
    case outOfSpace
    /// No quorum of witnesses has cosigned for too long. Appends work again by themselves once one has.
    case unwitnessed
    /// The store that several gateways share does not answer. Appends work again by themselves once it does.
    case unreachable(String)
    /// An I/O error: nothing that was not reported durable may be believed, and the process must restart.
    case failed(String)
    /// ``LogWriter/close()`` was called.
    case closed
    /// Another process writes this directory.
    case locked(path: String)
    /// The directory holds less than, or something else than, what this log has already signed: a backup was
    /// restored, or files were lost. Writing on would sign a second history.
    case rolledBack(String)
    /// A file that must be intact is not.
    case corrupted(path: String, what: String)

    /// Whether the same append may succeed later without anybody's doing.
    public var isRetryable: Bool {
        switch self {
        case .full, .outOfSpace, .unwitnessed, .unreachable: true
        case .entryTooLarge, .failed, .closed, .locked, .rolledBack, .corrupted: false
        }
    }
}

extension LogError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .entryTooLarge(let bytes): "an entry or detail of \(bytes) bytes is longer than the ledger takes"
        case .full: "the ledger's queue is full"
        case .outOfSpace: "there is no disk space for the ledger"
        case .unwitnessed: "no quorum of witnesses has cosigned the ledger for too long"
        case .unreachable(let what): "the ledger's database does not answer: \(what)"
        case .failed(let what): "the ledger stopped: \(what)"
        case .closed: "the ledger is closed"
        case .locked(let path): "another process has \(path) locked"
        case .rolledBack(let what): "the ledger's directory is behind what was signed: \(what)"
        case .corrupted(let path, let what): "\(path): \(what)"
        }
    }
}
