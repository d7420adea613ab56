/// Writes expressions as Cedar text, with no more parentheses than keep the tree as it is.
struct ExpressionPrinter {
    /// How tightly the grammar's rules bind, from the loosest.
    private enum Level: Int {
        case expression, disjunction, conjunction, relation, sum, product, unary, member
    }

    private(set) var text = ""

    static func text(_ expression: Expression) -> String {
        var printer = ExpressionPrinter()
        printer.write(expression, at: .expression)
        return printer.text
    }

    /// In parentheses if the grammar wants something that binds tighter here.
    private mutating func write(_ expression: Expression, at level: Level) {
        let isEnclosed = Self.level(of: expression.kind).rawValue < level.rawValue
        if isEnclosed { text += "(" }
        write(expression.kind)
        if isEnclosed { text += ")" }
    }

    private static func level(of kind: Expression.Kind) -> Level {
        switch kind {
        case .conditional: .expression
        case .or(let operands) where operands.count > 1: .disjunction
        case .and(let operands) where operands.count > 1: .conjunction
        case .or(let operands), .and(let operands): operands.first.map { level(of: $0.kind) } ?? .member
        case .binary(let operation, _, _): level(of: operation)
        case .like, .is: .relation
        case .has(_, let path): path.count > 1 && !isPath(path) ? .conjunction : .relation
        case .not, .negate: .unary
        // A minus sign is an operator to whatever follows the number.
        case .literal(.long(let number)): number < 0 ? .unary : .member
        case .literal, .variable, .isEmpty, .attribute, .set, .record, .call: .member
        }
    }

    private static func level(of operation: BinaryOperator) -> Level {
        switch operation {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in: .relation
        case .add, .subtract: .sum
        case .multiply: .product
        case .contains, .containsAll, .containsAny, .hasTag, .getTag: .member
        }
    }

    private mutating func write(_ kind: Expression.Kind) {
        switch kind {
        case .literal(let value): write(value)
        case .variable(let variable): text += variable.rawValue
        case .not(let operand): write(sign: "!", operand, fits: operand.signCount(of: .not))
        case .negate(let operand): write(sign: "-", operand, fits: operand.signCount(of: .minus))
        case .and(let operands): write(chain: operands, joinedBy: "&&", at: .relation, empty: "true")
        case .or(let operands): write(chain: operands, joinedBy: "||", at: .conjunction, empty: "false")
        case .conditional(let condition, let then, let otherwise):
            text += "if "
            write(condition, at: .expression)
            text += " then "
            write(then, at: .expression)
            text += " else "
            write(otherwise, at: .expression)
        case .binary(let operation, let left, let right): write(operation, left, right)
        case .isEmpty(let operand): write(call: "isEmpty", of: operand, [])
        case .like(let operand, let pattern):
            write(operand, at: .sum)
            text += " like \(pattern)"
        case .is(let operand, let type, let group):
            write(operand, at: .sum)
            text += " is \(type)"
            guard let group else { return }
            text += " in "
            write(group, at: .sum)
        case .has(let operand, let path): write(operand, has: path)
        case .attribute(let operand, let name): write(operand, attribute: name)
        case .set(let elements):
            text += "["
            write(list: elements)
            text += "]"
        case .record(let fields):
            write(fields: fields) { $0.write($1, at: .expression) }
        case .call(let function, let arguments):
            if !function.isConstructor, let receiver = arguments.first {
                write(call: function.rawValue, of: receiver, arguments.dropFirst())
            } else {
                text += "\(function.rawValue)("
                write(list: arguments)
                text += ")"
            }
        }
    }

    // MARK: Operators

    /// - Parameter fits: How many signs of the same kind the operand begins with: four in a row are all there may be.
    private mutating func write(sign: String, _ operand: Expression, fits count: Int?) {
        text += sign
        guard let count, count < 4 else { return write(operand, enclosed: true) }
        write(operand, enclosed: false)
    }

    private mutating func write(_ expression: Expression, enclosed: Bool) {
        if enclosed { text += "(" }
        write(expression.kind)
        if enclosed { text += ")" }
    }

