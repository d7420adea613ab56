/// What a log knows of one witness, and how it gets a checkpoint cosigned there (tlog-witness, the client's side).
///
/// A value: ``begin(_:)``, then an action for every answer until it is final.
public struct CheckpointSubmission: Sendable {
    public enum Action: Sendable, Equatable {
        /// Prove from this size to the checkpoint's, after the pause, and ask.
        case ask(from: UInt64, after: Duration)
        /// The lines it answered with, which nobody has verified yet.
        case cosigned([NoteSignature])
        case gaveUp(String)
        case alarm(WitnessAlarm)
    }

    /// Of one checkpoint.
    public static let triesMax = 3

    /// The size it cosigned last, as far as we know; 0 if we never asked.
    public private(set) var knownSize: UInt64
    private var checkpoint: Checkpoint?
    private var tries = 0

    /// - Parameter knownSize: What the witness is expected to have.
    public init(knownSize: UInt64 = 0) { self.knownSize = knownSize }

    /// Starts with a checkpoint, which is not older than the one before.
    public mutating func begin(_ checkpoint: Checkpoint) -> Action {
        self.checkpoint = checkpoint
        tries = 1
        // A witness cannot know more than we signed: that it did was an alarm already.
        knownSize = min(knownSize, checkpoint.size)
        return .ask(from: knownSize, after: .zero)
    }

    public mutating func answered(_ answer: WitnessAnswer) -> Action {
        guard let checkpoint else { return .gaveUp("nothing was asked") }
        switch answer.status {
        case 200:
            do {
                let lines = try SignedNote.signatureLines(answer.body)
                knownSize = checkpoint.size
                return .cosigned(lines)
            } catch {
                return .gaveUp("its answer has no signature lines: \(error)")
            }
        case 409:
            guard let size = answer.conflictingSize else { return .gaveUp("it answered 409 without a size") }
            // The protocol's first versions answer 409, not 422, to another root of the same size.
            if size == checkpoint.size, size == knownSize { return .alarm(.fork(size: size)) }
            guard size <= checkpoint.size else {
                return .alarm(.rolledBack(size: checkpoint.size, witnessed: size))
            }
            knownSize = size
            guard tries < Self.triesMax else { return .gaveUp("it answered 409 \(tries) times") }
            tries += 1
            // 10 ms, then 50 ms: two submitters may be racing.
            return .ask(from: size, after: tries == 2 ? .milliseconds(10) : .milliseconds(50))
        case 422:
            if knownSize == checkpoint.size { return .alarm(.fork(size: checkpoint.size)) }
            guard knownSize > 0 else { return .gaveUp("it refuses a first checkpoint (422)") }
            return .alarm(.inconsistent(from: knownSize, to: checkpoint.size))
        case 400: return .gaveUp("it calls the request malformed (400)")
        case 403: return .gaveUp("it does not trust the log's key (403)")
        case 404: return .gaveUp("it does not know the log (404)")
        default: return .gaveUp("it answered with status \(answer.status)")
        }
    }
}

/// What a witness knows and we do not: the log has, or had, a second history.
public enum WitnessAlarm: Error, Sendable, Hashable, CustomStringConvertible {
    /// It cosigned more than we have: an old copy of the log was restored.
    case rolledBack(size: UInt64, witnessed: UInt64)
    /// It cosigned another root of the same size.
    case fork(size: UInt64)
    /// What it cosigned is not the beginning of what we have.
    case inconsistent(from: UInt64, to: UInt64)

    public var description: String {
        switch self {
        case .rolledBack(let size, let witnessed):
            "it has cosigned \(witnessed) entries, and here are \(size): an old copy of the log was restored"
        case .fork(let size): "it has cosigned other entries than these \(size)"
        case .inconsistent(let old, let new):
            "the \(old) entries that it has cosigned are not the beginning of these \(new)"
        }
    }
}
