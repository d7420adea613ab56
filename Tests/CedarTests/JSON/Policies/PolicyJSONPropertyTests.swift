@testable import Cedar
import Testing

/// A policy says the same in both of its forms.
@Suite struct PolicyJSONPropertyTests {
    @Test func `policies survive the way through JSON`() throws {
        for item in try Fixture.cases(Fixture.text("policies-as-json.jsonl")) {
            let text = try #require(item["policy"]?.string?.text)
            for policy in try PolicySet(parsing: text, fileName: "p.cedar").policies {
                let json = try policy.json()
                let read = try Policy(json: json.description, id: policy.id, fileName: "p.json")
                #expect(try read.json() == json)
                let isSame = read.hasSameTree(as: policy.asJSONHasIt)
                #expect(isSame, "\(text)")
                #expect(
                    read.source.text(read.conditions.first?.body.range ?? .none).hasPrefix("{")
                        || read.conditions.isEmpty)
            }
        }
    }
}

extension Policy {
    /// Without the two differences that its JSON form does not keep.
    fileprivate var asJSONHasIt: Policy {
        Policy(
            id: id, effect: effect, annotations: annotations, span: span, scope: scope,
            conditions: conditions.map { Condition(kind: $0.kind, body: $0.body.asJSONHasIt) }, source: source)
    }
}

extension Expression {
    /// `(a && b) && c` is `a && b && c`, and `e has a.b` is `e has a && e.a has b`.
    fileprivate var asJSONHasIt: Expression {
        func new(_ kind: Kind) -> Expression { Expression(kind, range) }
        switch kind {
        case .literal, .variable: return self
        case .not(let operand): return new(.not(operand.asJSONHasIt))
        case .negate(let operand): return new(.negate(operand.asJSONHasIt))
        case .isEmpty(let operand): return new(.isEmpty(operand.asJSONHasIt))
        case .like(let operand, let pattern): return new(.like(operand.asJSONHasIt, pattern))
        case .attribute(let operand, let name): return new(.attribute(operand.asJSONHasIt, name))
        case .and(let operands):
            let operands = operands.map(\.asJSONHasIt)
            guard case .and(let first)? = operands.first?.kind else { return new(.and(operands)) }
            return new(.and(first + operands.dropFirst()))
        case .or(let operands):
            let operands = operands.map(\.asJSONHasIt)
            guard case .or(let first)? = operands.first?.kind else { return new(.or(operands)) }
            return new(.or(first + operands.dropFirst()))
        case .conditional(let condition, let then, let otherwise):
            return new(
                .conditional(condition.asJSONHasIt, then: then.asJSONHasIt, else: otherwise.asJSONHasIt))
        case .binary(let operation, let left, let right):
            return new(.binary(operation, left.asJSONHasIt, right.asJSONHasIt))
        case .is(let operand, let type, let group):
            return new(.is(operand.asJSONHasIt, type, in: group?.asJSONHasIt))
        case .has(let operand, let path):
            var owner = operand.asJSONHasIt
            var tests: [Expression] = []
            for name in path {
                tests.append(new(.has(owner, [name])))
                owner = new(.attribute(owner, name))
            }
            return tests.count == 1 ? tests[0] : new(.and(tests))
        case .set(let elements): return new(.set(elements.map(\.asJSONHasIt)))
        case .record(let fields): return new(.record(fields.map { ($0.key, $0.value.asJSONHasIt) }))
        case .call(let function, let arguments): return new(.call(function, arguments.map(\.asJSONHasIt)))
        }
    }
}
