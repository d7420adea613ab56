/// Reads the JSON form of one policy. Every key is known and, but for `annotations`, required.
struct PolicyJSONReader {
    let source: SourceText

    func policy(_ value: JSONValue, id: PolicyID) throws(CedarDiagnostic) -> Policy {
        var fields = try JSONFields(value, "a policy", in: source)
        let effect = try effect(try fields.require("effect"))
        let scope = try scope(&fields)
        let conditions = try conditions(try fields.require("conditions"))
        let annotations = try annotations(fields.take("annotations"))
        try fields.finish()
        return Policy(
            id: id, effect: effect, annotations: annotations, span: source.span(value.range), scope: scope,
            conditions: conditions, source: source, hasGivenID: true)
    }

    private func scope(_ fields: inout JSONFields) throws(CedarDiagnostic) -> Scope {
        let reader = ScopeJSONReader(source: source)
        let principal = try fields.require("principal")
        let action = try fields.require("action")
        let resource = try fields.require("resource")
        return Scope(
            principal: try reader.entityConstraint(principal, .principal),
            action: try reader.actionConstraint(action),
            resource: try reader.entityConstraint(resource, .resource), principalRange: principal.range,
            actionRange: action.range, resourceRange: resource.range)
    }

    private func effect(_ value: JSONValue) throws(CedarDiagnostic) -> Effect {
        guard let effect = Effect(rawValue: try source.string(value, "`effect`").text) else {
            throw source.diagnostic(
                "\(value) is no effect", at: value.range, help: "an effect is \"permit\" or \"forbid\"")
        }
        return effect
    }

    private func conditions(_ value: JSONValue) throws(CedarDiagnostic) -> [Condition] {
        var conditions: [Condition] = []
        for element in try source.elements(of: value, "`conditions`") {
            var fields = try JSONFields(element, "a condition", in: source)
            let kind = try fields.require("kind")
            let body = try ExpressionJSONReader(source: source).expression(try fields.require("body"))
            try fields.finish()
            switch try source.string(kind, "`kind`") {
            case "when": conditions.append(Condition(kind: .when, body: body))
            case "unless": conditions.append(Condition(kind: .unless, body: body))
            default:
                throw source.diagnostic(
                    "\(kind) is no kind of condition", at: kind.range, help: "the kinds are \"when\" and \"unless\"")
            }
        }
        return conditions
    }

    private func annotations(_ value: JSONValue?) throws(CedarDiagnostic) -> [Annotation] {
        guard let value else { return [] }
        var annotations: [Annotation] = []
        for member in try source.members(of: value, "`annotations`") {
            guard IdentifierRules.isWord(member.key.text.utf8) else {
                throw source.diagnostic(
                    "\(member.key.literal) is no name of an annotation", at: member.keyRange,
                    help: "names are of letters, digits and `_`")
            }
            let isBare = member.value.isNull
            let text = isBare ? "" : try source.string(member.value, "an annotation's value")
            let range = member.keyRange.joined(to: member.value.range)
            annotations.append(Annotation(key: member.key, value: text, isBare: isBare, span: source.span(range)))
        }
        return annotations
    }
}

extension Policy {
    /// Reads the JSON form of one policy, or of a template.
    ///
    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: The first thing that is wrong with it, and where.
    public init(json text: String, id: PolicyID, fileName: String) throws(CedarDiagnostic) {
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        self = try PolicyJSONReader(source: source).policy(try JSONReader.value(in: source), id: id)
    }
}
