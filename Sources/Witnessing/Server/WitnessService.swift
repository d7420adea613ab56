import Synchronization
public import TransparencyLog

/// A witness with its memory on disk: decides, stores, answers, in this order and one request at a time.
public final class WitnessService: Sendable {
    private struct State {
        var witness: Witness
        var answers: [Int: UInt64] = [:]
        var failure: StorageError?
    }

    private let state: Mutex<State>
    private let directory: WitnessDirectory
    private let now: @Sendable () -> UInt64
    private let failed: @Sendable (StorageError) -> Void

    /// Continues with what is in `directory`.
    ///
    /// - Parameters:
    ///   - logs: The keys that are trusted, each for the log of its name.
    ///   - now: The system's clock, in POSIX seconds.
    ///   - failed: Hears of an I/O error, once. After it the service cosigns nothing: what the disk holds is only known
    ///     to whoever starts anew and reads it.
    /// - Throws: ``LogError`` if what is there is not this witness's.
    public init(
        key: CosigningKey, logs: [VerifierKey], directory: WitnessDirectory, now: @escaping @Sendable () -> UInt64,
        failed: @escaping @Sendable (StorageError) -> Void
    ) throws(LogError) {
        let latest = try directory.load(cosignedBy: key.verifierKey)
        state = Mutex(State(witness: Witness(key: key, logs: logs, latest: latest)))
        self.directory = directory
        self.now = now
        self.failed = failed
    }

    /// The logs it would cosign, and what it cosigned of each last.
    public var logs: [(origin: String, latest: WitnessedCheckpoint?)] {
        state.withLock { state in state.witness.origins.map { ($0, state.witness.latest(of: $0)) } }
    }

    /// The error after which it cosigns nothing.
    public var failure: StorageError? { state.withLock { $0.failure } }

    /// Answers an `add-checkpoint` request. Blocks until what it cosigned is durable.
    public func addCheckpoint(_ body: [UInt8]) -> WitnessAnswer {
        let time = now()
        let (answer, failure) = state.withLock { state -> (WitnessAnswer, StorageError?) in
            var failure: StorageError?
            let answer = decide(body, at: time, &state, &failure)
            state.answers[answer.status, default: 0] += 1
            return (answer, failure)
        }
        if let failure { failed(failure) }
        return answer
    }

    private func decide(
        _ body: [UInt8], at time: UInt64, _ state: inout State, _ failure: inout StorageError?
    ) -> WitnessAnswer {
        guard state.failure == nil else { return WitnessAnswer(status: 503, "the witness has stopped") }
        switch state.witness.decide(body, at: time) {
        case .refuse(let answer):
            return answer
        case .cosign(let cosigned, let answer):
            do throws(StorageError) {
                try directory.store(cosigned)
            } catch {
                // Only a full disk leaves things as they were: the draft was not written whole, so not renamed.
                if error.isOutOfSpace, error.operation == "write" {
                    return WitnessAnswer(status: 503, "there is no disk space")
                }
                state.failure = error
                failure = error
                return WitnessAnswer(status: 503, "the witness has stopped")
            }
            state.witness.stored(cosigned)
            return answer
        }
    }

    /// The checkpoint that monitors read under the SHA-256 of a log's origin.
    func checkpoint(pathName: String) -> [UInt8]? {
        logs.first { WitnessedCheckpoint.pathName(of: $0.origin) == pathName }?.latest?.note.bytes
    }

    /// Prometheus's text format.
    func metrics() -> String {
        let (answers, hasFailed) = state.withLock { ($0.answers, $0.failure != nil) }
        var text = """
            # HELP ringfence_witness_answers_total Answers to add-checkpoint, by status.
            # TYPE ringfence_witness_answers_total counter

            """
        for (status, count) in answers.sorted(by: { $0.key < $1.key }) {
            text += "ringfence_witness_answers_total{status=\"\(status)\"} \(count)\n"
        }
        text += """
            # HELP ringfence_witness_up 0 after an error of the disk: nothing is cosigned until a restart.
            # TYPE ringfence_witness_up gauge
            ringfence_witness_up \(hasFailed ? 0 : 1)
            # HELP ringfence_witness_log_size Entries under the checkpoint that was cosigned last.
            # TYPE ringfence_witness_log_size gauge

            """
        let logs = logs.map { (Self.label($0.origin), $0.latest) }
        for (label, latest) in logs {
            text += "ringfence_witness_log_size{log=\"\(label)\"} \(latest?.checkpoint.size ?? 0)\n"
        }
        text += """
            # HELP ringfence_witness_cosigned_seconds When that was, in POSIX seconds.
            # TYPE ringfence_witness_cosigned_seconds gauge

            """
        for (label, latest) in logs {
            text += "ringfence_witness_cosigned_seconds{log=\"\(label)\"} \(latest?.time ?? 0)\n"
        }
        return text
    }

    private static func label(_ origin: String) -> String {
        origin.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
