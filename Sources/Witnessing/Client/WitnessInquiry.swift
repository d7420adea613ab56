public import TransparencyLog

/// Asks the witnesses, before a log is written to, whether they know more of it than its directory has.
public struct WitnessInquiry: Sendable {
    public enum Standing: Sendable, Hashable {
        /// It cosigned this checkpoint, or an earlier one, or none.
        case knowsNoMore
        case alarm(WitnessAlarm)
        /// Nothing can be said.
        case silent(String)
    }

    public struct Report: Sendable, Hashable {
        public struct Line: Sendable, Hashable {
            public let witness: String
            public let standing: Standing
        }

        /// In the policy's order.
        public let lines: [Line]
        /// Whether those that know no more are a quorum.
        public let isQuorum: Bool
    }

    private let policy: TlogPolicy
    private let transport: any WitnessTransport

    public init(policy: TlogPolicy, transport: any WitnessTransport) {
        self.policy = policy
        self.transport = transport
    }

    /// - Parameter head: The greatest checkpoint that was signed; of size 0 for a log that is new.
    public func run(_ head: SignedCheckpoint) async -> Report {
        let standings = await withTaskGroup(of: (Int, Standing).self) { group in
            for index in policy.witnesses.indices {
                group.addTask { (index, await standing(of: policy.witnesses[index], towards: head)) }
            }
            return await group.reduce(into: [Int: Standing]()) { $0[$1.0] = $1.1 }
        }
        let knowing = policy.witnesses.indices.filter { standings[$0] == .knowsNoMore }
        return Report(
            lines: policy.witnesses.enumerated().map { index, witness in
                Report.Line(witness: witness.name, standing: standings[index] ?? .silent("it was not asked"))
            },
            isQuorum: policy.isQuorum(Set(knowing)))
    }

    /// A refresh of the head: no proof is needed, and the answer tells the size that the witness has.
    private func standing(of witness: TlogPolicy.Witness, towards head: SignedCheckpoint) async -> Standing {
        guard let url = witness.url.flatMap(HTTPPrefix.init(parsing:)) else { return .silent("it has no URL") }
        var submission = CheckpointSubmission(knownSize: head.size)
        _ = submission.begin(head.checkpoint)
        let request = AddCheckpointRequest(oldSize: head.size, proof: [], note: head.note)
        do {
            switch submission.answered(try await transport.addCheckpoint(request.bytes, to: url)) {
            case .ask, .cosigned: return .knowsNoMore
            case .alarm(let alarm): return .alarm(alarm)
            case .gaveUp(let reason): return .silent(reason)
            }
        } catch {
            return .silent("\(error)")
        }
    }
}
