import Ringfence
import TransparencyLog

/// The end of one log and the beginning of the next.
struct Succession {
    private let directory: LogDirectory
    private let key: LogKeys

    init(of directory: LogDirectory, key: LogKeys) {
        self.directory = directory
        self.key = key
    }

    /// The freeze that is the last entry under `checkpoint`, if the log is frozen.
    private func freeze(under checkpoint: Checkpoint) throws -> Freeze? {
        guard checkpoint.size > 0 else { return nil }
        let index = EntryIndex(checkpoint.size - 1)
        let bytes = try directory.entry(index, size: checkpoint.size)
        let proof = try directory.inclusionProof(of: index, size: checkpoint.size)
        guard proof.verifies(leaf: .leaf(bytes), root: checkpoint.root) else {
            throw Failure(
                kind: .found, message: "entry \(index) in \(directory.path) is not the one that was signed.",
                remedy: "Run `ringfence ledger verify`, and find out who changed it.")
        }
        guard case .freeze(let freeze) = try Entry(parsing: bytes).body else { return nil }
        return freeze
    }

    /// A log that is frozen takes no more entries.
    ///
    /// - Parameter head: All that the log's writer has; what readers see may lag behind it.
    func refuseIfFrozen(at head: SignedCheckpoint) throws {
        guard let freeze = try freeze(under: head.checkpoint) else { return }
        let successor = freeze.successor.map { "Its successor is \($0): configure that one" } ?? "Begin a new one"
        throw Failure(
            message: "the ledger in \(directory.path) is frozen.",
            remedy: "\(successor), with this as ledger.predecessor.")
    }

    /// What a log of `successor`'s key says that it goes on from.
    func checkpoint(for successor: VerifierKey) throws -> Checkpoint {
        let checkpoint = try directory.checkpoint(verifiedBy: key).checkpoint
        guard let freeze = try freeze(under: checkpoint) else {
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
