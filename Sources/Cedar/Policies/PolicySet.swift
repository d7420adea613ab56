/// What the policies of a text are called.
public enum PolicyNaming: Sendable {
    /// As their `@id` says, or like ``positions`` where there is none.
    case annotations
    /// `policy0`, `policy1` and so on, as the official engine does: `@id` is an annotation like any other.
    case positions
}

/// Policies that decide together.
public struct PolicySet: Sendable {
    /// Those that decide, in order; linked ones last.
    public private(set) var policies: [Policy]
    /// Those with slots, in order. They decide through the policies that are linked from them.
    public private(set) var templates: [Policy]
    private var byID: [PolicyID: Policy]
    private(set) var index = PolicyIndex()

    /// No policies: denies everything.
    public init() {
        policies = []
        templates = []
        byID = [:]
    }

    /// - Parameters:
    ///   - fileName: Names the text in diagnostics.
    ///   - naming: What the policies are called in answers.
    /// - Throws: Every error that could be told apart, one for each policy.
    public init(
        parsing text: String, fileName: String, naming: PolicyNaming = .annotations
    ) throws(PolicyParseError) {
        self.init()
        try take(PolicyParser.policies(in: SourceText(name: fileName, bytes: Array(text.utf8))), naming)
    }

    /// All policies of `sets`, in order. Those without `@id` are numbered anew, through all of them; policies from
    /// JSON and links keep their names.
    ///
    /// - Throws: If two policies have the same name.
    public init(merging sets: [PolicySet]) throws(PolicyParseError) {
        self.init()
        var problems: [CedarDiagnostic] = []
        var links: [Policy] = []
        var position = 0
        for set in sets {
            var names: [PolicyID: PolicyID] = [:]
            let own = set.policies.filter { $0.link == nil } + set.templates
            for var policy in own.sorted(by: { $0.span.startOffset < $1.span.startOffset }) {
                let name = policy.id
                policy.nameItself(at: position, .annotations)
                position += 1
                names[name] = policy.id
                add(policy, &problems)
            }
            for var policy in set.policies {
                guard let link = policy.link else { continue }
                policy.link?.template = names[link.template] ?? link.template
                links.append(policy)
            }
        }
        for link in links { add(link, &problems) }
        guard problems.isEmpty else { throw PolicyParseError(diagnostics: problems) }
    }

    private mutating func take(_ all: [Policy], _ naming: PolicyNaming) throws(PolicyParseError) {
        var problems: [CedarDiagnostic] = []
        for (position, var policy) in all.enumerated() {
            policy.nameItself(at: position, naming)
            add(policy, &problems)
        }
        guard problems.isEmpty else { throw PolicyParseError(diagnostics: problems) }
    }

    /// Adds a policy under its name, or a diagnostic if that is taken.
    mutating func add(_ policy: Policy, _ problems: inout [CedarDiagnostic]) {
        guard byID[policy.id] == nil else {
            problems.append(
                CedarDiagnostic(
                    message: "there are two policies with the name \"\(policy.id)\"", span: policy.span,
                    help: policy.hasGivenID ? "give one of them another name" : "give one of them another @id"))
            return
        }
        byID[policy.id] = policy
        if policy.isTemplate { templates.append(policy) } else { addDeciding(policy) }
    }

    public subscript(id: PolicyID) -> Policy? { byID[id] }

    /// Makes a policy of a template by filling its slots. It has the annotations of the template.
    ///
    /// - Throws: If there is no such template, `values` are not exactly its slots, or `id` is taken.
    public mutating func link(
        template: PolicyID, as id: PolicyID, values: [Slot: EntityUID]
    ) throws(TemplateLinkError) {
        guard let origin = byID[template] else { throw .noSuchTemplate(template) }
        guard origin.isTemplate else { throw .noTemplate(template) }
        for slot in Slot.allCases {
            switch (origin.slots.contains(slot), values[slot]) {
            case (true, nil): throw .missingValue(slot, template: template)
            case (false, .some): throw .surplusValue(slot, template: template)
            case (true, .some), (false, nil): continue
            }
        }
        guard byID[id] == nil else { throw .nameIsTaken(id) }
        let policy = Policy(
            id: id, effect: origin.effect, annotations: origin.annotations, span: origin.span,
            scope: origin.scope.filled(with: values), conditions: origin.conditions, source: origin.source,
            hasGivenID: true, link: TemplateLink(template: template, values: values))
        byID[id] = policy
        addDeciding(policy)
    }

    private mutating func addDeciding(_ policy: Policy) {
        index.insert(policy.scope, at: policies.count)
        policies.append(policy)
    }
}

extension Policy {
    /// Does nothing to a policy that was given its name from outside.
    fileprivate mutating func nameItself(at position: Int, _ naming: PolicyNaming) {
        guard !hasGivenID else { return }
        let given = naming == .annotations ? annotation("id")?.text : nil
        id = PolicyID(given ?? "policy\(position)")
    }
}
