public import Ringfence
public import TransparencyLog

/// Which witnesses must have cosigned a checkpoint for it to be believed, and how long ago at most.
public struct WitnessRequirement: Sendable {
    /// What clocks may differ by.
    static let clockToleranceSeconds: Int64 = 60

    public let policy: TlogPolicy
    /// Nil for any age.
    public let freshWithinSeconds: Int64?

    public init(_ policy: TlogPolicy, freshWithinSeconds: Int64? = nil) {
        self.policy = policy
        self.freshWithinSeconds = freshWithinSeconds
    }

    /// The keys whose cosignatures are verified.
    public var witnesses: [VerifierKey] { policy.witnesses.map(\.key) }

    /// What witnesses say of a checkpoint of the log with `keys`.
    public func judge(_ checkpoint: SignedCheckpoint, of keys: some LogIdentity, at now: EntryTime) -> WitnessJudgement
    {
        let verdict: TlogPolicyVerdict
        do {
            verdict = try policy.evaluate(checkpoint.note, log: keys)
        } catch {
            return WitnessJudgement(
                problem: .init(
                    what: "the checkpoint does not satisfy the policy: \(error)",
                    remedy: "A policy that lists logs accepts no other: see that it is the one for this log."))
        }
        let age = verdict.witnessedAt.map { now.millisecondsSince1970 / 1000 - Int64(clamping: $0) }
        return WitnessJudgement(
            cosigners: verdict.cosigners.map { .init(name: $0.name, time: EntryTime(cosignedAt: $0.time)) },
            ageSeconds: age.map { max($0, 0) }, problem: problem(verdict, age))
    }

    private func problem(_ verdict: TlogPolicyVerdict, _ age: Int64?) -> WitnessJudgement.Problem? {
        guard verdict.isQuorumMet else {
            return .init(
                what: "the quorum is not met: "
                    + "\(counted(verdict.cosigners.count, "witness", "witnesses")) of \(policy.witnesses.count) cosigned",
                remedy: "Without them the log may show others another history. Fetch a later checkpoint, or ask why.")
        }
        guard let freshWithinSeconds else { return nil }
        guard let age, let witnessedAt = verdict.witnessedAt else {
            return .init(
                what: "the policy requires no witness, so nothing says how old this is",
                remedy: "Take a policy whose quorum is a witness or a group.")
        }
        guard age >= -Self.clockToleranceSeconds else {
            return .init(
                what: "the quorum cosigned at \(EntryTime(cosignedAt: witnessedAt)), which is not yet",
                remedy: "This machine's clock or the witnesses' are wrong.")
        }
        guard age <= freshWithinSeconds else {
            return .init(
                what: "the checkpoint is stale: the quorum cosigned it \(age) seconds ago, "
                    + "and \(freshWithinSeconds) are allowed",
                remedy: "There may be later entries that this copy withholds: fetch it again, or ask why.")
        }
        return nil
    }
}

/// What the witnesses of a policy say of one checkpoint.
public struct WitnessJudgement: Sendable, Hashable {
    public struct Cosigner: Sendable, Hashable {
        public let name: String
        public let time: EntryTime
    }

    /// Why the checkpoint is not as the policy demands.
    public struct Problem: Sendable, Hashable {
        public let what: String
        public let remedy: String
    }

    public var cosigners: [Cosigner] = []
    /// Since cosignatures that are a quorum; nil if there is none, or none is required.
    public var ageSeconds: Int64?
    public var problem: Problem?

    /// For people, a line each.
    public var lines: [String] {
        var lines = cosigners.map { "  cosigned by \($0.name) at \($0.time)" }
        if problem == nil {
            lines.append(
                ageSeconds.map { "The quorum of witnesses has cosigned it, \($0) seconds ago." }
                    ?? "The policy requires no witness.")
        }
        return lines
    }
}
