/// Finds permits that can never decide, because one forbid applies wherever they do.
///
/// Only what can be seen from the texts: each requirement of the forbid is one of the permit's, or weaker than one.
struct ShadowReview {
    private struct Requirements {
        let policy: ReviewedPolicy
        let principals: Set<EntityTypeName>
        let resources: Set<EntityTypeName>
        let actions: Set<EntityUID>
        /// What scope and conditions ask beyond types and actions: all of it must hold.
        let conjuncts: [Expression]

        init(_ reviewed: ReviewedPolicy) {
            policy = reviewed
            let environments = reviewed.applicable.filter { $0.check.mayApply }.map(\.environment)
            principals = Set(environments.map(\.principal))
            resources = Set(environments.map(\.resource))
            actions = Set(environments.map(\.action))
            let scope = reviewed.policy.scope
            conjuncts =
                Self.expressions(scope.principal, .principal) + Self.expressions(scope.resource, .resource)
                + reviewed.policy.conditions.flatMap { Self.conjuncts($0.body, isNegated: $0.kind == .unless) }
        }

        private static func expressions(_ constraint: EntityConstraint, _ variable: Variable) -> [Expression] {
            let variable = Expression(.variable(variable), .none)
            func literal(_ uid: EntityUID) -> Expression { Expression(.literal(.entity(uid)), .none) }
            // Slots are of templates, which are not looked at; types stand in the environments.
            switch constraint {
            case .equal(.entity(let uid)): return [Expression(.binary(.equal, variable, literal(uid)), .none)]
            case .in(.entity(let uid)), .is(_, in: .some(.entity(let uid))):
                return [Expression(.binary(.in, variable, literal(uid)), .none)]
            case .any, .is(_, in: nil), .equal(.slot), .in(.slot), .is(_, in: .some(.slot)): return []
            }
        }

        static func conjuncts(_ expression: Expression, isNegated: Bool = false) -> [Expression] {
            switch expression.kind {
            case .and(let operands) where !isNegated: return operands.flatMap { conjuncts($0) }
            case .or(let operands) where isNegated: return operands.flatMap { conjuncts($0, isNegated: true) }
            case .not(let operand): return conjuncts(operand, isNegated: !isNegated)
            case .binary(.notEqual, let left, let right):
                return conjuncts(Expression(.binary(.equal, left, right), .none), isNegated: !isNegated)
            default: return [isNegated ? Expression(.not(expression), expression.range) : expression]
            }
        }
    }

    private let permits: [Requirements]
    private let forbids: [Requirements]

    init(_ policies: [ReviewedPolicy]) {
        let all = policies.filter { !$0.policy.isTemplate }.map(Requirements.init)
        permits = all.filter { $0.policy.policy.effect == .permit }
        forbids = all.filter { $0.policy.policy.effect == .forbid }
    }

    func findings() -> [ReviewFinding] {
        permits.compactMap { permit in
            guard !permit.principals.isEmpty, let forbid = forbids.first(where: { Self.covers($0, permit) }) else {
                return nil
            }
            let other = forbid.policy.policy
            return permit.policy.finding(
                .shadowed, .warning,
                CedarDiagnostic(
                    message: "this permit never decides: \"\(other.id)\" (\(other.span)) forbids all that it permits",
                    span: permit.policy.policy.span, help: "narrow one of the two, or take the permit away"))
        }
    }

    private static func covers(_ forbid: Requirements, _ permit: Requirements) -> Bool {
        guard permit.principals.isSubset(of: forbid.principals), permit.resources.isSubset(of: forbid.resources),
            permit.actions.isSubset(of: forbid.actions)
        else { return false }
        return forbid.conjuncts.allSatisfy { isImplied($0, by: permit) }
    }

    private static func isImplied(_ wanted: Expression, by permit: Requirements) -> Bool {
        if permit.conjuncts.contains(where: { implies($0, wanted) }) { return true }
        switch wanted.kind {
        case .and(let operands): return operands.allSatisfy { isImplied($0, by: permit) }
        case .or(let operands): return operands.contains { isImplied($0, by: permit) }
        case .is(let operand, let type, in: nil):
            switch operand.kind {
            case .variable(.principal): return permit.principals == [type]
            case .variable(.resource): return permit.resources == [type]
            default: return false
            }
        default: return false
        }
    }

    /// `a == b` also says `a in b`.
    private static func implies(_ given: Expression, _ wanted: Expression) -> Bool {
        if given == wanted { return true }
        guard case .binary(.equal, let entity, let group) = given.kind else { return false }
        return wanted == Expression(.binary(.in, entity, group), .none)
    }
}
