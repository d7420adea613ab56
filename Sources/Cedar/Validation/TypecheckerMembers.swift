/// Attributes and tags, and the tests that make it safe to ask for them.
extension Typechecker {
    private mutating func capability(_ owner: Int, _ attribute: CedarString) -> Capability {
        Capability(kind: .attribute, owner: owner, name: shapes.number(ofText: attribute))
    }

    private func attributes(of type: ExpressionType) -> [CedarString: ExpressionType.Attribute] {
        switch type {
        case .entity(let name): validator.attributes(of: name)
        case .record(let attributes): attributes
        default: [:]
        }
    }

    /// Who has an attribute, in words.
    private func owner(_ expression: Expression, _ type: ExpressionType) -> String {
        if case .entity(let name) = type { return "`\(name)`" }
        if case .variable(.context) = expression.kind { return "the context of \(environment.action)" }
        return "`\(text(expression))`"
    }

    // MARK: Attributes

    /// `e has a.b.c` is `e has a && e.a has b && e.a.b has c`.
    mutating func has(_ expression: Expression, _ operand: Expression, _ path: [CedarString]) -> Typed {
        var type = expect(.entityOrRecord, operand).type
        var shape = shapes.number(of: operand)
        return conjunction(count: path.count) { checker, position in
            let name = path[position]
            guard let owner = type else { return Typed(.bool(nil)) }
            if position > 0, !owner.hasAttributes {
                checker.fail(
                    "`\(path[..<position].map(\.text).joined(separator: "."))` is \(owner.withArticle), which has no attributes",
                    expression.range)
                type = nil
                return Typed(.bool(nil))
            }
            let capability = checker.capability(shape, name)
            let attributes = checker.attributes(of: owner)
            let attribute = attributes[name]
            let words = position > 0 && !owner.isEntity ? "`\(path[position - 1])`" : checker.owner(operand, owner)
            checker.noteTest(
                name, expression.range, owner: words, among: attribute == nil ? attributes.keys.map(\.text) : nil)
            guard let attribute else { return Typed(.bool(false)) }
            // An entity that is not in the store has not even its required attributes.
            let isCertain = checker.known.contains(capability) || (attribute.isRequired && !owner.isEntity)
            type = attribute.type
            shape = checker.shapes.number(ofAttribute: name, of: shape)
            return Typed(.bool(isCertain ? true : nil), [capability])
        }
    }

    mutating func attribute(_ expression: Expression, _ operand: Expression, _ name: CedarString) -> Typed {
        guard let type = expect(.entityOrRecord, operand).type else { return Typed(nil) }
        let attributes = attributes(of: type)
        guard let attribute = attributes[name] else {
            let help = otherOwners(operand, name) ?? Suggestion.help(for: name.text, among: attributes.keys.map(\.text))
            fail("\(owner(operand, type)) has no attribute \(name.literal)", expression.range, help: help)
            return Typed(nil)
        }
        guard !attribute.isRequired else { return Typed(attribute.type) }
        let shape = shapes.number(of: operand)
        let capability = capability(shape, name)
        if !known.contains(capability) {
            let test = IdentifierRules.isIdentifier(name.text.utf8) ? name.text : name.literal
            let text = text(operand)
            fail(
                "the attribute \(name.literal) of \(owner(operand, type)) is optional, and may not be there",
                expression.range, help: "test `\(text) has \(test)` first")
        }
        return Typed(attribute.type)
    }

    /// What to do if the attribute is there in other sorts of request only.
    private func otherOwners(_ operand: Expression, _ name: CedarString) -> String? {
        guard let action = validator.schema.actions[environment.action] else { return nil }
        let types: [EntityTypeName]
        switch operand.kind {
        case .variable(.principal): types = action.principals
        case .variable(.resource): types = action.resources
        default: return nil
        }
        guard let owner = types.first(where: { validator.attributes(of: $0)[name] != nil }) else { return nil }
        return "test `\(text(operand)) is \(owner)` first, which has it"
    }

    /// As it is written, unless that is long.
    private func text(_ expression: Expression) -> String {
        let range = expression.range
        guard range != .none, range.end - range.start <= 40 else { return "…" }
        return policy.source.text(range)
    }

    // MARK: Tags

    mutating func hasTag(_ operand: Expression, _ key: Expression) -> Typed {
        let type = expect(.entity, operand).type
        _ = expect(.string, key)
        guard case .entity(let name)? = type else { return Typed(.bool(nil)) }
        let capability = Capability(kind: .tag, owner: shapes.number(of: operand), name: shapes.number(of: key))
        guard validator.tagType(of: name) != nil else { return Typed(.bool(false), [capability]) }
        return Typed(.bool(known.contains(capability) ? true : nil), [capability])
    }

    mutating func getTag(_ expression: Expression, _ operand: Expression, _ key: Expression) -> Typed {
        let type = expect(.entity, operand).type
        _ = expect(.string, key)
        guard case .entity(let name)? = type else { return Typed(nil) }
        let capability = Capability(kind: .tag, owner: shapes.number(of: operand), name: shapes.number(of: key))
        guard known.contains(capability) else {
            let (owner, tag) = (text(operand), text(key))
            fail(
                "the tag may not be there", expression.range, help: "test `\(owner).hasTag(\(tag))` first")
            return Typed(nil)
        }
        guard let tagType = validator.tagType(of: name) else {
            fail("`\(name)` has no tags", expression.range)
            return Typed(nil)
        }
        return Typed(tagType)
    }
}

extension ExpressionType {
    var isEntity: Bool { if case .entity = self { true } else { false } }

    var hasAttributes: Bool {
        switch self {
        case .entity, .record: true
        default: false
        }
    }
}
