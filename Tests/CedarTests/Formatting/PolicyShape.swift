@testable import Cedar

/// A policy's tree without places in the text, to compare.
enum PolicyShape {
    static func of(_ policy: Policy) -> String {
        let annotations = policy.annotations.map { "\($0.key)=\($0.value.literal)" }
        let conditions = policy.conditions.map { "\($0.kind) \(of($0.body))" }
        let scope = policy.scope
        return "\(policy.effect) \(annotations) \(scope.principal) \(scope.action) \(scope.resource) \(conditions)"
    }

    static func of(_ expression: Expression) -> String {
        switch expression.kind {
        case .literal(let value): "\(value)"
        case .variable(let variable): variable.rawValue
        case .not(let operand): "(! \(of(operand)))"
        case .negate(let operand): "(- \(of(operand)))"
        case .and(let operands): "(&& \(list(operands)))"
        case .or(let operands): "(|| \(list(operands)))"
        case .conditional(let condition, let then, let otherwise): "(if \(list([condition, then, otherwise])))"
        case .binary(let operation, let left, let right): "(\(operation.rawValue) \(list([left, right])))"
        case .isEmpty(let operand): "(isEmpty \(of(operand)))"
        case .like(let operand, let pattern): "(like \(of(operand)) \(pattern.elements))"
        case .is(let operand, let type, let group): "(is \(of(operand)) \(type) \(list(group.map { [$0] } ?? [])))"
        case .has(let operand, let path): "(has \(of(operand)) \(path.map(\.literal)))"
        case .attribute(let operand, let name): "(. \(of(operand)) \(name.literal))"
        case .set(let elements): "[\(list(elements))]"
        case .record(let fields): "{\(fields.map { "\($0.key.literal): \(of($0.value))" }.joined(separator: " "))}"
        case .call(let function, let arguments): "(\(function.rawValue) \(list(arguments)))"
        }
    }

    private static func list(_ expressions: [Expression]) -> String { expressions.map(of).joined(separator: " ") }
}
