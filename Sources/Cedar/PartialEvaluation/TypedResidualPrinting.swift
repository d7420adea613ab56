extension TypedResidual: CustomStringConvertible {
    /// As a Cedar expression that means the same wherever the unknowns have values.
    public var description: String { written(within: .expression) }

    private enum Precedence: Int {
        case expression, or, and, relation, sum, product, unary, member
    }

    private func written(within context: Precedence) -> String {
        let (text, own) = written
        return own.rawValue < context.rawValue ? "(\(text))" : text
    }

    private var written: (String, Precedence) {
        switch kind {
        case .value(.long(let number)) where number < 0: (String(number), .unary)
        case .value(let value): (value.description, .member)
        // Cedar has no literal for failure; this is the shortest expression that always fails.
        case .error: ("9223372036854775807 + 1", .sum)
        case .variable(let variable): (variable.rawValue, .member)
        case .and(let operands): (chain(operands, "&&", .relation), operands.count == 1 ? .relation : .and)
        case .or(let operands): (chain(operands, "||", .and), operands.count == 1 ? .relation : .or)
        case .not(let operand): ("!" + operand.written(within: operand.isNot ? .unary : .member), .unary)
        case .negate(let operand): ("-" + operand.parenthesised, .unary)
        case .if(let condition, let then, let otherwise):
            ("if \(condition) then \(then) else \(otherwise)", .expression)
        case .binary(let operation, let left, let right): binary(operation, left, right)
        case .isEmpty(let operand): (operand.written(within: .member) + ".isEmpty()", .member)
        case .like(let operand, let pattern): ("\(operand.written(within: .sum)) like \(pattern)", .relation)
        case .is(let operand, let type): ("\(operand.written(within: .sum)) is \(type)", .relation)
        case .has(let operand, let path): ("\(operand.written(within: .sum)) has \(Self.path(path))", .relation)
        case .attribute(let operand, let name, _):
            (
                operand.written(within: .member)
                    + (IdentifierRules.isIdentifier(name.text.utf8) ? ".\(name)" : "[\(name.literal)]"), .member
            )
        case .set(let elements): ("[\(elements.map(\.description).joined(separator: ", "))]", .member)
        case .record(let fields):
            (
                "{"
                    + fields.sorted { $0.key < $1.key }.map { "\($0.key.literal): \($0.value)" }
                    .joined(separator: ", ") + "}", .member
            )
        case .call(let function, let arguments): call(function, arguments)
        }
    }

    private var isNot: Bool { if case .not = kind { true } else { false } }

    /// With parentheses even around a number, whose sign would otherwise become part of it.
    private var parenthesised: String { "(\(self))" }

    /// A single operand stands where its kind must be checked; `true &&` keeps that.
    private func chain(_ operands: [TypedResidual], _ symbol: String, _ context: Precedence) -> String {
        guard operands.count != 1 else {
            return "(\(symbol == "&&" ? "true" : "false") \(symbol) \(operands[0].written(within: context)))"
        }
        return operands.map { $0.written(within: context) }.joined(separator: " \(symbol) ")
    }

    private func binary(
        _ operation: BinaryOperator, _ left: TypedResidual, _ right: TypedResidual
    ) -> (String, Precedence) {
        func infix(_ own: Precedence, _ first: Precedence, _ second: Precedence) -> (String, Precedence) {
            ("\(left.written(within: first)) \(operation.rawValue) \(right.written(within: second))", own)
        }
        switch operation {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in:
            return infix(.relation, .sum, .sum)
        case .add, .subtract: return infix(.sum, .sum, .product)
        case .multiply: return infix(.product, .product, .unary)
        case .contains, .containsAll, .containsAny, .hasTag, .getTag:
            return ("\(left.written(within: .member)).\(operation.rawValue)(\(right))", .member)
        }
    }

    private func call(_ function: ExtensionFunction, _ arguments: [TypedResidual]) -> (String, Precedence) {
        guard !function.isConstructor, let receiver = arguments.first else {
            return ("\(function.rawValue)(\(arguments.map(\.description).joined(separator: ", ")))", .member)
        }
        let others = arguments.dropFirst().map(\.description).joined(separator: ", ")
        return ("\(receiver.written(within: .member)).\(function.rawValue)(\(others))", .member)
    }

    /// Names joined by dots; a single one may be any string.
    private static func path(_ path: [CedarString]) -> String {
        if path.count == 1, !IdentifierRules.isIdentifier(path[0].text.utf8) { return path[0].literal }
        return path.map(\.text).joined(separator: ".")
    }
}
