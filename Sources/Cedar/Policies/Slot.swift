/// A place in a template's scope that a link fills with an entity.
public enum Slot: String, Sendable, Hashable, CaseIterable {
    case principal = "?principal"
    case resource = "?resource"

    /// The variable whose constraint it may stand in.
    var variable: Variable {
        switch self {
        case .principal: .principal
        case .resource: .resource
        }
    }
}

extension Scope {
    /// The slots that are there to be filled.
    var slots: Set<Slot> {
        var slots: Set<Slot> = []
        if principal.hasSlot { slots.insert(.principal) }
        if resource.hasSlot { slots.insert(.resource) }
        return slots
    }

    /// With entities in the place of slots.
    func filled(with values: [Slot: EntityUID]) -> Scope {
        var scope = self
        scope.principal = principal.filled(with: values[.principal])
        scope.resource = resource.filled(with: values[.resource])
        return scope
    }
}

extension EntityConstraint {
    fileprivate func filled(with value: EntityUID?) -> EntityConstraint {
        guard hasSlot, let value else { return self }
        return switch self {
        case .any, .is(_, in: nil): self
        case .equal: .equal(.entity(value))
        case .in: .in(.entity(value))
        case .is(let type, in: .some): .is(type, in: .entity(value))
        }
    }
}
