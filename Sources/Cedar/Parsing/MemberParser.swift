/// Literals, variables, calls, and what is asked of them by dot or bracket.
extension PolicyParser {
    /// - Parameter negative: The minus sign that belongs to the number that follows.
    mutating func member(negative: ByteRange?) throws(Failure) -> Expression {
        var base = try primary(negative: negative)
        while true {
            if take(.dot) {
                base = try access(base)
            } else if take(.leftBracket) {
                let attribute = try string("an attribute in double quotes")
                try expect(.rightBracket, "after the attribute")
                base = try node(.attribute(base, attribute), base.range.joined(to: lastRange), over: base.height)
            } else {
                return base
            }
        }
    }

    private mutating func access(_ base: Expression) throws(Failure) -> Expression {
        let nameRange = token.range
        let name = try identifier("an attribute or method")
        guard take(.leftParenthesis) else {
            return try node(.attribute(base, CedarString(name)), base.range.joined(to: lastRange), over: base.height)
        }
        let arguments = try list(until: .rightParenthesis)
        let range = base.range.joined(to: lastRange)
        let operation: BinaryOperator
        switch name {
        case "contains": operation = .contains
        case "containsAll": operation = .containsAll
        case "containsAny": operation = .containsAny
        case "hasTag": operation = .hasTag
        case "getTag": operation = .getTag
        case "isEmpty":
            guard arguments.isEmpty else { throw argumentCount(name, 0, arguments.count, range) }
            return try node(.isEmpty(base), range, over: base.height)
        default:
            guard let function = ExtensionFunction(rawValue: name) else {
                throw Failure(
                    message: "`\(name)` is no method", range: nameRange,
                    help: Suggestion.help(for: name, among: Self.methods))
            }
            guard !function.isConstructor else {
                throw Failure(
                    message: "`\(name)` is a function, not a method", range: nameRange,
                    help: "write `\(name)(…)`")
            }
            return try node(.call(function, [base] + arguments), range, over: max(base.height, arguments.height))
        }
        guard arguments.count == 1 else { throw argumentCount(name, 1, arguments.count, range) }
        return try node(.binary(operation, base, arguments[0]), range, over: max(base.height, arguments[0].height))
    }

    private func argumentCount(_ name: String, _ expected: Int, _ found: Int, _ range: ByteRange) -> Failure {
        Failure(message: "`\(name)` takes \(expected) argument\(expected == 1 ? "" : "s"), not \(found)", range: range)
    }

    private mutating func primary(negative: ByteRange?) throws(Failure) -> Expression {
        let start = token.range
        switch token.kind {
        case .integer:
            return try number(negative: negative)
        case .string:
            let value = try string("a string")
            return Expression(.literal(.string(value)), start)
        case .punctuation(.leftParenthesis):
            advance()
            let inner = try expression()
            try expect(.rightParenthesis, "after the expression")
            return Expression(inner.kind, start.joined(to: lastRange), height: inner.height)
        case .punctuation(.leftBracket):
            advance()
            let elements = try list(until: .rightBracket)
            return try node(.set(elements), start.joined(to: lastRange), over: elements.height)
        case .punctuation(.leftBrace):
            return try record()
        case .word where isAt(.true) || isAt(.false):
            let value = isAt(.true)
            advance()
            return Expression(.literal(.bool(value)), start)
        case .word where isAt(.if):
            throw Failure(
                message: "`if` cannot be an operand", range: start, help: "put `(if … then … else …)` in parentheses")
        case .word:
            return try named()
        default:
            throw unexpected("an expression")
        }
    }

    private mutating func number(negative: ByteRange?) throws(Failure) -> Expression {
        let range = negative?.joined(to: token.range) ?? token.range
        var number = CheckedInteger(isNegative: negative != nil)
        for digit in source.bytes[Int(token.range.start)..<Int(token.range.end)] { number.append(digit: digit) }
        guard let value = number.value else {
            throw Failure(
                message: "the number \(text(token)) is too large", range: range,
                help: "numbers go from -9223372036854775808 to 9223372036854775807")
        }
        advance()
        return Expression(.literal(.long(value)), range)
    }

    private mutating func list(until end: Punctuation) throws(Failure) -> [Expression] {
        var elements: [Expression] = []
        while !isAt(end) {
            elements.append(try expression())
            guard take(.comma) else { break }
        }
        guard take(end) else { throw unexpected("`,` or `\(end.rawValue)`") }
        return elements
    }

    private mutating func record() throws(Failure) -> Expression {
        let start = token.range
        advance()
        var fields: [(key: CedarString, value: Expression)] = []
        var keys: Set<CedarString> = []
        var height = 0
        while !isAt(.rightBrace) {
            let keyRange = token.range
            let key =
                token.kind == .string ? try string("a key") : CedarString(try identifier("a key or `}`"))
            guard keys.insert(key).inserted else {
                throw Failure(
                    message: "the key \(key.literal) occurs twice", range: keyRange, help: "keep one of the two")
            }
            try expect(.colon, "after the key")
            let value = try expression()
            height = max(height, value.height)
            fields.append((key, value))
            guard take(.comma) else { break }
        }
        guard take(.rightBrace) else { throw unexpected("`,` or `}`") }
        return try node(.record(fields), start.joined(to: lastRange), over: height)
    }

    /// A variable, an entity or a function call.
    private mutating func named() throws(Failure) -> Expression {
        let start = token.range
        if let variable = variable() {
            advance()
            return Expression(.variable(variable), start)
        }
        let name = try typeName("an expression")
        if take(.doubleColon) {
            guard token.kind == .string else { throw unexpected("an entity's identifier in double quotes") }
            let uid = EntityUID(type: name, id: try string("an entity's identifier"))
            return Expression(.literal(.entity(uid)), start.joined(to: lastRange))
        }
        if isAt(.leftParenthesis) { return try call(name.description, start) }
        throw Failure(
            message: "`\(name)` is no variable", range: start.joined(to: lastRange),
            help: Self.replacement(for: name.description)
                ?? Suggestion.help(for: name.description, among: Self.operands)
                ?? "the variables are principal, action, resource and context; strings are in double quotes")
    }

    /// The variable that stands here; nil if its name is that of a type or function, or none of theirs.
    private func variable() -> Variable? {
        switch nextToken.kind {
        case .punctuation(.doubleColon), .punctuation(.leftParenthesis): return nil
        default: break
        }
        switch token.keyword {
        case .principal: return .principal
        case .action: return .action
        case .resource: return .resource
        case .context: return .context
        default: return nil
        }
    }

    private static let operands = ["principal", "action", "resource", "context", "true", "false"]
    private static let functions = ExtensionFunction.allCases.filter(\.isConstructor).map(\.rawValue)
    private static let methods =
        ["contains", "containsAll", "containsAny", "isEmpty", "hasTag", "getTag"]
        + ExtensionFunction.allCases.filter { !$0.isConstructor }.map(\.rawValue)

    private mutating func call(_ name: String, _ start: ByteRange) throws(Failure) -> Expression {
        guard let function = ExtensionFunction(rawValue: name), function.isConstructor else {
            let isMethod = Self.methods.contains(name)
            throw Failure(
                message: isMethod ? "`\(name)` is a method, not a function" : "`\(name)` is no function",
                range: start.joined(to: lastRange),
                help: isMethod
                    ? "write `….\(name)(…)`"
                    : Suggestion.help(for: name, among: Self.functions)
                        ?? "the functions are ip, decimal, datetime and duration")
        }
        advance()
        let arguments = try list(until: .rightParenthesis)
        return try node(.call(function, arguments), start.joined(to: lastRange), over: arguments.height)
    }
}
