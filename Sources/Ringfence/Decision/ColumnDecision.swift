public import Cedar
internal import CedarSQL

/// What policy says of one column, one action and people of one home.
public struct ColumnDecision: Sendable, Hashable {
    /// A policy that failed. Cedar skips it; here a `forbid` that fails denies.
    public struct Failure: Sendable, Hashable {
        public var policy: PolicyID
        public var effect: Effect
        /// What went wrong, or why SQL cannot express what is left of the policy.
        public var message: String
        /// Cedar has an answer, but it depends on the subject's key or the row in a way that SQL could not follow
        /// exactly.
        public var isInexpressible: Bool
        /// What to write instead, where it is known better than for the subject's key.
        public var remedy: String? = nil
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

    /// Nothing permits it and nothing forbids it, for anybody.
    static let nothing = ColumnDecision(allowed: .never, forbidden: .never, permits: [], forbids: [], failures: [])

    private init(
        allowed: KeyPredicate, forbidden: KeyPredicate, permits: [PolicyID], forbids: [PolicyID], failures: [Failure]
    ) {
        self.allowed = allowed
        self.forbidden = forbidden
        self.permits = permits
        self.forbids = forbids
        self.failures = failures
    }

    /// Reads the answer that is left when only the subject's key and the row are unknown, failing closed: allowed is
    /// what a permit covers and no forbid does, and a forbid that fails, or that SQL cannot express, covers everyone.
    init(_ residuals: [TypedResidualPolicy], _ schema: Schema, _ table: RowVocabulary.Table?) {
        var permitted: [KeyPredicate] = []
        var forbidden: [KeyPredicate] = []
        var representability: Set<RowTest> = []
        (permits, forbids, failures) = ([], [], [])
        for policy in residuals {
            var predicate: KeyPredicate?
            if let error = policy.residual.error {
                let failure = Failure(
                    policy: policy.policy, effect: policy.effect, message: error.message, isInexpressible: false)
                failures.append(failure)
            } else {
                var translation = KeyPredicateTranslation(policy: policy.policy, schema: schema, table: table)
                predicate = translation.predicate(of: policy.residual)
                if predicate == nil {
                    failures.append(Failure(policy, translation.rejection))
                } else {
                    representability.formUnion(translation.representability)
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
        // Of a row with a value that Cedar has not nothing can be said, not even that no forbid applies.
        let isUnclear = representability.map { KeyPredicate.negation(of: .row($0)) }
        self.forbidden = KeyPredicate.any(of: forbidden + isUnclear)
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

extension ColumnDecision.Failure {
    /// - Parameter rejection: Of what it asks of the row; nil where it is the key.
    fileprivate init(_ policy: TypedResidualPolicy, _ rejection: Rejection?) {
        self.init(
            policy: policy.policy, effect: policy.effect,
            message: rejection.map { "what it asks of the row cannot be expressed in SQL: \($0.reason)" }
                ?? "what it asks of the subject's key cannot be expressed in SQL",
            isInexpressible: true, remedy: rejection?.remedy)
    }
}
