/// The text of an expression, with the values of its parameters.
public struct SQLText: Sendable, Hashable {
    public enum Style: Sendable, Hashable {
        /// Values stand in the text, as literals that no setting of the server changes the meaning of.
        case literals
        /// Values are `$first`, `$first + 1`, … in the order of ``SQLText/parameters``.
        case parameters(from: Int)
    }

    public private(set) var text = ""
    /// Empty when values stand in the text.
    public private(set) var parameters: [SQLValue] = []
    private let style: Style
    private let row: String?

    fileprivate init(style: Style, row: String?) {
        self.style = style
        self.row = row
    }

    private mutating func write(_ value: SQLValue) {
        switch (style, value) {
        case (.literals, _), (_, .boolean): text += value.literal
        case (.parameters(let first), _):
            text += "$\(first + parameters.count)::\(value.typeName)"
            parameters.append(value)
        }
    }

    private enum Precedence: Int {
        case or, and, not, test, comparison, operation, quotient, collation, atom
    }

    private func precedence(_ expression: SQLExpression) -> Precedence {
        switch expression.kind {
        case .null, .value, .function, .milliseconds, .hasNullElement, .when, .choice: .atom
        case .column(let sql): Self.isAtom(sql) ? .atom : .or
        case .or: .or
        case .and: .and
        case .not: .not
        case .test: .test
        case .comparison, .isBetween: .comparison
        case .isAny, .like: .comparison
        case .array, .isWithin: .operation
        case .quotient: .quotient
        case .collated: .collation
        }
    }

    /// A name, also qualified or quoted. Anything else of a mapping is put in parentheses.
    private static func isAtom(_ sql: String) -> Bool {
        sql.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            let bytes = part.utf8
            if bytes.count >= 3, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") {
                return !bytes.dropFirst().dropLast().contains(UInt8(ascii: "\""))
            }
            guard let first = bytes.first, !(0x30...0x39).contains(first) else { return false }
            return bytes.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
            }
        }
    }

    private mutating func write(_ expression: SQLExpression, above context: Precedence) {
        let isOpen = precedence(expression).rawValue <= context.rawValue && precedence(expression) != .atom
        if isOpen { text += "(" }
        write(expression)
        if isOpen { text += ")" }
    }

    private mutating func list(_ operands: [SQLExpression], _ separator: String, above context: Precedence) {
        for (position, operand) in operands.enumerated() {
            if position > 0 { text += separator }
            write(operand, above: context)
        }
    }

    fileprivate mutating func write(_ expression: SQLExpression) {
        func infix(_ left: SQLExpression, _ symbol: String, _ right: SQLExpression, _ context: Precedence) {
            write(left, above: context)
            text += " \(symbol) "
            write(right, above: context)
        }
        switch expression.kind {
        case .null: text += "NULL::boolean"
        case .value(let value): write(value)
        case .column(let sql): text += row.map { "\($0).\(sql)" } ?? sql
        case .and(let operands): list(operands, " AND ", above: .and)
        case .or(let operands): list(operands, " OR ", above: .and)
        case .not(let operand):
            text += "NOT "
            write(operand, above: .comparison)
        case .test(let operand, let test):
            write(operand, above: .comparison)
            text += " \(test.rawValue)"
        case .comparison(let comparison, let left, let right): infix(left, comparison.rawValue, right, .operation)
        case .isAny(let element, let array, let elementType):
            write(element, above: .operation)
            text += " = ANY ("
            // A subquery would be taken for a list of elements, be it in parentheses or not.
            let isName = if case .column(let sql) = array.kind { Self.isAtom(sql) } else { true }
            write(array, above: isName ? .or : .quotient)
            text += isName ? ")" : "::\(elementType.rawValue)[])"
        case .array(let operation, let left, let right): infix(left, operation.rawValue, right, .operation)
        case .isWithin(let address, let range): infix(address, "<<=", range, .operation)
        case .like(let operand, let pattern, let isEscaped):
            write(operand, above: .operation)
            text += " LIKE "
            write(pattern)
            if isEscaped { text += " ESCAPE E'\\\\'" }
        case .collated(let operand):
            write(operand, above: .collation)
            text += " COLLATE \"C\""
        case .quotient(let operand, let divisor):
            write(operand, above: .quotient)
            text += " / \(divisor)"
        case .function(let name, let arguments):
            text += "\(name)("
            for (position, argument) in arguments.enumerated() {
                if position > 0 { text += ", " }
                write(argument)
            }
            text += ")"
        case .milliseconds(let time):
            text += "floor(EXTRACT(EPOCH FROM "
            write(time, above: .collation)
            text += ") * 1000)"
        case .isBetween(let operand, let low, let high):
            write(operand, above: .comparison)
            text += " BETWEEN "
            write(low)
            text += " AND "
            write(high)
        case .hasNullElement(let array):
            text += "EXISTS (SELECT FROM unnest("
            write(array)
            text += ") AS element WHERE element IS NULL)"
        case .when(let branches, let otherwise):
            text += "CASE"
            for branch in branches {
                text += " WHEN "
                write(branch.condition)
                text += " THEN "
                write(branch.result)
            }
            if let otherwise {
                text += " ELSE "
                write(otherwise)
            }
            text += " END"
        case .choice(let condition, let first, let second):
            text += "CASE "
            write(condition, above: .operation)
            text += " WHEN TRUE THEN "
            write(first)
            text += " WHEN FALSE THEN "
            write(second)
            text += " END"
        }
    }
}

extension SQLExpression {
    /// The expression as it goes into a statement. It needs no parentheses around it in `WHERE`, but does elsewhere.
    ///
    /// - Parameter row: The table, or the variable, that each column is qualified with; nil to leave columns as the
    ///   mapping has them.
    public func text(_ style: SQLText.Style = .literals, of row: String? = nil) -> SQLText {
        var text = SQLText(style: style, row: row)
        text.write(self)
        return text
    }
}

extension SQLExpression: CustomStringConvertible {
    public var description: String { text(.literals).text }
}
