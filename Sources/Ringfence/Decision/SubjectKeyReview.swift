internal import Cedar

/// Finds what policies ask of the subject's key that SQL could not answer exactly.
///
/// Everything else is known when somebody connects. A key is a text that is compared with texts; ``KeyPredicate`` has
/// what can be said of it.
struct SubjectKeyReview {
    private static let subject: [CedarString] = ["subject"]

    private let schema: Schema
    private let policies: PolicySet

    init(_ schema: Schema, _ policies: PolicySet) {
        self.schema = schema
        self.policies = policies
    }

    func findings() -> [ReviewFinding] {
        var found: [ReviewFinding] = []
        for environment in schema.requestEnvironments {
            let request = PartialRequest(
                principal: .unknown(environment.principal), action: environment.action,
                resource: .unknown(environment.resource), context: nil)
            guard
                let response = try? policies.partiallyAuthorize(request, PartialEntities(Entities()), schema: schema)
            else { continue }
            for policy in response.residuals {
                for place in Self.places(in: policy.residual) {
                    let finding = finding(policy.policy, place)
                    if !found.contains(finding) { found.append(finding) }
                }
            }
        }
        return found
    }

    private func finding(_ policy: PolicyID, _ place: TypedResidual) -> ReviewFinding {
        let span = place.span ?? policies[policy]?.span
        let path = place.resourcePath == Self.subject ? "resource.subject" : "resource.subject.id"
        return ReviewFinding(
            rule: .inexpressible, severity: .error, policy: policy,
            diagnostic: CedarDiagnostic(
                message: "SQL cannot express what this asks of `\(path)`",
                span: span ?? SourceSpan(file: "", startOffset: 0, endOffset: 0, line: 0, column: 0),
                help: "compare resource.subject.id with ==, like or [ … ].contains( … ), as texts"))
    }

    /// Where the key, or the subject as a whole, is used otherwise than a ``KeyPredicate`` can.
    private static func places(in residual: TypedResidual) -> [TypedResidual] {
        if isKey(residual) || residual.resourcePath == subject { return [residual] }
        // Another attribute: it is known by then.
        if residual.resourcePath != nil { return [] }
        switch residual.kind {
        case .binary(.equal, let left, let right) where isKey(left) || isKey(right):
            if isKey(left), isKey(right) { return [] }
            return places(in: isKey(left) ? right : left)
        case .binary(.contains, let set, let element) where isKey(element): return places(in: set)
        case .like(let operand, _) where isKey(operand): return []
        case .has(let operand, _) where operand.resourcePath != nil: return []
        default: return residual.operands.flatMap(places)
        }
    }

    private static func isKey(_ residual: TypedResidual) -> Bool { residual.resourcePath == KeyPredicate.keyPath }
}
