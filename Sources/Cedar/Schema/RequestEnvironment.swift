/// One sort of request: what a policy is type-checked for.
public struct RequestEnvironment: Sendable, Hashable {
    public let principal: EntityTypeName
    public let action: EntityUID
    public let resource: EntityTypeName
}

extension Schema {
    /// Every sort of request there can be, in order.
    public var requestEnvironments: [RequestEnvironment] {
        actions.keys.sorted().flatMap { requestEnvironments(for: $0) }
    }

    /// Those of an action; none if it is unknown or no request names it.
    public func requestEnvironments(for action: EntityUID) -> [RequestEnvironment] {
        guard let declaration = actions[action] else { return [] }
        return declaration.principals.flatMap { principal in
            declaration.resources.map { RequestEnvironment(principal: principal, action: action, resource: $0) }
        }
    }
}
