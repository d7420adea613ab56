public import Ringfence
public import TransparencyLog

/// What somebody who watches a ledger knows of it, and what they must say when they look again.
///
/// A value: what was fetched and the time in, notices out. One look is ``fetched(_:at:)``, then ``read(_:at:)`` if it asks
/// for that. What it keeps over restarts is its ``memory``.
public struct FollowedLedger: Sendable {
    public struct Limits: Sendable, Hashable {
        /// How old what the checkpoint shows may be.
        public var staleAfter = Duration.seconds(60)
        /// How long a gateway that runs may write nothing.
        public var heartbeatWithin = Duration.seconds(30)

        public init() {}
    }

    /// What to do with a checkpoint.
    public enum Step: Sendable, Hashable {
        /// Read and check the entries, and that they continue this checkpoint.
        case read(continuing: Checkpoint?)
        case done(Outcome)
    }

    public struct Outcome: Sendable, Hashable {
        public var notices: [FollowNotice] = []
        /// Two checkpoints of one log that contradict each other, both to be kept.
        public var evidence: Contradiction?

        public init(notices: [FollowNotice] = [], evidence: Contradiction? = nil) {
            self.notices = notices
            self.evidence = evidence
        }
    }

    public struct Contradiction: Sendable, Hashable {
        public let known: SignedNote
        public let shown: SignedNote
    }

    public private(set) var memory: FollowMemory
    private let limits: Limits
    private let policy: TlogPolicy?
    private let log: any LogIdentity
    /// What the entries that were read last leave: nil until they were.
    private var standing: LedgerStanding?
    /// The checkpoint that is being read.
    private var shown: SignedCheckpoint?

    /// - Parameters:
    ///   - policy: Whose quorum must have cosigned; the checkpoint's age is then what its cosignatures say.
    public init(_ memory: FollowMemory, limits: Limits, policy: TlogPolicy?, log: any LogIdentity) {
        self.memory = memory
        self.limits = limits
        self.policy = policy
        self.log = log
    }

    /// The checkpoint that is shown now, its signature verified, or why there is none.
    public mutating func fetched(
        _ result: Result<SignedCheckpoint, LogVerificationError>, at now: EntryTime
    ) -> Step {
        shown = nil
        switch result {
        case .failure(let error):
            let isOut = error.code == .unreadable || error.code == .missing
            return .done(conclude([isOut ? .unreachable : .untrusted: error.sentence], at: now))
        case .success(let checkpoint):
            guard let known = memory.checkpoint else {
                shown = checkpoint
                return .read(continuing: nil)
            }
            if checkpoint.size < known.size {
                let what = "the checkpoint shown has \(checkpoint.size) entries, \(known.size) were verified before"
                return .done(
                    conclude(
                        [.shrunk: what], at: now, evidence: Contradiction(known: known.note, shown: checkpoint.note)))
            }
            if checkpoint.size == known.size, checkpoint.root != known.root {
                return .done(fork(checkpoint, known, at: now))
            }
            shown = checkpoint
            return .read(continuing: known.checkpoint)
        }
    }

    /// What came of reading the entries under the checkpoint that was fetched.
    public mutating func read(_ result: Result<LedgerReading, LogVerificationError>, at now: EntryTime) -> Outcome {
        guard let shown else { return Outcome() }
        switch result {
        case .failure(let error):
            let isOut = error.code == .unreadable
            return conclude([isOut ? .unreachable : .damaged: error.sentence], at: now)
        case .success(.contradicts):
            return memory.checkpoint.map { fork(shown, $0, at: now) } ?? Outcome()
        case .success(.continues(let checkpoint, let findings, let standing)):
            self.standing = standing
            self.shown = checkpoint
            let origin = checkpoint.origin
            let found = findings.kept.map { FollowNotice(.finding($0), of: origin, at: now, $0.what) }
            memory.checkpoint = checkpoint
            var outcome = conclude([:], at: now)
            outcome.notices = found + outcome.notices
            return outcome
        }
    }

    private mutating func fork(
        _ shown: SignedCheckpoint, _ known: SignedCheckpoint, at now: EntryTime
    ) -> Outcome {
        let what =
            "the log of \(shown.size) entries with root \(shown.root) does not continue the \(known.size) entries with "
            + "root \(known.root) that were verified before: its key signed two histories"
        return conclude([.forked: what], at: now, evidence: Contradiction(known: known.note, shown: shown.note))
    }

    /// Adds what the clock says, and tells what began and what is over.
    private mutating func conclude(
        _ found: [FollowAlarm: String], at now: EntryTime, evidence: Contradiction? = nil
    ) -> Outcome {
        var present = found
        // What could not be fetched says nothing of whether this is over.
        let isSeen = found.isEmpty
        if let shown = memory.checkpoint {
            let verdict = isSeen ? policy.flatMap { try? $0.evaluate(shown.note, log: log) } : nil
            if isSeen, policy != nil, verdict?.isQuorumMet != true {
                let count = verdict?.cosigners.count ?? 0
                present[.unwitnessed] = "\(counted(count, "witness", "witnesses")) of the policy cosigned: no quorum"
            }
            judgeTime(of: shown, verdict ?? lastVerdict(of: shown), at: now, &present)
        }
        var notices: [FollowNotice] = []
        for alarm in FollowAlarm.allCases {
            let origin = memory.checkpoint?.origin ?? log.name
            switch (memory.alarms[alarm], present[alarm]) {
            case (nil, let what?):
                memory.alarms[alarm] = now
                notices.append(FollowNotice(.alarm(alarm), of: origin, at: now, what))
            case (let since?, nil) where isSeen || alarm.isOfSeeing:
                memory.alarms[alarm] = nil
                notices.append(FollowNotice(.recovered(alarm), of: origin, at: now, "it was so since \(since)"))
            case (nil, nil), (.some, .some), (.some, nil): break
            }
        }
        return Outcome(notices: notices, evidence: evidence)
    }

    private func lastVerdict(of checkpoint: SignedCheckpoint) -> TlogPolicyVerdict? {
        policy.flatMap { try? $0.evaluate(checkpoint.note, log: log) }
    }

    private func judgeTime(
        of checkpoint: SignedCheckpoint, _ verdict: TlogPolicyVerdict?, at now: EntryTime,
        _ present: inout [FollowAlarm: String]
    ) {
        guard let standing, !standing.isFrozen else { return }
        // Whoever withholds what came after shows an old checkpoint, also one at which the gateway had stopped.
        let witnessed = verdict?.witnessedAt.map {
            EntryTime(millisecondsSince1970: Int64(min($0, 253_402_300_799)) * 1000)
        }
        if let time = witnessed ?? standing.latestTime, now.isLater(than: time, by: limits.staleAfter) {
            let stop = standing.isStopped ? ", when the gateway had stopped" : ""
            present[.stale] = "the checkpoint of \(checkpoint.size) entries shows nothing after \(time)\(stop)"
        }
        if let time = standing.latestTimeOfQuietest, now.isLater(than: time, by: limits.heartbeatWithin) {
            present[.silent] = "no entry since \(time), not even a heartbeat"
        }
    }
}

extension EntryTime {
    fileprivate func isLater(than other: EntryTime, by limit: Duration) -> Bool {
        let (seconds, attoseconds) = limit.components
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return false }
        return millisecondsSince1970 - other.millisecondsSince1970 > milliseconds + attoseconds / 1_000_000_000_000_000
    }
}

extension LogVerificationError {
    fileprivate var sentence: String { "\(path): \(what)" }
}
