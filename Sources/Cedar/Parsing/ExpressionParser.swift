/// Operators, from the loosest to the tightest.
extension PolicyParser {
    mutating func expression() throws(Failure) -> Expression {
        guard nesting < Self.nestingMax else { throw tooDeep(token.range) }
        nesting += 1
        defer { nesting -= 1 }
        guard isAt(.if) else { return try disjunction() }
        let start = token.range
        advance()
        let condition = try expression()
        guard take(.then) else { throw unexpected("`then`", or: [.then]) }
        let then = try expression()
        guard take(.else) else { throw unexpected("`else`", or: [.else]) }
        let other = try expression()
        return try node(
            .conditional(condition, then: then, else: other), start.joined(to: other.range),
            over: max(condition.height, then.height, other.height))
    }

    /// Makes a node, unless the tree grows too high.
    ///
    /// - Parameter childHeight: The height of the highest child.
    func node(
        _ kind: Expression.Kind, _ range: ByteRange, over childHeight: Int
    ) throws(Failure) -> Expression {
        guard childHeight < Expression.heightMax else { throw tooDeep(range) }
        return Expression(kind, range, height: childHeight + 1)
    }

    private func tooDeep(_ range: ByteRange) -> Failure {
        Failure(
            message: "the condition nests too deeply", range: range,
            help: "split it into several conditions or policies")
    }

    private mutating func disjunction() throws(Failure) -> Expression {
        let first = try conjunction()
        guard isAt(.or) else { return first }
        var operands = [first]
        while take(.or) { operands.append(try conjunction()) }
        return try node(.or(operands), first.range.joined(to: lastRange), over: operands.height)
    }

    private mutating func conjunction() throws(Failure) -> Expression {
        let first = try relation()
        guard isAt(.and) else { return first }
        var operands = [first]
        while take(.and) { operands.append(try relation()) }
        return try node(.and(operands), first.range.joined(to: lastRange), over: operands.height)
    }

    private mutating func relation() throws(Failure) -> Expression {
        let left = try sum()
        if let comparison = comparison() {
            advance()
            let right = try sum()
            let result = try node(
                .binary(comparison, left, right), left.range.joined(to: right.range),
                over: max(left.height, right.height))
            guard self.comparison() == nil, !isAt(.has), !isAt(.like), !isAt(.is) else {
                throw Failure(
                    message: "comparisons cannot be chained", range: token.range,
                    help: "put the one that comes first in parentheses")
            }
            return result
        }
        if take(.has) { return try has(left) }
        if take(.like) { return try like(left) }
        if take(.is) { return try isOf(left) }
        return left
    }

    private func comparison() -> BinaryOperator? {
        switch token.kind {
        case .punctuation(.equal): .equal
        case .punctuation(.notEqual): .notEqual
        case .punctuation(.less): .less
        case .punctuation(.lessOrEqual): .lessOrEqual
        case .punctuation(.greater): .greater
        case .punctuation(.greaterOrEqual): .greaterOrEqual
        case .word where isAt(.in): .in
        default: nil
        }
    }

    private mutating func has(_ left: Expression) throws(Failure) -> Expression {
        var path: [CedarString] = []
        if token.kind == .string {
            path.append(try string("an attribute"))
        } else {
            repeat { path.append(CedarString(try identifier("the name of an attribute"))) } while take(.dot)
        }
        if isAt(.leftBracket) {
            throw Failure(
                message: "`has` takes a name, a string, or names joined by dots", range: token.range,
                help: "test the outer attribute first, `… has a && ….a has \"b c\"`")
        }
        return try node(.has(left, path), left.range.joined(to: lastRange), over: left.height)
    }

    private mutating func like(_ left: Expression) throws(Failure) -> Expression {
        guard token.kind == .string else { throw unexpected("a pattern in double quotes") }
        let range = token.range
        advance()
        do {
            let pattern = try StringEscapes.pattern(source, range)
            return try node(.like(left, pattern), left.range.joined(to: range), over: left.height)
        } catch let failure as StringEscapes.Failure {
            throw escapeFailure(failure)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw unexpected("a pattern")
        }
    }

    private mutating func isOf(_ left: Expression) throws(Failure) -> Expression {
        guard token.kind == .word else { throw unexpected("the name of an entity type") }
        let type = try typeName("the name of an entity type")
        guard !isAt(.doubleColon) else {
            throw Failure(
                message: "`is` takes the name of an entity type, not an entity", range: token.range,
                help: "write `== \(type)::\"…\"` for one entity")
        }
        guard take(.in) else {
            return try node(.is(left, type, in: nil), left.range.joined(to: lastRange), over: left.height)
        }
        let group = try sum()
        return try node(
            .is(left, type, in: group), left.range.joined(to: group.range), over: max(left.height, group.height))
    }

    private mutating func sum() throws(Failure) -> Expression {
        var left = try product()
        while isAt(.plus) || isAt(.minus) {
            let operation: BinaryOperator = isAt(.plus) ? .add : .subtract
            advance()
            let right = try product()
            left = try node(
                .binary(operation, left, right), left.range.joined(to: right.range),
                over: max(left.height, right.height))
        }
        return left
    }

    private mutating func product() throws(Failure) -> Expression {
        var left = try unary()
        while take(.times) {
            let right = try unary()
            left = try node(
                .binary(.multiply, left, right), left.range.joined(to: right.range),
                over: max(left.height, right.height))
        }
        if isAt(.slash) || isAt(.percent) { throw unexpected("an operator") }
        return left
    }

    /// Up to four `!` or four `-`. The `-` before a number belongs to it, so that the least one can be written.
    private mutating func unary() throws(Failure) -> Expression {
        guard isAt(.not) || isAt(.minus) else { return try member(negative: nil) }
        let sign: Punctuation = isAt(.not) ? .not : .minus
        var signs: [ByteRange] = []
        while isAt(sign) {
            signs.append(token.range)
            advance()
        }
        guard signs.count <= 4 else {
            throw Failure(
                message: "more than four `\(sign.rawValue)` in a row", range: signs[4],
                help: "leave out pairs of them")
        }
        var operand: Expression
        if sign == .minus, let last = signs.last, isNumberAlone {
            operand = try member(negative: last)
            signs.removeLast()
        } else {
            operand = try member(negative: nil)
        }
        for start in signs.reversed() {
            let range = start.joined(to: operand.range)
            operand = try node(sign == .not ? .not(operand) : .negate(operand), range, over: operand.height)
        }
        return operand
    }

    /// Whether the next token is a number and no method or attribute is asked of it.
    private var isNumberAlone: Bool {
        guard token.kind == .integer else { return false }
        switch nextToken.kind {
        case .punctuation(.dot), .punctuation(.leftBracket): return false
        default: return true
        }
    }
}

extension [Expression] {
    /// The height of the highest; 0 if there is none.
    var height: Int { reduce(0) { Swift.max($0, $1.height) } }
}
