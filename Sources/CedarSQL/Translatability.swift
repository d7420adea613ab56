public import Cedar

extension RowCondition {
    /// All that would stand in the way of a condition, whoever asks and in whatever context: to be looked at when
    /// policies are loaded, so that no request fails by it later. That they are not strictly valid is among it.
    ///
    /// Constants that a request brings are not looked at: a principal's name with a NUL is rejected only then.
    public static func rejections(
        policies: PolicySet, schema: Schema, mapping: RowMapping
    ) -> [Rejection] {
        var rejections: [Rejection] = []
        func add(_ more: [Rejection]) {
            for rejection in more where !rejections.contains(rejection) { rejections.append(rejection) }
        }
        for type in mapping.tables.keys.sorted() {
            add((mapping.tables[type]?.problems(as: type, in: schema) ?? []).map(Rejection.init))
        }
        let report = policies.validate(against: schema)
        add(
            report.errors.map {
                Rejection(
                    policy: $0.policy, span: $0.diagnostic.span, construct: "validation",
                    reason: $0.diagnostic.message, remedy: $0.diagnostic.help ?? "correct the policy")
            })
        let invalid = Set(report.errors.map(\.policy))
        for environment in schema.requestEnvironments {
            guard let table = mapping.tables[environment.resource] else { continue }
            let request = PartialRequest(
                principal: .unknown(environment.principal), action: environment.action,
                resource: .unknown(environment.resource), context: nil)
            guard
                let response = try? policies.partiallyAuthorize(request, PartialEntities(Entities()), schema: schema)
            else { continue }
            for policy in policies.policies where !invalid.contains(policy.id) {
                add((response.undeclared[policy.id] ?? []).map { Rejection(undeclared: $0, of: policy) })
            }
            for policy in response.residuals where policy.residual.error == nil && !invalid.contains(policy.policy) {
                var translation = ResidualTranslation(
                    policy: policy.policy, span: policies[policy.policy]?.span, schema: schema,
                    resourceType: environment.resource, table: table, entities: Entities(), isRequestKnown: false)
                _ = translation.condition(policy.residual, need: .exact)
                add(translation.rejections)
            }
        }
        return rejections
    }
}

extension ResidualTranslation {
    /// Whether it depends on what is not known yet, such as principal or context, and not on the row.
    func isOpaque(_ residual: TypedResidual) -> Bool {
        guard !isRequestKnown else { return false }
        var variables: Set<RequestVariable> = []
        residual.collectVariables(into: &variables, rowAttribute: rowAttribute)
        return !variables.isEmpty && !variables.contains(.resource)
    }
}

extension TypedResidual {
    /// - Parameter rowAttribute: If given, the rest of the resource counts as context: it is known by then.
    fileprivate func collectVariables(into variables: inout Set<RequestVariable>, rowAttribute: CedarString?) {
        if let rowAttribute, let path = resourcePath {
            variables.insert(path.first == rowAttribute ? .resource : .context)
            return
        }
        if case .variable(let variable) = kind { variables.insert(variable) }
        guard !variables.contains(.resource) else { return }
        for operand in operands { operand.collectVariables(into: &variables, rowAttribute: rowAttribute) }
    }
}
