/// Reads the three constraints of a policy's scope: `{"op": "==", "entity": …}` and its kin.
///
/// The official engine ignores surplus keys here, so that a misspelt `in` widens the policy. Here they are errors.
struct ScopeJSONReader {
    let source: SourceText

    func entityConstraint(_ value: JSONValue, _ slot: Slot) throws(CedarDiagnostic) -> EntityConstraint {
        var fields = try JSONFields(value, "the constraint of \(slot.variable)", in: source)
        let constraint: EntityConstraint
        let operation = try fields.require("op")
        switch try source.string(operation, "`op`") {
        case "All", "all": constraint = .any
        case "==": constraint = .equal(try reference(&fields, slot))
        case "in": constraint = .in(try reference(&fields, slot))
        case "is":
            let type = try source.typeName(try fields.require("entity_type"), "`entity_type`")
            guard let container = fields.take("in"), !container.isNull else {
                constraint = .is(type, in: nil)
                break
            }
            var inner = try JSONFields(container, "`in`", in: source)
            constraint = .is(type, in: try reference(&inner, slot))
            try inner.finish()
        default: throw noOperator(operation, "All, ==, in and is")
        }
        try fields.finish()
        return constraint
    }

    func actionConstraint(_ value: JSONValue) throws(CedarDiagnostic) -> ActionConstraint {
        var fields = try JSONFields(value, "the constraint of action", in: source)
        let constraint: ActionConstraint
        let operation = try fields.require("op")
        switch try source.string(operation, "`op`") {
        case "All", "all": constraint = .any
        case "==": constraint = .equal(try action(try fields.require("entity")))
        case "in":
            if let entity = fields.take("entity") {
                constraint = .in([try action(entity)])
            } else {
                var actions: [EntityUID] = []
                for entity in try source.elements(of: try fields.require("entities"), "`entities`") {
                    actions.append(try action(entity))
                }
                constraint = .in(actions)
            }
        default: throw noOperator(operation, "All, == and in")
        }
        try fields.finish()
        return constraint
    }

    private func noOperator(_ operation: JSONValue, _ all: String) -> CedarDiagnostic {
        source.diagnostic(
            "\(operation) is no operator of this scope", at: operation.range, help: "the operators are \(all)")
    }

    private func reference(_ fields: inout JSONFields, _ slot: Slot) throws(CedarDiagnostic) -> EntityReference {
        switch (fields.take("entity"), fields.take("slot")) {
        case (.some(let entity), nil): return .entity(try source.entityUID(entity))
        case (nil, .some(let name)):
            guard try source.string(name, "`slot`").text == slot.rawValue else {
                throw source.diagnostic("the slot here is \(slot.rawValue), not \(name)", at: name.range)
            }
            return .slot
        default:
            throw source.diagnostic("the constraint has either `entity` or `slot`", at: fields.value.range)
        }
    }

    private func action(_ value: JSONValue) throws(CedarDiagnostic) -> EntityUID {
        let uid = try source.entityUID(value)
        guard uid.type.isActionType else {
            throw source.diagnostic(
                "\(uid) is no action", at: value.range,
                help: "actions are entities of a type called Action, such as Action::\"read\"")
        }
        return uid
    }
}
