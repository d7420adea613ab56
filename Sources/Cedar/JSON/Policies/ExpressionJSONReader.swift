/// Reads the JSON form of an expression: an object whose only key is the operator.
struct ExpressionJSONReader {
    let source: SourceText

    /// No deeper than the JSON, which ``JSONReader/depthMax`` bounds.
    func expression(_ value: JSONValue) throws(CedarDiagnostic) -> Expression {
        let members = try source.members(of: value, "an expression")
        guard let operation = members.first, members.count == 1 else {
            throw source.diagnostic(
                members.isEmpty ? "the expression is empty" : "an expression has one operator, not \(members.count)",
                at: value.range, help: "write {\"==\": {\"left\": …, \"right\": …}}, one operator in an object")
        }
        return try expression(operation, value.range)
    }

    private func expression(_ member: JSONValue.Member, _ range: ByteRange) throws(CedarDiagnostic) -> Expression {
        let operands = member.value
        switch member.key {
        case "Value":
            let literal = try literal(operands)
            return Expression(literal.kind, range, height: literal.height)
        case "Var": return try variable(operands, range)
        case "!": return try unary(operands, range, member.key, Expression.Kind.not)
        case "neg": return try unary(operands, range, member.key, Expression.Kind.negate)
        case "isEmpty": return try unary(operands, range, member.key, Expression.Kind.isEmpty)
        case "&&": return try junction(operands, range, isAnd: true)
        case "||": return try junction(operands, range, isAnd: false)
        case ".": return try attribute(operands, range)
        case "has": return try has(operands, range)
        case "like": return try like(operands, range)
        case "is": return try isOf(operands, range)
        case "if-then-else": return try conditional(operands, range)
        case "Set":
            let elements = try expressions(try source.elements(of: operands, "`Set`"))
            return try node(.set(elements), range, elements)
        case "Record":
            var fields: [(key: CedarString, value: Expression)] = []
            for field in try source.members(of: operands, "`Record`") {
                fields.append((field.key, try expression(field.value)))
            }
            return try node(.record(fields), range, fields.map(\.value))
        case "Slot":
            throw source.diagnostic(
                "a slot cannot stand in a condition", at: range, help: "slots are for the scope of a template")
        default:
            // Neither operators nor functions have canonical equivalents other than themselves.
            if let operation = BinaryOperator(rawValue: member.key.text) {
                let (left, right) = try pair(operands, member.key)
                return try node(.binary(operation, left, right), range, [left, right])
            }
            return try call(member, range)
        }
    }

    private func node(
        _ kind: Expression.Kind, _ range: ByteRange, _ children: [Expression]
    ) throws(CedarDiagnostic) -> Expression {
        let height = 1 + children.reduce(0) { max($0, $1.height) }
        guard height <= Expression.heightMax else {
            throw source.diagnostic("the condition nests too deeply", at: range, help: "split it into several")
        }
        return Expression(kind, range, height: height)
    }

    private func expressions(_ values: [JSONValue]) throws(CedarDiagnostic) -> [Expression] {
        var expressions: [Expression] = []
        for value in values { expressions.append(try expression(value)) }
        return expressions
    }

    // MARK: Literals

    /// Sets, records and extension values become the expressions that make them, as in a policy's text.
    private func literal(_ value: JSONValue) throws(CedarDiagnostic) -> Expression {
        func literals(_ values: [JSONValue]) throws(CedarDiagnostic) -> [Expression] {
            var expressions: [Expression] = []
            for value in values { expressions.append(try literal(value)) }
            return expressions
        }
        switch try DataJSON(value, in: source) {
        case .scalar(let scalar): return Expression(.literal(scalar), value.range)
        case .entity(let uid): return Expression(.literal(.entity(uid)), value.range)
        case .call(let function, let arguments):
            return try call(function, try literals(arguments), value.range)
        case .set(let elements):
            let elements = try literals(elements)
            return try node(.set(elements), value.range, elements)
        case .record(let members):
            let values = try literals(members.map(\.value))
            return try node(.record(zip(members, values).map { ($0.key, $1) }), value.range, values)
        }
    }

    private func variable(_ value: JSONValue, _ range: ByteRange) throws(CedarDiagnostic) -> Expression {
        let name = try source.string(value, "`Var`")
        guard let variable = Variable(rawValue: name.text) else {
            throw source.diagnostic(
                "\(name.literal) is no variable", at: value.range,
                help: "the variables are principal, action, resource and context")
        }
        return Expression(.variable(variable), range)
    }

    // MARK: Operators

    private func unary(
        _ value: JSONValue, _ range: ByteRange, _ name: CedarString, _ kind: (Expression) -> Expression.Kind
    ) throws(CedarDiagnostic) -> Expression {
        var fields = try JSONFields(value, "`\(name)`", in: source)
        let operand = try expression(try fields.require("arg"))
        try fields.finish()
        return try node(kind(operand), range, [operand])
    }

