/// How a policy came about by filling a template's slots.
public struct TemplateLink: Sendable, Hashable {
    public internal(set) var template: PolicyID
    public let values: [Slot: EntityUID]
}

/// Why a template cannot be linked so.
public enum TemplateLinkError: Error, Sendable, Hashable, CustomStringConvertible {
    case noSuchTemplate(PolicyID)
    /// The policy has no slots.
    case noTemplate(PolicyID)
    case missingValue(Slot, template: PolicyID)
    /// The template has no such slot.
    case surplusValue(Slot, template: PolicyID)
    case nameIsTaken(PolicyID)

    /// A sentence without a full stop, in lower case.
    public var message: String {
        switch self {
        case .noSuchTemplate(let id): "there is no template \"\(id)\""
        case .noTemplate(let id): "\"\(id)\" is a policy without slots, not a template"
        case .missingValue(let slot, let template): "nothing fills the slot \(slot.rawValue) of \"\(template)\""
        case .surplusValue(let slot, let template): "the template \"\(template)\" has no slot \(slot.rawValue)"
        case .nameIsTaken(let id): "there is a policy with the name \"\(id)\" already"
        }
    }

    public var help: String? {
        switch self {
        case .noSuchTemplate, .noTemplate: nil
        case .missingValue(let slot, _): "name an entity for \(slot.rawValue)"
        case .surplusValue(let slot, _): "leave the value of \(slot.rawValue) out"
        case .nameIsTaken: "give the link another name"
        }
    }

    public var description: String {
        guard let help else { return message }
        return "\(message) (\(help))"
    }
}
