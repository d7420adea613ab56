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
    /// The value of a set, record or call that is written with nothing but literals, so that it is made only once.
    let constant: Value?

    init(_ kind: Kind, _ range: ByteRange, height: Int = 1) {
        self.kind = kind
        self.range = range
        self.height = height
        constant = kind.constant
    }
}

extension Expression.Kind {
    fileprivate var constant: Value? {
        switch self {
        case .set(let elements):
            guard let values = Self.values(elements) else { return nil }
            return .set(ValueSet(values))
        case .record(let fields):
            guard let values = Self.values(fields.lazy.map(\.value)) else { return nil }
            return .record(ValueRecord(zip(fields.lazy.map(\.key), values)))
        case .call(let function, let arguments):
            guard let values = Self.values(arguments) else { return nil }
            return try? ExtensionCall(function, values).result()
        default: return nil
        }
    }

    private static func values(_ expressions: some Collection<Expression>) -> [Value]? {
        var values: [Value] = []
        for expression in expressions {
            if case .literal(let value) = expression.kind {
                values.append(value)
            } else if let value = expression.constant {
                values.append(value)
            } else {
                return nil
            }
        }
        return values
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