    private mutating func write(chain operands: [Expression], joinedBy sign: String, at level: Level, empty: String) {
        guard operands.count > 1 else {
            if let only = operands.first { write(only.kind) } else { text += empty }
            return
        }
        for (position, operand) in operands.enumerated() {
            if position > 0 { text += " \(sign) " }
            write(operand, at: level)
        }
    }

    private mutating func write(_ operation: BinaryOperator, _ left: Expression, _ right: Expression) {
        let levels: (left: Level, right: Level)
        switch Self.level(of: operation) {
        case .relation: levels = (.sum, .sum)
        case .sum: levels = (.sum, .product)
        case .product: levels = (.product, .unary)
        default: return write(call: operation.rawValue, of: left, [right])
        }
        write(left, at: levels.left)
        text += " \(operation.rawValue) "
        write(right, at: levels.right)
    }

    // MARK: Names, methods, literals

    private static func isPath(_ path: [CedarString]) -> Bool {
        path.allSatisfy { IdentifierRules.isIdentifier($0.text.utf8) }
    }

    private mutating func write(_ operand: Expression, has path: [CedarString]) {
        guard path.count > 1, !Self.isPath(path) else {
            write(operand, at: .sum)
            text += " has "
            text += Self.isPath(path) ? path.map(\.text).joined(separator: ".") : path.map(\.literal).joined()
            return
        }
        // Only identifiers can be joined by dots: other names are asked for one after another.
        var inner = operand
        for (position, name) in path.enumerated() {
            if position > 0 { text += " && " }
            write(inner, has: [name])
            inner = Expression(.attribute(inner, name), operand.range)
        }
    }

    private mutating func write(_ operand: Expression, attribute name: CedarString) {
        write(operand, at: .member)
        text += IdentifierRules.isIdentifier(name.text.utf8) ? ".\(name)" : "[\(name.literal)]"
    }

    private mutating func write(call name: String, of receiver: Expression, _ arguments: some Sequence<Expression>) {
        write(receiver, at: .member)
        text += ".\(name)("
        write(list: arguments)
        text += ")"
    }

    private mutating func write(list: some Sequence<Expression>) {
        for (position, element) in list.enumerated() {
            if position > 0 { text += ", " }
            write(element, at: .expression)
        }
    }

    private mutating func write<T>(fields: [(key: CedarString, value: T)], _ write: (inout Self, T) -> Void) {
        text += "{"
        for (position, field) in fields.enumerated() {
            if position > 0 { text += ", " }
            let isIdentifier = IdentifierRules.isIdentifier(field.key.text.utf8)
            text += isIdentifier ? field.key.text : field.key.literal
            text += ": "
            write(&self, field.value)
        }
        text += "}"
    }

    private mutating func write(_ value: Value) {
        switch value {
        case .set(let elements):
            text += "["
            for (position, element) in elements.enumerated() {
                if position > 0 { text += ", " }
                write(element)
            }
            text += "]"
        case .record(let record): write(fields: record.map { ($0.key, $0.value) }) { $0.write($1) }
        default: text += value.description
        }
    }
}

extension Expression {
    /// How many signs of one kind a text of this begins with, if it can follow such a sign without parentheses.
    fileprivate func signCount(of sign: Punctuation) -> Int? {
        switch (kind, sign) {
        case (.not(let operand), .not), (.negate(let operand), .minus):
            operand.signCount(of: sign).map { $0 < 4 ? $0 + 1 : 1 } ?? 1
        // The sign of a number is part of it; a sign before one without would become so.
        case (.literal(.long(let number)), .minus): number < 0 ? 1 : nil
        case (.literal(.long(let number)), .not): number < 0 ? nil : 0
        case (.conditional, _), (.like, _), (.is, _), (.has, _), (.not, _), (.negate, _): nil
        case (.and(let operands), _), (.or(let operands), _):
            operands.count > 1 ? nil : operands.isEmpty ? 0 : operands[0].signCount(of: sign)
        case (.binary(let operation, _, _), _):
            switch operation {
            case .contains, .containsAll, .containsAny, .hasTag, .getTag: 0
            default: nil
            }
        case (.literal, _), (.variable, _), (.isEmpty, _), (.attribute, _), (.set, _), (.record, _), (.call, _): 0
        }
    }
}
