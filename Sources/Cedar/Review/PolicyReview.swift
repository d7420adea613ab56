/// Reviews policies before they are put into force: what strict validation refuses, and what it lets pass although
/// hardly anybody means it.
///
/// Cedar skips a `forbid` that errors, and nobody notices one that never fires. So what keeps a `forbid` from firing
/// is an error here, and what only makes a policy useless is a warning.
public struct PolicyReview: Sendable {
    public let schema: Schema
    public let domains: ValueDomains
    private let validator: Validator
    private let entities: PartialEntities

    public init(_ schema: Schema, domains: ValueDomains = ValueDomains()) {
        self.schema = schema
        self.domains = domains
        validator = Validator(schema)
        entities = PartialEntities(Entities()).adding(actionsOf: schema)
    }

    /// Everything that is found, in the order of the policies and of their text.
    public func review(_ policies: PolicySet) -> [ReviewFinding] {
        var subjects = policies.policies + policies.templates
        subjects.removeAll { $0.link.map { policies[$0.template] != nil } ?? false }
        let reviewed = subjects.map { ReviewedPolicy($0, by: validator) }
        var findings = reviewed.flatMap { review($0) }
        findings += ShadowReview(reviewed.filter(\.isValid)).findings()
        let linked = Set(policies.policies.compactMap(\.link?.template))
        for template in policies.templates where !linked.contains(template.id) {
            findings.append(Self.unlinked(template))
        }
        let order = Dictionary(subjects.enumerated().map { ($1.id, $0) }) { first, _ in first }
        return findings.enumerated().sorted { left, right in
            func key(_ finding: ReviewFinding) -> (Int, Int) {
                (order[finding.policy] ?? 0, finding.diagnostic.span.startOffset)
            }
            let (first, second) = (key(left.element), key(right.element))
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }

    private func review(_ policy: ReviewedPolicy) -> [ReviewFinding] {
        var findings = policy.errors.map { policy.finding(.invalid, .error, $0) }
        findings += policy.undeclaredTests.map { policy.finding(.undeclaredTest, .error, $0) }
        var values = ValueReview(schema, domains, policy)
        findings += values.findings()
        if policy.isValid, policy.undeclaredTests.isEmpty {
            findings += ConstancyReview(schema, entities, policy).findings()
        }
        return findings
    }

    private static func unlinked(_ template: Policy) -> ReviewFinding {
        ReviewFinding(
            rule: .unlinkedTemplate, severity: .warning, policy: template.id,
            diagnostic: CedarDiagnostic(
                message: "nothing links this template, so by itself it decides nothing", span: template.span,
                help: "link it, or name the entities in the place of \(template.slots.listed())"))
    }
}

/// A policy with what the type checker says of it.
struct ReviewedPolicy {
    let policy: Policy
    /// One for each place: for several sorts of request the same thing is said in several ways.
    let errors: [CedarDiagnostic]
    let undeclaredTests: [CedarDiagnostic]
    /// The sorts of request that its scope admits, with the types in each.
    let applicable: [(environment: RequestEnvironment, check: EnvironmentCheck)]

    var isValid: Bool { errors.isEmpty }

    init(_ policy: Policy, by validator: Validator) {
        self.policy = policy
        var errors: [SourceSpan: CedarDiagnostic] = [:]
        var places: [SourceSpan] = []
        for error in validator.validate(policy).errors.map(\.diagnostic) {
            guard let other = errors[error.span] else {
                errors[error.span] = error
                places.append(error.span)
                continue
            }
            if other.help == nil, error.help != nil { errors[error.span] = error }
        }
        self.errors = places.compactMap { errors[$0] }
        var checker = Typechecker(validator, policy)
        applicable = validator.schema.requestEnvironments.compactMap { environment in
            let check = checker.check(in: environment)
            // The first condition is looked at wherever the scope leaves a chance.
            let isAdmitted = policy.conditions.isEmpty ? check.mayApply : check.conditions.first.flatMap { $0 } != nil
            return isAdmitted ? (environment, check) : nil
        }
        undeclaredTests = checker.undeclaredTests()
    }

    func finding(
        _ rule: ReviewFinding.Rule, _ severity: CedarDiagnostic.Severity, _ diagnostic: CedarDiagnostic
    ) -> ReviewFinding {
        ReviewFinding(rule: rule, severity: severity, policy: policy.id, diagnostic: diagnostic)
    }

    /// How bad it is that the policy never applies.
    var severityOfNever: CedarDiagnostic.Severity { policy.effect == .forbid ? .error : .warning }
}

extension Set<Slot> {
    fileprivate func listed() -> String { map(\.rawValue).sorted().joined(separator: " and ") }
}
