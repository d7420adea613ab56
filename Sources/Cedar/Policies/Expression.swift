/// A node of a condition's tree, as written except that chains of one operator are one node.
struct Expression: Sendable {
    indirect enum Kind: Sendable {
        case literal(Value)
        case variable(Variable)
        case not(Expression)
        case negate(Expression)
        /// A chain `a && b && c`. `&&` is associative, errors included, so the chain needs no depth.
        case and([Expression])
        case or([Expression])
        case conditional(Expression, then: Expression, else: Expression)
        case binary(BinaryOperator, Expression, Expression)
        case isEmpty(Expression)
        case like(Expression, Pattern)
        case `is`(Expression, EntityTypeName, in: Expression?)
        /// `e has a.b.c`; `e` is evaluated once.
        case has(Expression, [CedarString])
        case attribute(Expression, CedarString)
        case set([Expression])
        case record([(key: CedarString, value: Expression)])
        case call(ExtensionFunction, [Expression])
    }

    /// Trees are no higher than this, so walking and freeing them cannot exhaust the stack.
    static let heightMax = 200

    let kind: Kind
    let range: ByteRange
    let height: Int

    init(_ kind: Kind, _ range: ByteRange, height: Int = 1) {
        self.kind = kind
        self.range = range
        self.height = height
    }
}

enum Variable: String, Sendable {
    case principal, action, resource, context
}

/// What joins two operands, as it is written.
public enum BinaryOperator: String, Sendable, Hashable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case `in` = "in"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case contains, containsAll, containsAny, hasTag, getTag
}
