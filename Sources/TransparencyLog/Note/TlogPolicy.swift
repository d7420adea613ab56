/// Which logs are accepted, and which witnesses must have cosigned a checkpoint (C2SP tlog-policy).
public struct TlogPolicy: Sendable, Hashable {
    public struct Log: Sendable, Hashable {
        public let key: VerifierKey
        /// What this is for is the application's business.
        public let url: String?
        /// Where the file says so, from 1.
        public let line: Int
    }

    public struct Witness: Sendable, Hashable {
        /// Within this file only.
        public let name: String
        public let key: VerifierKey
        /// The submission prefix (tlog-witness).
        public let url: String?
        public let line: Int
    }

    public struct Group: Sendable, Hashable {
        public let name: String
        /// How many of the members must have witnessed a checkpoint.
        public let threshold: Int
        public let members: [Member]
        public let line: Int
    }

    /// A witness or a group, by its place in ``witnesses`` or ``groups``: a group's members stand before it.
    public enum Member: Sendable, Hashable {
        case witness(Int)
        case group(Int)
    }

    public let logs: [Log]
    public let witnesses: [Witness]
    public let groups: [Group]
    /// Nil for `quorum none`: no cosignature is required.
    public let quorum: Member?
    public let quorumLine: Int

    init(logs: [Log], witnesses: [Witness], groups: [Group], quorum: Member?, quorumLine: Int) {
        self.logs = logs
        self.witnesses = witnesses
        self.groups = groups
        self.quorum = quorum
        self.quorumLine = quorumLine
    }

    /// - Throws: The first line that breaks the format.
    public init(parsing bytes: some Collection<UInt8>) throws(TlogPolicyError) {
        self = try TlogPolicyParser.parse(bytes)
    }
}

/// Which line of a policy file is wrong, and why.
public struct TlogPolicyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// From 1; for what is missing, the last line.
    public let line: Int
    public let what: String

    public var description: String { "line \(line): \(what)" }
}

/// What a policy says of one checkpoint.
public struct TlogPolicyVerdict: Sendable, Hashable {
    public struct Cosigner: Sendable, Hashable {
        public let name: String
        /// POSIX seconds at which it cosigned.
        public let time: UInt64
    }

    public let checkpoint: Checkpoint
    public let log: VerifierKey
    /// In the policy's order.
    public let cosigners: [Cosigner]
    public let isQuorumMet: Bool
    /// The latest time such that cosignatures as young as that are a quorum by themselves: how fresh the checkpoint is.
    /// Nil if the quorum is not met, or if none is required.
    public let witnessedAt: UInt64?
}

extension TlogPolicy {
    /// Verifies a checkpoint's signatures and counts.
    ///
    /// - Parameter log: The log that is expected; nil accepts any of ``logs``. A policy that lists logs accepts no other.
    /// - Throws: `.unsigned` if no accepted log signed it, `.badSignature` if a line of a known key fails.
    public func evaluate(_ note: SignedNote, log: (any LogIdentity)? = nil) throws(NoteError) -> TlogPolicyVerdict {
        let accepted = logs.map(\.key)
        let candidates = log.map { log in log.keys.filter { accepted.isEmpty || accepted.contains($0) } } ?? accepted
        let checkpoint = try Checkpoint(parsing: note.text)
        let verified = try note.verified(by: candidates + witnesses.map(\.key))
        guard let signer = verified.first(where: { candidates.contains($0.key) })?.key else { throw .unsigned }
        guard checkpoint.origin.utf8.elementsEqual(signer.name.utf8) else { throw .wrongOrigin(checkpoint.origin) }
        let times = witnesses.map { witness in verified.first { $0.key == witness.key }?.time }
        let witnessedAt = quorumTime(times)
        return TlogPolicyVerdict(
            checkpoint: checkpoint, log: signer,
            cosigners: zip(witnesses, times).compactMap { witness, time in
                time.map { TlogPolicyVerdict.Cosigner(name: witness.name, time: $0) }
            },
            isQuorumMet: quorum == nil || witnessedAt != nil, witnessedAt: witnessedAt)
    }

    /// Whether these witnesses, by their places in ``witnesses``, are a quorum.
    public func isQuorum(_ cosigners: Set<Int>) -> Bool {
        quorum == nil || quorumTime(witnesses.indices.map { cosigners.contains($0) ? 0 : nil }) != nil
    }

    /// A group of threshold k is witnessed since the k-th youngest of its members.
    private func quorumTime(_ times: [UInt64?]) -> UInt64? {
        guard let quorum else { return nil }
        var groupTimes: [UInt64?] = []
        func time(_ member: Member) -> UInt64? {
            switch member {
            case .witness(let index): times[index]
            case .group(let index): groupTimes[index]
            }
        }
        // In order, as each refers to earlier ones only: no recursion that a file could make deep.
        for group in groups {
            let youngest = group.members.compactMap(time).sorted(by: >)
            groupTimes.append(youngest.count >= group.threshold ? youngest[group.threshold - 1] : nil)
        }
        return time(quorum)
    }
}
