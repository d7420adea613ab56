@testable import Cedar
import TestSupport

/// Draws expressions that the grammar can write, sensible or not.
struct RandomExpression {
    var generator: SeededGenerator

    static let names: [CedarString] = [
        "a", "b1", "_", "principal", "permit", "contains", "if", "in", "true", "__cedar", "", "a b", "a.b", "é",
        "e\u{301}", "\u{301}", "*", "\\", "\"", "'", "\0", "\n", "\r\n", "\t", "\u{7F}", "\u{85}", "\u{1F600}", "//",
    ]

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func pick<T>(_ elements: [T]) -> T { elements[number(0...elements.count - 1)] }

    mutating func expression(depth: Int) -> Expression {
        let kind = depth == 0 ? leaf() : branch(depth - 1)
        return Expression(kind, ByteRange(0, 0))
    }

    private mutating func expressions(_ range: ClosedRange<Int>, _ depth: Int) -> [Expression] {
        (0..<number(range)).map { _ in expression(depth: number(0...depth)) }
    }

    private mutating func leaf() -> Expression.Kind {
        switch number(0...7) {
        case 0: .literal(.long(pick([0, 1, -1, 7, -7, .max, .min, .max - 1])))
        case 1: .literal(.bool(Bool.random(using: &generator)))
        case 2: .literal(.string(pick(Self.names)))
        case 3:
            .literal(.entity(EntityUID(type: pick(["A", "A::B", "principal", "Action::a::c"]), id: pick(Self.names))))
        default: .variable(pick([.principal, .action, .resource, .context]))
        }
    }

    private mutating func branch(_ depth: Int) -> Expression.Kind {
        switch number(0...15) {
        case 0: return .not(expression(depth: depth))
        case 1: return .negate(expression(depth: depth))
        case 2: return .and(expressions(2...3, depth))
        case 3: return .or(expressions(2...3, depth))
        case 4:
            return .conditional(
                expression(depth: depth), then: expression(depth: depth), else: expression(depth: depth))
        case 5, 6, 7, 8:
            let operation: BinaryOperator = pick([
                .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in, .add, .subtract, .multiply,
                .contains, .containsAll, .containsAny, .hasTag, .getTag, .add, .subtract, .multiply,
            ])
            return .binary(operation, expression(depth: depth), expression(depth: depth))
        case 9: return .isEmpty(expression(depth: depth))
        case 10:
            let elements = (0..<number(0...5)).map { _ -> Pattern.Element in
                Bool.random(using: &generator)
                    ? .wildcard : .literal(pick(["*", "a", "\"", "\\", "\u{301}", "\n", "\r", "é"]))
            }
            return .like(expression(depth: depth), Pattern(elements))
        case 11:
            let group = Bool.random(using: &generator) ? expression(depth: depth) : nil
            return .is(expression(depth: depth), pick(["A", "A::B"]), in: group)
        case 12:
            let path: [CedarString] =
                Bool.random(using: &generator) ? [pick(Self.names)] : (0..<number(1...3)).map { _ in pick(["a", "b"]) }
            return .has(expression(depth: depth), path)
        case 13: return .attribute(expression(depth: depth), pick(Self.names))
        case 14:
            guard Bool.random(using: &generator) else { return .set(expressions(0...3, depth)) }
            var keys = Set<CedarString>()
            let fields = expressions(0...3, depth).map { (key: pick(Self.names), value: $0) }
            return .record(fields.filter { keys.insert($0.key).inserted })
        default:
            let function = pick(ExtensionFunction.allCases)
            return .call(function, expressions(function.isConstructor ? 0...2 : 1...3, depth))
        }
    }
}
