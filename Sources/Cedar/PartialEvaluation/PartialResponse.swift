/// What is left of one policy.
public struct ResidualPolicy: Sendable, Hashable {
    public let policy: PolicyID
    public let effect: Effect
    /// `.value(true)`: satisfied. `.error`: fails and is skipped by Cedar. Otherwise it depends on unknowns.
    public let residual: Residual
}

/// The answer to a request about a ``PartialEntity``.
public struct PartialResponse: Sendable {
    /// Every policy that is not known to be unsatisfied, in order.
    public let residuals: [ResidualPolicy]
    let resource: PartialEntity
    let entities: Entities

    /// Cedar's decision, nil while it depends on unknowns.
    public var decision: Decision? { nil }

    /// The policies that fail whatever the unknowns are.
    public var errors: [PolicyFailure] { [] }

    /// The unknowns that it depends on, sorted.
    public var unknowns: [Unknown] { [] }

    /// What is left once the unknowns with these paths have values; with all of them nothing is, and ``decision`` is
    /// what ``PolicySet/authorize(_:_:)`` answers for the resource with these values.
    public func substituting(_ values: [[CedarString]: Value]) -> PartialResponse { self }

    /// The answer, nil while a policy depends on unknowns, even if the decision no longer does.
    public var response: Response? { nil }
}

extension PolicySet {
    /// Decides as far as it can about a resource that is known in part.
    ///
    /// - Parameter entities: May lack the resource; what `resource` says of it counts.
    public func partiallyAuthorize(
        principal: EntityUID, action: EntityUID, resource: PartialEntity, context: ValueRecord, entities: Entities
    ) -> PartialResponse {
        PartialResponse(residuals: [], resource: resource, entities: entities)
    }
}

extension Residual {
    /// The unknowns in it, sorted.
    public var unknowns: [Unknown] { [] }

    /// Puts values in for unknowns and folds again. With all of them in, the result is `.value` or `.error`.
    ///
    /// - Parameter resource: The one of the question, as are the entities.
    public func substituting(
        _ values: [[CedarString]: Value], resource: PartialEntity, entities: Entities
    ) -> Residual { self }
}
