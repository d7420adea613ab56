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
        _ = text
        _ = fileName
    }

    /// All policies of `sets`, in order. Those without `@id` are numbered anew, through all of them.
    ///
    /// - Throws: If two policies have the same name.
    public init(merging sets: [PolicySet]) throws(PolicyParseError) {
        self.init()
        _ = sets
    }

    public subscript(id: PolicyID) -> Policy? {
        policies.first { $0.id == id } ?? templates.first { $0.id == id }
    }
}
