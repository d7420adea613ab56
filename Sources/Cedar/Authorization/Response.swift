public enum Decision: String, Sendable, Hashable {
    case allow, deny
}

/// A policy whose evaluation failed. Cedar skips it, whatever its effect.
public struct PolicyFailure: Sendable, Hashable {
    public let policy: PolicyID
    public let effect: Effect
    public let error: EvaluationError
}

/// The answer to a ``Request``, by Cedar's own rules.
///
/// Those rules skip a `forbid` that fails, so a caller to whom that matters must look at ``hasFailedForbid`` as well.
public struct Response: Sendable, Hashable {
    public let decision: Decision
    /// The permits that allowed it, or the forbids that denied it; none if nothing permitted it.
    public let reasons: [PolicyID]
    public let errors: [PolicyFailure]

    /// Whether a `forbid` could not be evaluated: Cedar's decision may then be an `allow` that its author did not mean.
    public var hasFailedForbid: Bool { errors.contains { $0.effect == .forbid } }
}
