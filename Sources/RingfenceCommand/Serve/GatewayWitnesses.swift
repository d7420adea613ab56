import Logging
import Ringfence
import Synchronization
import TransparencyLog
import Witnessing

/// The witnesses of a running gateway: asked before anything is written, then for each checkpoint.
final class GatewayWitnesses: Sendable {
    private let settings: LedgerSettings
    private let policy: TlogPolicy
    private let transport: HTTPWitnessTransport
    private let log: Logger
    private let running = Mutex<(cosigner: Cosigner, rounds: Task<Void, Never>)?>(nil)
    /// Nil if statements need no quorum.
    let freshness: WitnessFreshness?

    /// Nil if the configuration names no witnesses.
    init?(_ settings: LedgerSettings, log: Logger) throws {
        guard let policy = try settings.witnessPolicy() else { return nil }
        self.settings = settings
        self.policy = policy
        self.log = log
        transport = try HTTPWitnessTransport()
        freshness = settings.requireWitnessedWithin.map(WitnessFreshness.init(limit:))
    }

    /// Refuses to go on if a witness has seen more of the log than its directory holds.
    ///
    /// Where a quorum is required it waits for one: a gateway that starts on an old copy while the witnesses are away
    /// would sign a second history, and no one could undo that.
    func ask(beforeWritingWith key: SigningKey) async throws {
        let head: SignedCheckpoint
        if let last = try LogWriter.lastSigned(in: settings.directory, key: key) {
            head = last
        } else {
            let empty = Checkpoint(origin: key.name, size: 0, root: .emptyRoot)
            head = try SignedCheckpoint(try key.sign(empty.text), log: key.identity)
        }
        let inquiry = WitnessInquiry(policy: policy, transport: transport)
        var isFirst = true
        while true {
            let report = await inquiry.run(head)
            for line in report.lines {
                switch line.standing {
                case .knowsNoMore: break
                case .alarm(let alarm): throw refusal(line.witness, alarm)
                case .silent(let reason):
                    guard isFirst else { continue }
                    log.warning(
                        "a witness could not be asked", metadata: ["witness": "\(line.witness)", "reason": "\(reason)"])
                }
            }
            if report.isQuorum || settings.requireWitnessedWithin == nil { return }
            if isFirst {
                log.error("no quorum of witnesses answers, and one is required: waiting before anything is written")
            }
            isFirst = false
            try await Task.sleep(for: .seconds(2))
        }
    }

    private func refusal(_ witness: String, _ alarm: WitnessAlarm) -> Failure {
        let file = settings.witnessPolicyFile ?? ""
        return Failure(
            kind: .found,
            message:
                "witness \(witness) contradicts the ledger in \(settings.directory): \(alarm). Nothing was written.",
            remedy: """
                Put the newest copy of that directory back, with all that was ever signed. If it is lost, keep what \
                there is as evidence, and begin a new log: another origin, another key, another directory. If the \
                witness is wrong, take it out of \(file).
                """)
    }

    /// Begins to have checkpoints cosigned.
    func begin(_ writer: LogWriter) {
        let publication = Cosigner.Publication(
            newest: { writer.checkpoint }, show: { note in try writer.publish(note) })
        let cosigner = Cosigner(
            policy: policy, directory: LogDirectory(settings.directory), transport: transport,
            publication: publication, freshness: freshness,
            options: settings.requireWitnessedWithin.map(Cosigner.Options.init(keepingFresh:)) ?? Cosigner.Options(),
            log: log)
        let rounds = Task { await cosigner.run() }
        running.withLock { $0 = (cosigner, rounds) }
    }

    /// Has the log's last checkpoint cosigned and shown, if it was begun, and stops.
    func finish(_ last: SignedCheckpoint) async {
        if let (cosigner, rounds) = running.withLock({ $0 }) {
            rounds.cancel()
            await rounds.value
            await cosigner.finish(last)
        }
        try? await transport.shutDown()
    }
}
