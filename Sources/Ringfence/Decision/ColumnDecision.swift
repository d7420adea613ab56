public import Cedar

/// What policy says of one column, one action and people of one home.
public struct ColumnDecision: Sendable, Hashable {
    /// A policy that failed. Cedar skips it; here a `forbid` that fails denies.
    public struct Failure: Sendable, Hashable {
        public var policy: PolicyID
        public var effect: Effect
        /// What went wrong, or why SQL cannot express what is left of the policy.
        public var message: String
        /// Cedar has an answer, but it depends on the subject's key in a way that SQL could not follow exactly.
        public var isInexpressible: Bool
    }

    /// For which subjects, by their key, it is allowed.
    public var allowed: KeyPredicate
    /// For which subjects something forbids it, whether or not anything permits it.
    public var forbidden: KeyPredicate
    /// The policies that permit it, for some subjects at least, in the policy files' order.
    public var permits: [PolicyID]
    /// The policies that forbid it, for some subjects at least, in the policy files' order.
    public var forbids: [PolicyID]
    public var failures: [Failure]

    /// Nothing permits it and nothing forbids it.
    public var isDefaultDeny: Bool {
        permits.isEmpty && forbids.isEmpty && !failures.contains { $0.effect == .forbid }
    }

    /// Reads the answer that is left when only the subject's key is unknown, failing closed: allowed is what a
    /// permit covers and no forbid does, and a forbid that fails, or that SQL cannot express, covers everyone.
    init(_ residuals: [ResidualPolicy]) {
        var permitted: [KeyPredicate] = []
        var forbidden: [KeyPredicate] = []
        (permits, forbids, failures) = ([], [], [])
        for policy in residuals {
            var predicate: KeyPredicate?
            switch policy.residual {
            case .error(let error):
                let failure = Failure(
                    policy: policy.policy, effect: policy.effect, message: error.message, isInexpressible: false)
                failures.append(failure)
            case let residual:
                predicate = KeyPredicate(residual)
                if predicate == nil {
                    let failure = Failure(
                        policy: policy.policy, effect: policy.effect,
                        message: "what it asks of the subject's key cannot be expressed in SQL", isInexpressible: true)
                    failures.append(failure)
                }
            }
            switch policy.effect {
            case .permit:
                guard let predicate, predicate != .never else { continue }
                permitted.append(predicate)
                permits.append(policy.policy)
            case .forbid:
                guard predicate != .never else { continue }
                forbidden.append(predicate ?? .always)
                if predicate != nil { forbids.append(policy.policy) }
            }
        }
        self.forbidden = KeyPredicate.any(of: forbidden)
        let allowed = KeyPredicate.all(of: [.any(of: permitted), .negation(of: self.forbidden)])
        guard allowed.nodeCount > KeyPredicate.nodesMax else {
            self.allowed = allowed
            return
        }
        self.allowed = .never
        failures += permits.map {
            Failure(
                policy: $0, effect: .permit, message: "together the policies ask too much of the subject's key",
                isInexpressible: true)
        }
        permits = []
    }
}
