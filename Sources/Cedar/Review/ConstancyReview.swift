/// Finds conditions that have one value in all requests, and policies that none satisfies.
struct ConstancyReview {
    private let schema: Schema
    /// The actions; nothing is known of others.
    private let entities: PartialEntities
    private let reviewed: ReviewedPolicy

    init(_ schema: Schema, _ entities: PartialEntities, _ reviewed: ReviewedPolicy) {
        self.schema = schema
        self.entities = entities
        self.reviewed = reviewed
    }

    private var policy: Policy { reviewed.policy }

    func findings() -> [ReviewFinding] {
        let constant = policy.conditions.indices.compactMap { constancy($0) }
        if constant.contains(where: \.isFatal) { return constant.filter(\.isFatal).map(\.finding) }
        return constant.map(\.finding) + (never().map { [$0] } ?? [])
    }

    // MARK: Conditions

    private func constancy(_ position: Int) -> (finding: ReviewFinding, isFatal: Bool)? {
        let condition = policy.conditions[position]
        var constant: Bool?
        for (environment, check) in reviewed.applicable {
            // What is before it is false there, which is a finding of its own if it is so everywhere.
            guard let type = check.conditions[position] else { continue }
            guard let value = truth(type) ?? value(of: condition.body, in: environment) else { return nil }
            guard constant == nil || constant == value else { return nil }
            constant = value
        }
        guard let constant else { return nil }
        let isFatal = constant == (condition.kind == .unless)
        let diagnostic = CedarDiagnostic(
            message: "this condition is always \(constant), so "
                + (isFatal ? "the policy never applies" : "it makes no difference"),
            span: policy.span(of: condition.body.range),
            help: isFatal ? "correct it, or take the policy away" : "take it away, or write what was meant")
        let severity = isFatal ? reviewed.severityOfNever : .warning
        return (reviewed.finding(.constantCondition, severity, diagnostic), isFatal)
    }

    private func truth(_ type: ExpressionType) -> Bool? {
        if case .bool(let value) = type { value } else { nil }
    }

    /// What the types alone do not tell, as of `1 < 2`.
    private func value(of condition: Expression, in environment: RequestEnvironment) -> Bool? {
        guard var evaluator = evaluator(environment), case .bool(let value)? = evaluator.evaluate(condition).value
        else { return nil }
        return value
    }

    private func evaluator(_ environment: RequestEnvironment) -> TypedEvaluator? {
        guard let action = schema.actions[environment.action] else { return nil }
        let request = PartialRequest(
            principal: .unknown(environment.principal), action: environment.action,
            resource: .unknown(environment.resource), context: nil)
        return TypedEvaluator(
            request: request, entities: entities, schema: schema, contextType: action.context, source: policy.source)
    }

    // MARK: The whole policy

    private func never() -> ReviewFinding? {
        // Slots are taken for what nothing is equal to.
        guard !policy.isTemplate else { return nil }
        var failure: EvaluationError?
        for (environment, check) in reviewed.applicable where check.mayApply {
            guard var evaluator = evaluator(environment) else { return nil }
            let residual = evaluator.residual(of: policy)
            guard residual.value != false else { continue }
            guard let error = residual.error else { return nil }
            failure = failure ?? error
        }
        if let failure {
            return reviewed.finding(
                .neverApplies, reviewed.severityOfNever,
                CedarDiagnostic(
                    message: "this policy fails whatever is asked: \(failure.message)",
                    span: failure.span ?? policy.span, help: "a policy that fails is skipped"))
        }
        return reviewed.finding(
            .neverApplies, reviewed.severityOfNever,
            CedarDiagnostic(
                message: "no request can satisfy this policy", span: policy.span,
                help: "its scope and conditions exclude each other"))
    }
}
