public import Logging
import NIOCore
public import TransparencyLog

/// Has a log's checkpoints cosigned by the witnesses of a policy, away from those who append.
///
/// It works in rounds: the newest checkpoint goes to every witness at once, for only cosignatures of the same checkpoint
/// are a quorum. A round takes no longer than the slowest answer may, and what was signed meanwhile is skipped but for
/// the last: a witness that is down costs no memory.
public actor Cosigner {
    public struct Options: Sendable, Hashable {
        /// Between the beginnings of two rounds.
        public var interval = Duration.seconds(1)
        /// A checkpoint that is cosigned already is cosigned again after this time: readers ask how old it is.
        public var refresh = Duration.seconds(10)
        /// Without a quorum for this long, checkpoints are shown with the cosignatures that they have.
        public var patience = Duration.seconds(10)

        public init() {}

        /// For a log whose appends are refused when the quorum is away for longer than `limit`.
        public init(keepingFresh limit: Duration) {
            interval = min(interval, limit / 4)
            refresh = min(refresh, limit / 3)
        }
    }

    /// Where checkpoints come from and go to.
    public struct Publication: Sendable {
        /// The newest one that was signed.
        public var newest: @Sendable () -> SignedCheckpoint?
        /// Shows readers a checkpoint with its cosignatures.
        public var show: @Sendable (SignedNote) throws -> Void

        public init(
            newest: @escaping @Sendable () -> SignedCheckpoint?, show: @escaping @Sendable (SignedNote) throws -> Void
        ) {
            self.newest = newest
            self.show = show
        }
    }

    private static let pollInterval = Duration.milliseconds(50)
    private static let lastRoundsMax = 3

    private let witnesses: SubmittingWitnesses
    private let policy: TlogPolicy
    private let publication: Publication
    private let freshness: WitnessFreshness?
    private let options: Options
    private let log: Logger
    /// The last checkpoint for which there was a quorum, and when it was asked for.
    private var done: (size: UInt64, at: NIODeadline)?
    private var lastQuorum = NIODeadline.now()
    private var hadQuorum = true

    /// - Parameters:
    ///   - directory: The log's own, from which proofs are read.
    ///   - freshness: Hears of each quorum.
    public init(
        policy: TlogPolicy, directory: LogDirectory, transport: any WitnessTransport, publication: Publication,
        freshness: WitnessFreshness?, options: Options = Options(), log: Logger
    ) {
        witnesses = SubmittingWitnesses(policy: policy, directory: directory, transport: transport, log: log)
        self.policy = policy
        self.publication = publication
        self.freshness = freshness
        self.options = options
        self.log = log
    }

    /// Round after round, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let began = NIODeadline.now()
            if let newest = publication.newest(), isDue(newest, at: began) {
                await round(newest)
                try? await Task.sleep(for: options.interval - .nanoseconds((.now() - began).nanoseconds))
            } else {
                try? await Task.sleep(for: Self.pollInterval)
            }
        }
    }

    /// The last rounds, with the log's last checkpoint, which readers then see whatever the witnesses say.
    public func finish(_ last: SignedCheckpoint) async {
        // There is no later one that would make good what a busy moment cost.
        for _ in 1..<Self.lastRoundsMax {
            if await round(last) { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
        await round(last, isLast: true)
    }

    private func isDue(_ newest: SignedCheckpoint, at now: NIODeadline) -> Bool {
        guard let done, done.size >= newest.size else { return true }
        return now - done.at > TimeAmount(options.refresh)
    }

    /// - Returns: Whether there was a quorum.
    @discardableResult
    private func round(_ checkpoint: SignedCheckpoint, isLast: Bool = false) async -> Bool {
        let began = NIODeadline.now()
        var note = checkpoint.note
        var cosigners: Set<Int> = []
        var shown = 0
        for await (witness, lines) in await witnesses.submit(checkpoint) {
            note = note.adding(lines, verifiedBy: [policy.witnesses[witness].key])
            cosigners.insert(witness)
            // Those that answer later come to the others at the round's end.
            guard shown == 0, policy.isQuorum(cosigners) else { continue }
            show(note)
            shown = note.signatures.count
            quorumReached(by: checkpoint, askedAt: began)
        }
        let isQuorum = policy.isQuorum(cosigners)
        if isQuorum {
            if note.signatures.count > shown { show(note) }
            if shown == 0 { quorumReached(by: checkpoint, askedAt: began) }
        } else {
            if hadQuorum { log.error("no quorum of witnesses cosigned", metadata: ["size": "\(checkpoint.size)"]) }
            hadQuorum = false
            // Readers should rather see an entry than wait for ever for its witnesses; that it lacks them, they see too.
            if isLast || began - lastQuorum > TimeAmount(options.patience) { show(note) }
        }
        return isQuorum
    }

    private func show(_ note: SignedNote) {
        do {
            try publication.show(note)
        } catch {
            log.error("a cosigned checkpoint could not be shown", metadata: ["error": "\(error)"])
        }
    }

    private func quorumReached(by checkpoint: SignedCheckpoint, askedAt began: NIODeadline) {
        if !hadQuorum { log.info("the quorum of witnesses is back", metadata: ["size": "\(checkpoint.size)"]) }
        hadQuorum = true
        lastQuorum = began
        done = (checkpoint.size, began)
        freshness?.quorumReached(askedAt: began.uptimeNanoseconds)
    }
}
