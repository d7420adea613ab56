/// A request of which the principal's and the resource's identity may be open, and the context as a whole.
///
/// The action and both types are always known: they say which attributes there are.
public struct PartialRequest: Sendable, Hashable {
    public enum Party: Sendable, Hashable {
        case known(EntityUID)
        /// Some entity of this type that exists and is as the schema says, such as a row of a table.
        case unknown(EntityTypeName)

        public var type: EntityTypeName {
            switch self {
            case .known(let uid): uid.type
            case .unknown(let type): type
            }
        }
    }

    public var principal: Party
    public var action: EntityUID
    public var resource: Party
    /// Nil while none of it is known.
    public var context: ValueRecord?

    public init(principal: Party, action: EntityUID, resource: Party, context: ValueRecord?) {
        self.principal = principal
        self.action = action
        self.resource = resource
        self.context = context
    }

    /// The action as the schema declares it.
    ///
    /// - Throws: If it is not declared, or does not apply to these types.
    func declaration(in schema: Schema) throws(PartialRequestError) -> Schema.Action {
        guard let declared = schema.actions[action] else {
            throw PartialRequestError(
                message: "the schema declares no action \(action)", help: "declare it, or ask for another one")
        }
        for (role, type, types) in [
            ("principal", principal.type, declared.principals), ("resource", resource.type, declared.resources),
        ] where !types.contains(type) {
            throw PartialRequestError(
                message: "the action \(action) does not apply to a \(role) of type \(type)",
                help: "name \(type) in the \(role) types of its `appliesTo`")
        }
        return declared
    }
}

/// A question that the schema does not allow.
public struct PartialRequestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence without a full stop, in lower case.
    public var message: String
    public var help: String

    public var description: String { "\(message) (\(help))" }
}

/// The parts of a request that can be unknown.
public enum RequestVariable: String, Sendable, Hashable {
    case principal, resource, context
}
