public import Cedar

/// Why a policy cannot become a condition on rows.
public struct Rejection: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nil where it is the mapping or the question that is at fault.
    public var policy: PolicyID?
    public var span: SourceSpan?
    /// What cannot be expressed: `arithmetic`, `getTag`, …
    public var construct: String
    /// A sentence without a full stop, in lower case.
    public var reason: String
    public var remedy: String

    public init(
        policy: PolicyID? = nil, span: SourceSpan? = nil, construct: String, reason: String, remedy: String
    ) {
        self.policy = policy
        self.span = span
        self.construct = construct
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String {
        let place = [span.map(\.description), policy.map { "policy \"\($0)\"" }].compactMap { $0 }
        return (place + ["\(construct): \(reason) (\(remedy))"]).joined(separator: ": ")
    }
}

/// At least one policy cannot be expressed in SQL; everything that stands in the way, in the policies' order.
public struct RowConditionError: Error, Sendable, Hashable, CustomStringConvertible {
    public var rejections: [Rejection]

    public var description: String { rejections.map(\.description).joined(separator: "\n") }
}
