/// Expressions, by descending through the grammar's levels.
extension PolicyParser {
    mutating func expression() throws(Failure) -> Expression {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Self.nestingMax else {
            throw Failure(
                message: "nested deeper than \(Self.nestingMax) levels", range: current.range,
                help: "split the condition")
        }
        guard isAt(word: "if") else { return try chain("||", Self.conjunction) }
        let start = current.range
        advance()
        let condition = try expression()
        guard accept(word: "then") else { throw unexpected("“then”") }
        let then = try expression()
        guard accept(word: "else") else { throw unexpected("“else”") }
        let otherwise = try expression()
        return try node(
            .conditional(condition, then: then, else: otherwise), start.joined(to: otherwise.range),
            [condition, then, otherwise])
    }

    private func node(_ kind: Expression.Kind, _ range: ByteRange, _ children: [Expression]) throws(Failure)
        -> Expression
    {
        let height = 1 + (children.map(\.height).max() ?? 0)
        guard height <= Expression.heightMax else {
            throw Failure(message: "the expression is too long", range: range, help: "split the condition")
        }
        return Expression(kind, range, height: height)
    }

    private static func conjunction(_ parser: inout PolicyParser) throws(Failure) -> Expression {
        try parser.chain("&&", relation)
    }

    private mutating func chain(
        _ symbol: String, _ operand: (inout PolicyParser) throws(Failure) -> Expression
    ) throws(Failure) -> Expression {
        var operands = [try operand(&self)]
        while accept(symbol) { operands.append(try operand(&self)) }
        guard operands.count > 1 else { return operands[0] }
        let range = operands[0].range.joined(to: operands[operands.count - 1].range)
        return try node(symbol == "&&" ? .and(operands) : .or(operands), range, operands)
    }

    private static let relations: [(String, BinaryOperator)] = [
        ("==", .equal), ("!=", .notEqual), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("<", .less), (">", .greater),
    ]

    private static func relation(_ parser: inout PolicyParser) throws(Failure) -> Expression {
        let left = try parser.sum()
        var result = left
        if let (_, operation) = relations.first(where: { parser.isAt($0.0) }) {
            parser.advance()
            let right = try parser.sum()
            result = try parser.node(
                .binary(operation, left, right), left.range.joined(to: right.range), [left, right])
        } else if parser.accept(word: "in") {
            let right = try parser.sum()
            result = try parser.node(.binary(.in, left, right), left.range.joined(to: right.range), [left, right])
        } else if parser.accept(word: "has") {
            let range = parser.current.range
            let path = try parser.hasPath()
            result = try parser.node(.has(left, path), left.range.joined(to: range), [left])
        } else if parser.accept(word: "like") {
            let range = parser.current.range
            result = try parser.node(.like(left, try parser.pattern()), left.range.joined(to: range), [left])
        } else if parser.accept(word: "is") {
            let range = parser.current.range
            let type = try parser.typeName()
            let group = parser.accept(word: "in") ? try parser.sum() : nil
            result = try parser.node(
                .is(left, type, in: group), left.range.joined(to: group?.range ?? range),
                [left] + (group.map { [$0] } ?? []))
        }
        if parser.isAt("=") {
            throw parser.unexpected("“==”", help: "a comparison is written with two signs")
        }
        if relations.contains(where: { parser.isAt($0.0) })
            || ["in", "has", "like", "is"].contains(where: { parser.isAt(word: $0) })
        {
            throw parser.unexpected("an end of the comparison", help: "comparisons do not chain: use parentheses or &&")
        }
        return result
    }

    private mutating func hasPath() throws(Failure) -> [CedarString] {
        if case .string = current.kind { return [try string("an attribute")] }
        var path = [CedarString(try identifier("an attribute's name"))]
        while accept(".") { path.append(CedarString(try identifier("an attribute's name"))) }
        return path
    }

    private mutating func pattern() throws(Failure) -> Pattern {
        guard case .string(let raw) = current.kind else { throw unexpected("a pattern in quotes") }
        do throws(EscapeError) {
            let elements = try Escapes.read(raw.text, asPattern: true).map {
                $0.map(Pattern.Element.literal) ?? .wildcard
            }
            advance()
            return Pattern(elements)
        } catch {
            throw Failure(message: error.message, range: current.range)
        }
    }

    private mutating func sum() throws(Failure) -> Expression {
        var left = try product()
        while isAt("+") || isAt("-") {
            let operation: BinaryOperator = isAt("+") ? .add : .subtract
            advance()
            let right = try product()
            left = try node(.binary(operation, left, right), left.range.joined(to: right.range), [left, right])
        }
        return left
    }

    private mutating func product() throws(Failure) -> Expression {
        var left = try unary()
        while isAt("*") {
            advance()
            let right = try unary()
            left = try node(.binary(.multiply, left, right), left.range.joined(to: right.range), [left, right])
        }
        if isAt("/") || isAt("%") {
            throw unexpected("another operator", help: "Cedar has neither division nor remainder")
        }
        return left
    }

    private mutating func unary() throws(Failure) -> Expression {
        let start = current.range
        var operators: [String] = []
        while isAt("!") || isAt("-") {
            let symbol = isAt("!") ? "!" : "-"
            if let last = operators.last, last != symbol {
                throw unexpected("an operand", help: "put it in parentheses")
            }
            operators.append(symbol)
            advance()
            guard operators.count <= 4 else {
                throw Failure(
                    message: "more than four “\(symbol)” in a row", range: start, help: "leave out pairs of them")
            }
        }
        var operand: Expression
        if operators.last == "-", case .number(let digits) = current.kind {
            guard let value = Int64("-" + digits) else {
                throw Failure(message: "-\(digits) is less than a 64-bit integer can be", range: current.range)
            }
            operators.removeLast()
            let range = start.joined(to: current.range)
            advance()
            operand = try accesses(of: Expression(.literal(.long(value)), range))
        } else {
            operand = try member()
        }
        for symbol in operators.reversed() {
            operand = try node(
                symbol == "!" ? .not(operand) : .negate(operand), start.joined(to: operand.range), [operand])
        }
        return operand
    }

