import Logging
import NIOCore
import TransparencyLog

/// The witnesses of a policy that have a URL, and what is known of each.
actor SubmittingWitnesses {
    private let policy: TlogPolicy
    private let directory: LogDirectory
    private let transport: any WitnessTransport
    private let log: Logger
    private var states: [State]

    private struct State {
        var url: HTTPPrefix?
        var submission = CheckpointSubmission()
        /// Why it did not cosign last time; nil if it did.
        var trouble: String?
    }

    init(policy: TlogPolicy, directory: LogDirectory, transport: any WitnessTransport, log: Logger) {
        self.policy = policy
        self.directory = directory
        self.transport = transport
        self.log = log
        states = policy.witnesses.map { State(url: $0.url.flatMap(HTTPPrefix.init(parsing:))) }
    }

    /// Asks all at once; yields each witness's cosignature, verified, as it comes, and ends when all have had their
    /// time.
    func submit(_ checkpoint: SignedCheckpoint) -> AsyncStream<(Int, [NoteSignature])> {
        let (stream, answers) = AsyncStream.makeStream(of: (Int, [NoteSignature]).self)
        let asked = states.indices.filter { states[$0].url != nil }
        Task {
            await withTaskGroup(of: Void.self) { group in
                for witness in asked {
                    group.addTask {
                        if let lines = await self.cosignature(of: witness, on: checkpoint) {
                            answers.yield((witness, lines))
                        }
                    }
                }
            }
            answers.finish()
        }
        return stream
    }

    private func cosignature(of witness: Int, on checkpoint: SignedCheckpoint) async -> [NoteSignature]? {
        var action = states[witness].submission.begin(checkpoint.checkpoint)
        while true {
            switch action {
            case .ask(let oldSize, let pause):
                do {
                    if pause > .zero { try await Task.sleep(for: pause) }
                    let answer = try await ask(witness, checkpoint, from: oldSize)
                    action = states[witness].submission.answered(answer)
                } catch {
                    action = .gaveUp("\(error)")
                }
            case .cosigned(let lines):
                let key = policy.witnesses[witness].key
                let own = checkpoint.note.adding(lines, verifiedBy: [key])
                guard own.signatures.count > checkpoint.note.signatures.count else {
                    trouble("its cosignature does not verify", with: witness)
                    return nil
                }
                recovered(witness)
                return lines
            case .gaveUp(let reason):
                trouble(reason, with: witness)
                return nil
            case .alarm(let alarm):
                trouble("ALARM: \(alarm)", with: witness, isAlarm: true)
                return nil
            }
        }
    }

    private func ask(_ witness: Int, _ checkpoint: SignedCheckpoint, from oldSize: UInt64) async throws -> WitnessAnswer
    {
        guard let url = states[witness].url else { throw WitnessUnreachable("it has no URL") }
        let proof = try directory.consistencyProof(from: oldSize, to: checkpoint.size)
        let request = AddCheckpointRequest(oldSize: oldSize, proof: proof.hashes, note: checkpoint.note)
        return try await transport.addCheckpoint(request.bytes, to: url)
    }

    /// Once for each change: a witness that is down would else fill the log.
    private func trouble(_ reason: String, with witness: Int, isAlarm: Bool = false) {
        guard states[witness].trouble != reason else { return }
        states[witness].trouble = reason
        log.log(
            level: isAlarm ? .error : .warning, "a witness does not cosign",
            metadata: ["witness": "\(policy.witnesses[witness].name)", "reason": "\(reason)"])
    }

    private func recovered(_ witness: Int) {
        guard states[witness].trouble != nil else { return }
        states[witness].trouble = nil
        log.info("a witness cosigns again", metadata: ["witness": "\(policy.witnesses[witness].name)"])
    }
}
