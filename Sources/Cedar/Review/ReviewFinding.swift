/// What a review says of one policy.
public struct ReviewFinding: Sendable, Hashable, CustomStringConvertible {
    /// What is reviewed; each has a severity by what it does to the policy's meaning.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// Strict validation refuses it. An error.
        case invalid
        /// A test for an attribute that nothing has is always false. An error: a `forbid` guarded by one never fires,
        /// a `permit` with one in `unless` always does.
        case undeclaredTest
        /// A comparison with a value that the attribute never has. An error, for the same reasons.
        case impossibleValue
        /// An entity that does not exist. An error.
        case unknownEntity
        /// A condition has the same value in all requests. An error if a `forbid` never fires by it.
        case constantCondition
        /// No request satisfies it, or it always fails. An error if it is a `forbid`.
        case neverApplies
        /// A `permit` that a `forbid` covers wholly. A warning.
        case shadowed
        /// A template that nothing links. A warning: who loads the policies may link it.
        case unlinkedTemplate
        /// What the program that asks cannot carry out exactly: its own rule, found by itself.
        case inexpressible
    }

    public var rule: Rule
    public var severity: CedarDiagnostic.Severity
    public var policy: PolicyID
    /// Where it is, what it is, and what to do about it.
    public var diagnostic: CedarDiagnostic

    public init(rule: Rule, severity: CedarDiagnostic.Severity, policy: PolicyID, diagnostic: CedarDiagnostic) {
        self.rule = rule
        self.severity = severity
        self.policy = policy
        self.diagnostic = diagnostic
    }

    public var description: String {
        let help = diagnostic.help.map { " (\($0))" } ?? ""
        return "\(diagnostic.span): \(severity.rawValue): \(diagnostic.message)\(help)"
    }
}
