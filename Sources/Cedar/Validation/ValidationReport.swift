/// What validation says of one policy.
public struct ValidationFinding: Sendable, Hashable, CustomStringConvertible {
    public let policy: PolicyID
    public let diagnostic: CedarDiagnostic

    public var description: String { diagnostic.description }
}

/// What is wrong with policies by a schema.
public struct ValidationReport: Sendable, Hashable {
    /// A policy with more errors has only so many of them in the report.
    static let errorsPerPolicyMax = 100

    /// In the order of the policies and of their text; what is wrong for several sorts of request is in it once.
    public internal(set) var errors: [ValidationFinding] = []
    /// Policies that can never apply, and tests for attributes that nothing has. They do not make policies invalid.
    public internal(set) var warnings: [ValidationFinding] = []

    public var isValid: Bool { errors.isEmpty }
}

/// What the type checker found out about one policy in one sort of request.
public struct EnvironmentCheck: Sendable {
    /// The type of each condition, in order; nil for those that are in error, or are never reached because what is
    /// before them is false.
    public internal(set) var conditions: [ExpressionType?] = []
    /// The type of the policy as a whole, `.bool(false)` if no such request can satisfy it.
    public internal(set) var type: ExpressionType?
    public internal(set) var errors: [CedarDiagnostic] = []

    /// Whether such a request may satisfy the policy.
    public var mayApply: Bool { type != .bool(false) }
}
