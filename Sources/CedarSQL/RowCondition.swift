public import Cedar

/// The rows of a table on which policies let a principal perform an action.
///
/// Two rules of our own are added to Cedar's, both stricter: a `forbid` that fails on a row hides it, and a row with a
/// value that Cedar cannot hold, such as `NaN`, is hidden if any policy looks at that value.
public struct RowCondition: Sendable, Hashable {
    /// TRUE of the rows that are allowed, FALSE of all others; never NULL if the mapping tells the truth.
    ///
    /// Names of functions and operators in it are PostgreSQL's own (14 or later, encoding UTF8). Have it parsed where
    /// the reader of the rows cannot put others before them by `search_path`: in a view or a row security policy.
    public let predicate: SQLExpression

    /// - Parameters:
    ///   - mapping: Checked against the schema for this table.
    ///   - resourceType: The entity type whose table it is.
    ///   - entities: All that exists besides the rows: the principal, and every group with what it belongs to.
    /// - Throws: Everything that SQL cannot express, or that the schema or the mapping does not allow.
    public init(
        policies: PolicySet, schema: Schema, mapping: RowMapping, principal: EntityUID, action: EntityUID,
        resourceType: EntityTypeName, context: ValueRecord, entities: Entities
    ) throws(RowConditionError) {
        guard let table = mapping.tables[resourceType] else {
            throw RowConditionError(rejections: [
                Rejection(
                    construct: "mapping", reason: "no table is mapped to \(resourceType)",
                    remedy: "add it to the mapping")
            ])
        }
        var rejections = table.problems(as: resourceType, in: schema).map(Rejection.init)
        let response = try Self.residuals(
            policies, schema,
            PartialRequest(
                principal: .known(principal), action: action, resource: .unknown(resourceType), context: context),
            // Other rows are entities too, of which nothing is known here.
            PartialEntities(entities, openTypes: Set(mapping.tables.keys)))
        for policy in policies.policies {
            rejections += (response.undeclared[policy.id] ?? []).map { Rejection(undeclared: $0, of: policy) }
        }
        var permits: [SQLExpression] = []
        var forbids: [SQLExpression] = []
        for policy in response.residuals {
            var translation = ResidualTranslation(
                policy: policy.policy, span: policies[policy.policy]?.span, schema: schema, resourceType: resourceType,
                table: table, entities: entities, rowTypes: Set(mapping.tables.keys))
            let need: ResidualTranslation.Need = policy.effect == .permit ? .onlyTrue : .onlyFalse
            // What certainly fails is never satisfied, and as a forbid hides all rows.
            let condition =
                policy.residual.error == nil ? translation.condition(policy.residual, need: need).sql : .null
            rejections += translation.rejections
            switch policy.effect {
            case .permit: permits.append(condition.test(.isTrue))
            case .forbid: forbids.append(condition.test(.isFalse))
            }
        }
        guard rejections.isEmpty else { throw RowConditionError(rejections: rejections) }
        let values = response.consulted.sorted { $0.lexicographicallyPrecedes($1) }
            .compactMap { table.attributes[$0]?.isRepresentable }
        predicate = .all([.any(permits)] + forbids + values)
    }

    private static func residuals(
        _ policies: PolicySet, _ schema: Schema, _ request: PartialRequest, _ entities: PartialEntities
    ) throws(RowConditionError) -> TypedPartialResponse {
        do throws(PartialRequestError) {
            return try policies.partiallyAuthorize(request, entities, schema: schema)
        } catch {
            throw RowConditionError(rejections: [
                Rejection(construct: "request", reason: error.message, remedy: error.help)
            ])
        }
    }
}

extension Rejection {
    init(_ problem: RowMappingError) {
        self.init(construct: "mapping", reason: "\(problem.place): \(problem.message)", remedy: problem.help)
    }

    init(undeclared: UndeclaredAttribute, of policy: Policy) {
        var owner = "the record"
        if case .entity(let type) = undeclared.owner { owner = type.description }
        self.init(
            policy: policy.id, span: undeclared.span ?? policy.span, construct: "attribute",
            reason: "\(owner) has no attribute \(undeclared.name.literal) in the schema",
            remedy: "correct the name, or declare the attribute")
    }
}