    private func pair(_ value: JSONValue, _ name: CedarString) throws(CedarDiagnostic) -> (Expression, Expression) {
        var fields = try JSONFields(value, "`\(name)`", in: source)
        let left = try expression(try fields.require("left"))
        let right = try expression(try fields.require("right"))
        try fields.finish()
        return (left, right)
    }

    /// `a && b && c` is written as `(a && b) && c`; chains are one node.
    private func junction(
        _ value: JSONValue, _ range: ByteRange, isAnd: Bool
    ) throws(CedarDiagnostic) -> Expression {
        let (left, right) = try pair(value, isAnd ? "&&" : "||")
        switch left.kind {
        case .and(let operands) where isAnd:
            return try node(.and(operands + [right]), range, operands + [right])
        case .or(let operands) where !isAnd:
            return try node(.or(operands + [right]), range, operands + [right])
        default: return try node(isAnd ? .and([left, right]) : .or([left, right]), range, [left, right])
        }
    }

    private func attribute(_ value: JSONValue, _ range: ByteRange) throws(CedarDiagnostic) -> Expression {
        var fields = try JSONFields(value, "`.`", in: source)
        let operand = try expression(try fields.require("left"))
        let name = try fields.requireString("attr")
        try fields.finish()
        return try node(.attribute(operand, name), range, [operand])
    }

    /// The attribute is a string, or a list of strings for one inside another.
    private func has(_ value: JSONValue, _ range: ByteRange) throws(CedarDiagnostic) -> Expression {
        var fields = try JSONFields(value, "`has`", in: source)
        let operand = try expression(try fields.require("left"))
        let attribute = try fields.require("attr")
        try fields.finish()
        var path: [CedarString] = []
        for name in attribute.elements ?? [attribute] { path.append(try source.string(name, "an attribute")) }
        guard !path.isEmpty else { throw source.diagnostic("`has` names no attribute", at: attribute.range) }
        return try node(.has(operand, path), range, [operand])
    }

    private func like(_ value: JSONValue, _ range: ByteRange) throws(CedarDiagnostic) -> Expression {
        var fields = try JSONFields(value, "`like`", in: source)
        let operand = try expression(try fields.require("left"))
        let pattern = try fields.require("pattern")
        try fields.finish()
        var elements: [Pattern.Element] = []
        for element in try source.elements(of: pattern, "a pattern") {
            if let word = element.string {
                guard word == "Wildcard" else { throw patternFailure(element) }
                elements.append(.wildcard)
            } else {
                guard element.members?.count == 1, let text = element["Literal"]?.string else {
                    throw patternFailure(element)
                }
                elements += text.text.unicodeScalars.map(Pattern.Element.literal)
            }
        }
        return try node(.like(operand, Pattern(elements)), range, [operand])
    }

    private func patternFailure(_ element: JSONValue) -> CedarDiagnostic {
        source.diagnostic(
            "this is no part of a pattern", at: element.range,
            help: "a pattern is a list of \"Wildcard\" and {\"Literal\": \"…\"}")
    }

    private func isOf(_ value: JSONValue, _ range: ByteRange) throws(CedarDiagnostic) -> Expression {
        var fields = try JSONFields(value, "`is`", in: source)
        let operand = try expression(try fields.require("left"))
        let type = try source.typeName(try fields.require("entity_type"), "`entity_type`")
        let container = fields.take("in")
        try fields.finish()
        guard let container, !container.isNull else {
            return try node(.is(operand, type, in: nil), range, [operand])
        }
        let group = try expression(container)
        return try node(.is(operand, type, in: group), range, [operand, group])
    }

    private func conditional(_ value: JSONValue, _ range: ByteRange) throws(CedarDiagnostic) -> Expression {
        var fields = try JSONFields(value, "`if-then-else`", in: source)
        let condition = try expression(try fields.require("if"))
        let then = try expression(try fields.require("then"))
        let otherwise = try expression(try fields.require("else"))
        try fields.finish()
        return try node(
            .conditional(condition, then: then, else: otherwise), range, [condition, then, otherwise])
    }

    // MARK: Functions

    private func call(_ member: JSONValue.Member, _ range: ByteRange) throws(CedarDiagnostic) -> Expression {
        guard let function = ExtensionFunction(rawValue: member.key.text) else {
            throw source.diagnostic(
                "there is no operator or function \(member.key.literal)", at: member.keyRange,
                help: "literals are {\"Value\": …}, variables {\"Var\": …}")
        }
        let arguments = try expressions(try source.elements(of: member.value, "the list of arguments"))
        return try call(function, arguments, range)
    }

    private func call(
        _ function: ExtensionFunction, _ arguments: [Expression], _ range: ByteRange
    ) throws(CedarDiagnostic) -> Expression {
        // Nothing in a policy's text would be like it.
        guard function.isConstructor || !arguments.isEmpty else {
            throw source.diagnostic("`\(function.rawValue)` is a method and lacks its receiver", at: range)
        }
        return try node(.call(function, arguments), range, arguments)
    }
}
