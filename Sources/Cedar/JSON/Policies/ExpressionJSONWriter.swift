/// Writes the JSON form of an expression.
///
/// A chain `a && b && …` becomes one level after another, so that what is flat in a policy may be deep in JSON.
struct ExpressionJSONWriter {
    /// How many objects and arrays may be inside each other.
    let depthMax: Int

    /// Nil if it would be deeper than ``depthMax``.
    func json(_ expression: Expression, depth: Int) -> JSONValue? {
        guard depth < depthMax else { return nil }
        switch expression.kind {
        case .literal(let value):
            guard depth + 1 + value.jsonDepth <= depthMax else { return nil }
            return JSONValue(.object([.init("Value", JSONValue(of: value))]))
        case .variable(let variable):
            return JSONValue(.object([.init("Var", JSONValue(stringLiteral: variable.rawValue))]))
        case .not(let operand): return object("!", depth, ["arg": operand])
        case .negate(let operand): return object("neg", depth, ["arg": operand])
        case .isEmpty(let operand): return object("isEmpty", depth, ["arg": operand])
        case .and(let operands): return chain("&&", operands[...], depth)
        case .or(let operands): return chain("||", operands[...], depth)
        case .conditional(let condition, let then, let otherwise):
            return object("if-then-else", depth, ["if": condition, "then": then, "else": otherwise])
        case .binary(let operation, let left, let right):
            return object(CedarString(operation.rawValue), depth, ["left": left, "right": right])
        case .like(let operand, let pattern):
            return object("like", depth, ["left": operand], [.init("pattern", pattern.json)])
        case .is(let operand, let type, let group):
            var operands: KeyValuePairs<CedarString, Expression> = ["left": operand]
            if let group { operands = ["left": operand, "in": group] }
            return object("is", depth, operands, [.init("entity_type", JSONValue(.string(type.name)))])
        case .has(let operand, let path): return has(operand, path[...], depth)
        case .attribute(let operand, let name):
            return object(".", depth, ["left": operand], [.init("attr", JSONValue(.string(name)))])
        case .set(let elements):
            return list(elements, depth).map { JSONValue(.object([.init("Set", $0)])) }
        case .record(let fields):
            var members: [JSONValue.Member] = []
            for (key, value) in fields {
                guard let value = json(value, depth: depth + 2) else { return nil }
                members.append(JSONValue.Member(key, value))
            }
            return JSONValue(.object([.init("Record", JSONValue(.object(members)))]))
        case .call(let function, let arguments):
            return list(arguments, depth).map { JSONValue(.object([.init(CedarString(function.rawValue), $0)])) }
        }
    }

    /// `{name: {…operands, …more}}`
    private func object(
        _ name: CedarString, _ depth: Int, _ operands: KeyValuePairs<CedarString, Expression>,
        _ more: [JSONValue.Member] = []
    ) -> JSONValue? {
        var members: [JSONValue.Member] = []
        for (key, operand) in operands {
            guard let value = json(operand, depth: depth + 2) else { return nil }
            members.append(JSONValue.Member(key, value))
        }
        return JSONValue(.object([.init(name, JSONValue(.object(members + more)))]))
    }

    private func list(_ elements: [Expression], _ depth: Int) -> JSONValue? {
        var values: [JSONValue] = []
        for element in elements {
            guard let value = json(element, depth: depth + 2) else { return nil }
            values.append(value)
        }
        return JSONValue(.array(values))
    }

    private func pair(_ name: CedarString, _ left: JSONValue, _ right: JSONValue) -> JSONValue {
        JSONValue(.object([.init(name, ["left": left, "right": right])]))
    }

    /// `(a && b) && c`, the first operand the deepest. An empty chain does not occur.
    private func chain(_ name: CedarString, _ operands: ArraySlice<Expression>, _ depth: Int) -> JSONValue? {
        let deepest = depth + 2 * (operands.count - 1)
        guard deepest < depthMax, let first = operands.first, var result = json(first, depth: deepest) else {
            return nil
        }
        for (position, operand) in operands.dropFirst().enumerated() {
            guard let right = json(operand, depth: deepest - 2 * position) else { return nil }
            result = pair(name, result, right)
        }
        return result
    }

    /// `e has a.b.c` is `(e has a && e.a has b) && e.a.b has c`.
    private func has(_ operand: Expression, _ path: ArraySlice<CedarString>, _ depth: Int) -> JSONValue? {
        // A long path must not become a tree that is too high to walk before it is found to be.
        guard 2 * path.count < depthMax else { return nil }
        let tests = path.indices.map { position in
            let owner = path[..<position].reduce(operand) { owner, name in
                Expression(.attribute(owner, name), operand.range, height: owner.height + 1)
            }
            return (owner, path[position])
        }
        let deepest = depth + 2 * (tests.count - 1)
        var result: JSONValue?
        for (position, (owner, name)) in tests.enumerated() {
            let level = position == 0 ? deepest : deepest - 2 * (position - 1)
            guard
                let test = object("has", level, ["left": owner], [.init("attr", JSONValue(.string(name)))])
            else { return nil }
            result = result.map { pair("&&", $0, test) } ?? test
        }
        return result
    }
}

extension Value {
    /// How many objects and arrays are inside each other in its JSON form, at most.
    fileprivate var jsonDepth: Int {
        switch self {
        case .bool, .long, .string: 0
        case .entity: 2
        case .set, .record: depth + 5
        case .decimal, .address, .datetime, .duration: 5
        }
    }
}

extension Pattern {
    /// One literal for each scalar, as the official engine writes it.
    fileprivate var json: JSONValue {
        JSONValue(
            .array(
                elements.map { element in
                    switch element {
                    case .wildcard: "Wildcard"
                    case .literal(let scalar): ["Literal": JSONValue(stringLiteral: String(Character(scalar)))]
                    }
                }))
    }
}
