import Ringfence
import TransparencyLog

/// The end of one log and the beginning of the next.
struct Succession {
    private let directory: LogDirectory
    private let key: VerifierKey

    init(of directory: LogDirectory, key: VerifierKey) {
        self.directory = directory
        self.key = key
    }

    /// The freeze that is the log's last entry, if it is frozen, and the checkpoint over it.
    private func frozen() throws -> (freeze: Freeze, checkpoint: Checkpoint)? {
        let checkpoint = try directory.checkpoint(verifiedBy: key).checkpoint
        guard checkpoint.size > 0 else { return nil }
        let index = EntryIndex(checkpoint.size - 1)
        let bytes = try directory.entry(index, size: checkpoint.size)
        _ = try directory.prove(index, verifiedBy: key)
        guard case .freeze(let freeze) = try Entry(parsing: bytes).body else { return nil }
        return (freeze, checkpoint)
    }

    /// A log that is frozen takes no more entries.
    func refuseIfFrozen() throws {
        guard let (freeze, _) = try frozen() else { return }
        let successor = freeze.successor.map { "Its successor is \($0): configure that one" } ?? "Begin a new one"
        throw Failure(
            message: "the ledger in \(directory.path) is frozen.",
            remedy: "\(successor), with this as ledger.predecessor.")
    }

    /// What a log of `successor`'s key says that it goes on from.
    func checkpoint(for successor: VerifierKey) throws -> Checkpoint {
        guard let (freeze, checkpoint) = try frozen() else {
            throw Failure(
                message: "the ledger's predecessor in \(directory.path) is not frozen.",
                remedy: "Run `ringfence ledger freeze` with its configuration first.")
        }
        if let named = freeze.successor, named != ExactText("\(successor)") {
            throw Failure(
                message: "the predecessor in \(directory.path) names another successor, \(named).",
                remedy: "ledger.signingKey is to be that one's.")
        }
        return checkpoint
    }
}
