/// The part in parentheses: three variables in fixed order, each with at most one constraint.
extension PolicyParser {
    mutating func scope() throws(Failure) -> Scope {
        try expect(.leftParenthesis, "after the effect")
        try scopeVariable("principal")
        let principalStart = token.range
        let principal = try entityConstraint("principal")
        let principalRange = principalStart.joined(to: lastRange)
        try separator(before: "action")
        try scopeVariable("action")
        let actionStart = token.range
        let action = try actionConstraint()
        let actionRange = actionStart.joined(to: lastRange)
        try separator(before: "resource")
        try scopeVariable("resource")
        let resourceStart = token.range
        let resource = try entityConstraint("resource")
        let resourceRange = resourceStart.joined(to: lastRange)
        _ = take(.comma)
        guard take(.rightParenthesis) else { throw scopeFailure("resource") }
        return Scope(
            principal: principal, action: action, resource: resource, principalRange: principalRange,
            actionRange: actionRange, resourceRange: resourceRange)
    }

    private mutating func scopeVariable(_ name: String) throws(Failure) {
        guard !take(word: name) else { return }
        if isAt(.rightParenthesis) {
            throw Failure(
                message: "the scope lacks `\(name)`", range: token.range,
                help: "write `(principal, action, resource)`")
        }
        guard token.kind == .word else { throw unexpected("`\(name)`") }
        throw Failure(
            message: "found `\(text(token))` where `\(name)` is expected", range: token.range,
            help: "the scope is `(principal, action, resource)`, in this order")
    }

    private mutating func separator(before name: String) throws(Failure) {
        if isAt(.rightParenthesis) { try scopeVariable(name) }
        guard take(.comma) else { throw scopeFailure(name == "action" ? "principal" : "action") }
        if isAt(.rightParenthesis) { try scopeVariable(name) }
    }

    private func scopeFailure(_ variable: String) -> Failure {
        let failure = unexpected("`,` or `)`")
        guard case .punctuation = token.kind, !isAt(.semicolon) else { return failure }
        return Failure(
            message: "`\(text(token))` cannot stand in a scope", range: token.range,
            help: "a scope has one `==`, `in` or `is` for each variable; move the rest to `when { … }`")
    }

    private mutating func entityConstraint(_ variable: String) throws(Failure) -> EntityConstraint {
        if take(.equal) { return .equal(try reference(variable)) }
        if take(word: "in") { return .in(try reference(variable)) }
        guard take(word: "is") else { return .any }
        let type = try typeName("the name of an entity type")
        if isAt(.doubleColon) {
            throw Failure(
                message: "`is` takes the name of an entity type, not an entity", range: token.range,
                help: "write `\(variable) == \(type)::\"…\"` for one entity")
        }
        return .is(type, in: take(word: "in") ? try reference(variable) : nil)
    }

    private mutating func reference(_ variable: String) throws(Failure) -> EntityReference {
        if token.kind == .slot {
            guard text(token) == "?\(variable)" else {
                throw Failure(
                    message: "the slot here is ?\(variable), not \(text(token))", range: token.range)
            }
            advance()
            return .slot
        }
        if isAt(.leftBracket) {
            throw Failure(
                message: "only `action in` takes a list in a scope", range: token.range,
                help: "move it to a condition, `when { \(variable) in […] }`")
        }
        return .entity(try entity("an entity"))
    }

    private mutating func actionConstraint() throws(Failure) -> ActionConstraint {
        if take(.equal) { return .equal(try action()) }
        guard take(word: "in") else {
            guard isAt(word: "is") else { return .any }
            throw Failure(
                message: "`is` cannot be asked of the action", range: token.range,
                help: "write `action in Action::\"…\"` for a group of actions")
        }
        guard take(.leftBracket) else { return .in([try action()]) }
        var actions: [EntityUID] = []
        while !isAt(.rightBracket) {
            actions.append(try action())
            guard take(.comma) else { break }
        }
        try expect(.rightBracket, "after the actions")
        return .in(actions)
    }

    private mutating func action() throws(Failure) -> EntityUID {
        let start = token.range
        let uid = try entity("an action")
        guard uid.type.baseName == "Action" else {
            throw Failure(
                message: "\(uid) is no action", range: start.joined(to: lastRange),
                help: "actions are entities of a type called Action, such as Action::\"read\"")
        }
        return uid
    }
}
