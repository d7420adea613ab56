/// Policies that decide together.
public struct PolicySet: Sendable {
    /// Those that decide, in order.
    public private(set) var policies: [Policy]
    /// Those with slots, in order; nothing links them.
    public private(set) var templates: [Policy]

    /// No policies: denies everything.
    public init() {
        policies = []
        templates = []
    }

    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: Every error that could be told apart, one for each policy.
    public init(parsing text: String, fileName: String) throws(PolicyParseError) {
        self.init()
        try take(PolicyParser.policies(in: SourceText(name: fileName, bytes: Array(text.utf8))))
    }

    /// All policies of `sets`, in order. Those without `@id` are numbered anew, through all of them.
    ///
    /// - Throws: If two policies have the same name.
    public init(merging sets: [PolicySet]) throws(PolicyParseError) {
        self.init()
        try take(
            sets.flatMap { set in
                (set.policies + set.templates).sorted { $0.span.startOffset < $1.span.startOffset }
            })
    }

    /// Names policies by their `@id`, or by their position among all.
    private mutating func take(_ all: [Policy]) throws(PolicyParseError) {
        var names: Set<PolicyID> = []
        var problems: [CedarDiagnostic] = []
        for (position, policy) in all.enumerated() {
            var policy = policy
            policy.id = PolicyID(policy.annotation("id")?.text ?? "policy\(position)")
            if !names.insert(policy.id).inserted {
                problems.append(
                    CedarDiagnostic(
                        message: "there are two policies with the name \"\(policy.id)\"", span: policy.span,
                        help: "give one of them another @id"))
            }
            if policy.isTemplate { templates.append(policy) } else { policies.append(policy) }
        }
        guard problems.isEmpty else { throw PolicyParseError(diagnostics: problems) }
    }

    public subscript(id: PolicyID) -> Policy? {
        policies.first { $0.id == id } ?? templates.first { $0.id == id }
    }
}
