/// Whom, what and which action a policy is about: the part in parentheses.
struct Scope: Sendable {
    var principal: EntityConstraint
    var action: ActionConstraint
    var resource: EntityConstraint
    /// Where what is said of each stands.
    var principalRange = ByteRange.none
    var actionRange = ByteRange.none
    var resourceRange = ByteRange.none

    var hasSlots: Bool { principal.hasSlot || resource.hasSlot }
}

/// An entity of a scope, or the slot that a template has in its place.
enum EntityReference: Sendable, Hashable {
    case entity(EntityUID)
    case slot
}

enum EntityConstraint: Sendable, Hashable {
    case any
    case equal(EntityReference)
    case `in`(EntityReference)
    case `is`(EntityTypeName, in: EntityReference?)

    var hasSlot: Bool {
        switch self {
        case .any, .is(_, in: nil): false
        case .equal(let reference), .in(let reference), .is(_, in: .some(let reference)): reference == .slot
        }
    }
}

enum ActionConstraint: Sendable, Hashable {
    case any
    case equal(EntityUID)
    case `in`([EntityUID])
}

/// `when { … }` or `unless { … }`.
struct Condition: Sendable {
    enum Kind: Sendable { case when, unless }

    let kind: Kind
    let body: Expression
}