    private mutating func member() throws(Failure) -> Expression { try accesses(of: try primary()) }

    private mutating func accesses(of base: Expression) throws(Failure) -> Expression {
        var result = base
        while true {
            if accept(".") {
                let range = current.range
                let name = try identifier("an attribute or method")
                result =
                    isAt("(")
                    ? try method(name, range, of: result)
                    : try node(.attribute(result, CedarString(name)), result.range.joined(to: range), [result])
            } else if accept("[") {
                let name = try string("an attribute's name in quotes")
                let end = current.range
                try expect("]")
                result = try node(.attribute(result, name), result.range.joined(to: end), [result])
            } else {
                return result
            }
        }
    }

    private mutating func method(_ name: String, _ range: ByteRange, of receiver: Expression) throws(Failure)
        -> Expression
    {
        let (arguments, end) = try arguments()
        let whole = receiver.range.joined(to: end)
        if name == "isEmpty" {
            guard arguments.isEmpty else { throw Failure(message: "isEmpty takes no argument", range: whole) }
            return try node(.isEmpty(receiver), whole, [receiver])
        }
        if let operation = BinaryOperator(rawValue: name),
            ["contains", "containsAll", "containsAny", "hasTag", "getTag"].contains(name)
        {
            guard arguments.count == 1 else { throw Failure(message: "\(name) takes one argument", range: whole) }
            return try node(.binary(operation, receiver, arguments[0]), whole, [receiver, arguments[0]])
        }
        guard let function = ExtensionFunction(rawValue: name), !function.isConstructor else {
            throw Failure(message: "there is no method “\(name)”", range: range)
        }
        return try node(.call(function, [receiver] + arguments), whole, [receiver] + arguments)
    }

    private mutating func arguments() throws(Failure) -> ([Expression], ByteRange) {
        try expect("(")
        let arguments = try list(until: ")")
        let end = current.range
        try expect(")")
        return (arguments, end)
    }

    private mutating func list(until end: String) throws(Failure) -> [Expression] {
        var elements: [Expression] = []
        while !isAt(end) {
            elements.append(try expression())
            guard accept(",") else { break }
        }
        return elements
    }

    private mutating func primary() throws(Failure) -> Expression {
        let start = current.range
        switch current.kind {
        case .number(let digits):
            guard let value = Int64(digits) else {
                throw Failure(message: "\(digits) is more than a 64-bit integer can be", range: start)
            }
            advance()
            return Expression(.literal(.long(value)), start)
        case .string(let raw):
            let value = try string(raw, start)
            advance()
            return Expression(.literal(.string(value)), start)
        case .symbol("("):
            advance()
            let inner = try expression()
            let end = current.range
            try expect(")")
            return Expression(inner.kind, start.joined(to: end), height: inner.height)
        case .symbol("["):
            advance()
            let elements = try list(until: "]")
            let end = current.range
            try expect("]")
            return try node(.set(elements), start.joined(to: end), elements)
        case .symbol("{"): return try record()
        case .slot:
            throw Failure(
                message: "a slot can stand in a scope only", range: start, help: "write “principal” or “resource”")
        case .identifier(let word): return try wordExpression(word, start)
        case .symbol, .end: throw unexpected("an expression")
        }
    }

    private mutating func record() throws(Failure) -> Expression {
        let start = current.range
        advance()
        var fields: [(key: CedarString, value: Expression)] = []
        while !isAt("}") {
            let range = current.range
            let key: CedarString
            if case .string = current.kind {
                key = try string("a key")
            } else {
                key = CedarString(try identifier("a key"))
            }
            guard !fields.contains(where: { $0.key == key }) else {
                throw Failure(
                    message: "the key \(key.literal) is there twice", range: range, help: "keep one of the two")
            }
            try expect(":")
            fields.append((key, try expression()))
            guard accept(",") else { break }
        }
        let end = current.range
        try expect("}")
        return try node(.record(fields), start.joined(to: end), fields.map(\.value))
    }

    /// What begins with a word: a variable, a truth value, an entity or a function.
    private mutating func wordExpression(_ word: String, _ start: ByteRange) throws(Failure) -> Expression {
        if word == "true" || word == "false" {
            advance()
            return Expression(.literal(.bool(word == "true")), start)
        }
        if following.kind != .symbol("::"), let variable = Variable(rawValue: word) {
            advance()
            return Expression(.variable(variable), start)
        }
        if following.kind == .symbol("(") {
            guard let function = ExtensionFunction(rawValue: word), function.isConstructor else {
                throw Failure(message: "there is no function “\(word)”", range: start)
            }
            advance()
            let (arguments, end) = try arguments()
            return try node(.call(function, arguments), start.joined(to: end), arguments)
        }
        let type = try typeName()
        guard accept("::") else {
            throw Failure(
                message: "“\(word)” is no variable", range: start,
                help: "variables are principal, action, resource and context; text stands in quotes")
        }
        let end = current.range
        return Expression(
            .literal(.entity(EntityUID(type: type, id: try string("the entity's name in quotes")))),
            start.joined(to: end))
    }
}
