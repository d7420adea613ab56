/// An expression of PostgreSQL as a tree: only ``text(_:)`` makes it a string.
public struct SQLExpression: Sendable, Hashable {
    public enum Comparison: String, Sendable, Hashable {
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="

        /// What it becomes when its sides change places.
        var mirrored: Comparison {
            switch self {
            case .equal, .notEqual: self
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            }
        }

        /// What is true where it is false, and NULL where it is.
        var negated: Comparison {
            switch self {
            case .equal: .notEqual
            case .notEqual: .equal
            case .less: .greaterOrEqual
            case .lessOrEqual: .greater
            case .greater: .lessOrEqual
            case .greaterOrEqual: .less
            }
        }
    }

    public enum ArrayOperator: String, Sendable, Hashable {
        case contains = "@>"
        case isContained = "<@"
        case overlaps = "&&"
    }

    public enum Test: String, Sendable, Hashable {
        case null = "IS NULL"
        case notNull = "IS NOT NULL"
        case isTrue = "IS TRUE"
        case isFalse = "IS FALSE"
        case notFalse = "IS NOT FALSE"
    }

    indirect enum Kind: Sendable, Hashable {
        /// A truth value that is NULL.
        case null
        case value(SQLValue)
        /// As it stands in the mapping.
        case column(String)
        case and([SQLExpression])
        case or([SQLExpression])
        case not(SQLExpression)
        case test(SQLExpression, Test)
        case comparison(Comparison, SQLExpression, SQLExpression)
        case isAny(SQLExpression, of: SQLExpression, elementType: SQLValue.ElementType)
        case array(ArrayOperator, SQLExpression, SQLExpression)
        case isWithin(SQLExpression, SQLExpression)
        case like(SQLExpression, pattern: SQLValue, isEscaped: Bool)
        case collated(SQLExpression)
        case quotient(SQLExpression, Int64)
        case function(String, [SQLExpression])
        /// Milliseconds since 1970, rounded down.
        case milliseconds(SQLExpression)
        case isBetween(SQLExpression, SQLValue, SQLValue)
        case hasNullElement(SQLExpression)
        /// `CASE WHEN … THEN … WHEN … THEN … ELSE … END`; without the last, NULL.
        case when([Branch], else: SQLExpression?)
        /// `CASE … WHEN TRUE THEN … WHEN FALSE THEN … END`: NULL where the condition is.
        case choice(SQLExpression, true: SQLExpression, false: SQLExpression)
    }

    struct Branch: Sendable, Hashable {
        let condition: SQLExpression
        let result: SQLExpression
    }

    /// Trees are no higher than this, so that neither we nor PostgreSQL exhaust the stack.
    static let heightMax = 250

    let kind: Kind
    let height: Int

    init(_ kind: Kind) {
        self.kind = kind
        height = 1 + (Self.operands(of: kind).map(\.height).max() ?? 0)
    }

    private static func operands(of kind: Kind) -> [SQLExpression] {
        switch kind {
        case .null, .value, .column: []
        case .and(let all), .or(let all), .function(_, let all): all
        case .not(let one), .test(let one, _), .like(let one, _, _), .collated(let one), .quotient(let one, _),
            .milliseconds(let one), .isBetween(let one, _, _), .hasNullElement(let one):
            [one]
        case .comparison(_, let left, let right), .isAny(let left, let right, _), .array(_, let left, let right),
            .isWithin(let left, let right):
            [left, right]
        case .when(let branches, let otherwise):
            branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
        case .choice(let condition, let first, let second): [condition, first, second]
        }
    }

    static let null = SQLExpression(.null)
    static let `true` = SQLExpression(.value(.boolean(true)))
    static let `false` = SQLExpression(.value(.boolean(false)))

    /// The truth value that it always has; nil if it depends on the row, or is NULL.
    public var constant: Bool? { if case .value(.boolean(let value)) = kind { value } else { nil } }

    var isNull: Bool { kind == .null }

    /// Whether it is TRUE or FALSE in all rows.
    var isNeverNull: Bool {
        switch kind {
        case .value, .test, .hasNullElement: true
        case .and(let operands), .or(let operands): operands.allSatisfy(\.isNeverNull)
        case .not(let operand): operand.isNeverNull
        default: false
        }
    }
}

/// Trees kept small where it is plain that nothing changes, NULL included.
extension SQLExpression {
    static func when(
        _ condition: SQLExpression, then result: SQLExpression, else otherwise: SQLExpression? = nil
    ) -> SQLExpression {
        SQLExpression(.when([Branch(condition: condition, result: result)], else: otherwise))
    }

    static func value(_ value: SQLValue) -> SQLExpression { SQLExpression(.value(value)) }

    /// PostgreSQL's `AND`.
    static func all(_ operands: [SQLExpression]) -> SQLExpression {
        var kept: [SQLExpression] = []
        for operand in operands {
            switch operand.kind {
            case .value(.boolean(true)): continue
            case .value(.boolean(false)): return .false
            case .and(let inner): kept += inner
            default: kept.append(operand)
            }
        }
        return kept.count == 1 ? kept[0] : kept.isEmpty ? .true : SQLExpression(.and(kept))
    }

    /// PostgreSQL's `OR`.
    static func any(_ operands: [SQLExpression]) -> SQLExpression {
        var kept: [SQLExpression] = []
        for operand in operands {
            switch operand.kind {
            case .value(.boolean(false)): continue
            case .value(.boolean(true)): return .true
            case .or(let inner): kept += inner
            default: kept.append(operand)
            }
        }
        return kept.count == 1 ? kept[0] : kept.isEmpty ? .false : SQLExpression(.or(kept))
    }

    /// PostgreSQL's `NOT`.
    var negated: SQLExpression {
        switch kind {
        case .null: self
        case .value(.boolean(let value)): .value(.boolean(!value))
        case .not(let inner): inner
        case .comparison(let comparison, let left, let right):
            SQLExpression(.comparison(comparison.negated, left, right))
        case .test(let operand, .null): SQLExpression(.test(operand, .notNull))
        case .test(let operand, .notNull): SQLExpression(.test(operand, .null))
        default: SQLExpression(.not(self))
        }
    }

    func test(_ test: Test) -> SQLExpression {
        switch test {
        case .isTrue where isNull, .isFalse where isNull: .false
        case .isTrue where isNeverNull: self
        case .isFalse where isNeverNull: negated
        default: SQLExpression(.test(self, test))
        }
    }

    /// NULL where it is, otherwise one of the two.
    func choose(_ whenTrue: SQLExpression, _ whenFalse: SQLExpression) -> SQLExpression {
        if let constant { return constant ? whenTrue : whenFalse }
        if isNull { return .null }
        if whenTrue.constant == true, whenFalse.constant == false { return self }
        if whenTrue.constant == false, whenFalse.constant == true { return negated }
        if let constant = whenTrue.constant, constant == whenFalse.constant {
            return .when(test(.notNull), then: whenTrue)
        }
        return SQLExpression(.choice(self, true: whenTrue, false: whenFalse))
    }

    /// Compared by bytes, whatever collation the column has.
    var byBytes: SQLExpression {
        if case .collated = kind { return self }
        return SQLExpression(.collated(self))
    }
}
