/// Finds the policies that may be about a request by what their scopes name, without looking at all of them.
///
/// Each policy is filed under one thing that its scope requires: under the one with the fewest policies so far, since
/// a policy must only be found when all of them hold. What is found still has to be tested against its whole scope.
struct PolicyIndex: Sendable {
    private enum Key: Hashable {
        case principal(EntityUID)
        case resource(EntityUID)
        case action(EntityUID)
        case principalType(EntityTypeName)
        case resourceType(EntityTypeName)
    }

    /// With fewer policies, testing each scope is faster than looking them up.
    static let policiesMin = 16

    private var filed: [Key: [Int]] = [:]
    /// Their scopes require nothing.
    private var unfiled: [Int] = []

    /// - Parameter position: Higher than any before.
    mutating func insert(_ scope: Scope, at position: Int) {
        let alternatives = Self.alternatives(scope)
        func cost(_ keys: [Key]) -> Int { keys.map { filed[$0]?.count ?? 0 }.max() ?? 0 }
        guard let keys = alternatives.min(by: { cost($0) < cost($1) }) else { return unfiled.append(position) }
        for key in keys { filed[key, default: []].append(position) }
    }

    /// Each by itself holds whenever the scope does: one of its keys is then the request's.
    private static func alternatives(_ scope: Scope) -> [[Key]] {
        var alternatives: [[Key]] = []
        func add(_ constraint: EntityConstraint, entity: (EntityUID) -> Key, type: (EntityTypeName) -> Key) {
            switch constraint {
            case .equal(.entity(let uid)), .in(.entity(let uid)), .is(_, in: .some(.entity(let uid))):
                alternatives.append([entity(uid)])
            case .is(let name, in: nil):
                alternatives.append([type(name)])
            case .any, .equal(.slot), .in(.slot), .is(_, in: .some(.slot)):
                break
            }
        }
        add(scope.principal, entity: Key.principal, type: Key.principalType)
        add(scope.resource, entity: Key.resource, type: Key.resourceType)
        switch scope.action {
        case .any: break
        case .equal(let uid): alternatives.append([.action(uid)])
        case .in(let groups): alternatives.append(Set(groups).map(Key.action))
        }
        return alternatives
    }

    /// In ascending order, each once.
    func positions(_ request: Request, _ entities: Entities) -> [Int] {
        var found = unfiled
        func take(_ key: Key) { if let positions = filed[key] { found += positions } }
        take(.principalType(request.principal.type))
        take(.resourceType(request.resource.type))
        take(.principal(request.principal))
        for group in entities.ancestors(of: request.principal) { take(.principal(group)) }
        take(.resource(request.resource))
        for group in entities.ancestors(of: request.resource) { take(.resource(group)) }
        take(.action(request.action))
        for group in entities.ancestors(of: request.action) { take(.action(group)) }
        found.sort()
        return found.reduce(into: []) { positions, position in
            // `action in [a, b]` is filed under both.
            if positions.last != position { positions.append(position) }
        }
    }
}
