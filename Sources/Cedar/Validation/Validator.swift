/// Validates policies by a schema, strictly: as the official engine does by default.
public struct Validator: Sendable {
    public let schema: Schema
    private let environments: [RequestEnvironment]
    /// The schema's types as expressions have them, made once.
    private let attributes: [EntityTypeName: [CedarString: ExpressionType.Attribute]]
    private let tags: [EntityTypeName: ExpressionType]
    private let contexts: [EntityUID: ExpressionType]

    public init(_ schema: Schema) {
        self.schema = schema
        environments = schema.requestEnvironments
        attributes = schema.entityTypes.mapValues { ExpressionType.attributes($0.attributes) }
        tags = schema.entityTypes.compactMapValues { $0.tags.map(ExpressionType.init) }
        contexts = schema.actions.mapValues { .record(ExpressionType.attributes($0.context)) }
    }

    /// Validates every policy and template of `policies`.
    public func validate(_ policies: PolicySet) -> ValidationReport {
        var report = ValidationReport()
        for policy in policies.policies + policies.templates { validate(policy, into: &report) }
        return report
    }

    /// Validates one policy or template.
    public func validate(_ policy: Policy) -> ValidationReport {
        var report = ValidationReport()
        validate(policy, into: &report)
        return report
    }

    /// Checks the types of one policy in one sort of request. Names that the schema does not have are no errors here:
    /// ``validate(_:)-(Policy)`` reports them.
    public func check(_ policy: Policy, in environment: RequestEnvironment) -> EnvironmentCheck {
        var checker = Typechecker(self, policy)
        return checker.check(in: environment)
    }

    private func validate(_ policy: Policy, into report: inout ValidationReport) {
        var names = NameValidation(schema, policy)
        var errors = names.problems()
        if let problem = ScopeValidation(schema, policy).problem() { errors.append(problem) }
        var checker = Typechecker(self, policy)
        var isImpossible = true
        for environment in environments(of: policy) {
            let check = checker.check(in: environment)
            if check.mayApply { isImpossible = false }
            if errors.count < 2 * ValidationReport.errorsPerPolicyMax { errors += check.errors }
        }
        var seen: Set<CedarDiagnostic> = []
        report.errors += errors.filter { seen.insert($0).inserted }.prefix(ValidationReport.errorsPerPolicyMax)
            .sorted { ($0.span.startOffset, $0.span.endOffset) < ($1.span.startOffset, $1.span.endOffset) }
            .map { ValidationFinding(policy: policy.id, diagnostic: $0) }
        if isImpossible {
            let diagnostic = CedarDiagnostic(
                message: "the policy is impossible: no request can satisfy it", span: policy.span)
            report.warnings.append(ValidationFinding(policy: policy.id, diagnostic: diagnostic))
        }
        report.warnings += checker.undeclaredTests().map { ValidationFinding(policy: policy.id, diagnostic: $0) }
    }

    /// Where the scope names one action, the others need no look.
    private func environments(of policy: Policy) -> [RequestEnvironment] {
        guard case .equal(let action) = policy.scope.action, schema.actions[action] != nil else { return environments }
        return schema.requestEnvironments(for: action)
    }

    // MARK: Types

    /// The attributes of an entity type; actions have none.
    func attributes(of type: EntityTypeName) -> [CedarString: ExpressionType.Attribute] { attributes[type] ?? [:] }

    func tagType(of type: EntityTypeName) -> ExpressionType? { tags[type] }

    func contextType(of action: EntityUID) -> ExpressionType { contexts[action] ?? .record([:]) }

    /// The type of an entity literal, nil if the schema does not have it.
    func type(of uid: EntityUID) -> ExpressionType? {
        let isKnown = uid.type.isActionType ? schema.actions[uid] != nil : schema.entityTypes[uid.type] != nil
        return isKnown ? .entity(uid.type) : nil
    }

    /// Whether `action` is in one of `groups`; nil if the schema lacks one of them.
    func isAction(_ action: EntityUID, in groups: [EntityUID]) -> Bool? {
        guard groups.allSatisfy({ schema.actions[$0] != nil }) else { return nil }
        return groups.contains { schema.hierarchy.isIn(action, $0) }
    }
}

extension PolicySet {
    /// Validates every policy and template strictly, as the official engine does by default.
    public func validate(against schema: Schema) -> ValidationReport { Validator(schema).validate(self) }
}

extension EntityTypeName {
    /// Whether it is a type of actions, `Action` in some namespace.
    var isActionType: Bool {
        let bytes = name.text.utf8
        return bytes.elementsEqual("Action".utf8) || bytes.suffix(8).elementsEqual("::Action".utf8)
    }
}
