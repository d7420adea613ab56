@testable import Cedar
import Foundation
import TestSupport
import Testing

/// Policies written from their trees.
@Suite struct PolicyTextTests {
    private func policy(_ condition: Cedar.Expression) -> String {
        "permit (principal, action, resource)\nwhen { \(ExpressionPrinter.text(condition)) };"
    }

    private func parsed(_ text: String) throws -> Policy {
        try #require(try PolicySet(parsing: text, fileName: "text.cedar").policies.first)
    }

    private func text(_ kind: Cedar.Expression.Kind) -> String {
        ExpressionPrinter.text(Cedar.Expression(kind, ByteRange(0, 0)))
    }

    private func node(_ kind: Cedar.Expression.Kind) -> Cedar.Expression { Expression(kind, ByteRange(0, 0)) }

    @Test func `policies of the corpus are the same after they are written`() throws {
        for text in try CorpusPolicies.texts() {
            for policy in try PolicySet(parsing: text, fileName: "corpus.cedar").policies {
                let again = try parsed(policy.cedarText)
                #expect(again.hasSameTree(as: policy))
                #expect(again.cedarText == policy.cedarText)
                #expect(try parsed(PolicyFormatter().format(policy)).hasSameTree(as: policy))
            }
        }
    }

    @Test func `random trees are the same after they are written and read`() throws {
        var random = RandomExpression(generator: SeededGenerator(seed: 21))
        for round in 0..<6000 {
            let expression = random.expression(depth: 1 + round % 6)
            let text = policy(expression)
            let body = try #require(try parsed(text).conditions.first?.body, "\(text)")
            #expect(body == expression, "\(text)")
        }
    }

    @Test(arguments: [
        "principal == A::\"b\", action in [Action::\"a\", Action::\"b\"], resource is A::B in A::\"c\"",
        "principal in ?principal, action == N::Action::\"a\", resource is T in ?resource",
        "principal is T, action in [], resource == ?resource", "principal, action in Action::\"a\", resource",
    ])
    func `scopes are written as they are read`(scope: String) throws {
        let text = "@a\n@if(\"b\\\"\")\nforbid (\(scope))\nwhen { true }\nunless { context has \"a b\" };"
        let set = try PolicySet(parsing: text, fileName: "")
        let policy = try #require(set.policies.first ?? set.templates.first)
        #expect(policy.cedarText == text)
    }

    @Test(arguments: [
        "(1 + 2) * 3", "1 + 2 * 3", "1 - (2 - 3)", "1 - 2 - 3", "-(1)", "--1", "----1", "-(----1)", "!!!!true",
        "!(!!!!true)", "-9223372036854775808", "(-1).isEmpty()", "-1.isEmpty()", "1.isEmpty()", "-(!true)", "!(-1)",
        "1 - -1", "(1 < 2) == true", "a.b", "(if true then 1 else 2) + 1", "if true then 1 else if false then 2 else 3",
        "principal.a[\"if\"].contains([{a: 1, \"b c\": {}}])", "principal has a.b.c && !(principal has \"in\")",
        "(true || false) && (true && false)", "\"a\" like \"*\\**\"", "(principal is A in [B::\"b\"]) in C::\"c\"",
        "decimal(\"1.0\").lessThan(ip(\"::1\"))", "(true && false).x",
    ])
    func `parentheses stand only where they are needed`(text: String) throws {
        let expression = text.replacing("a.b", with: "context.a.b")
        let condition = text == "a.b" ? expression : text
        let policy = try parsed("permit (principal, action, resource)\nwhen { \(condition) };")
        #expect(policy.cedarText == "permit (principal, action, resource)\nwhen { \(condition) };")
    }

    @Test func `what no text is read as is written as what means the same`() throws {
        #expect(text(.and([])) == "true")
        #expect(text(.or([])) == "false")
        #expect(text(.not(node(.and([node(.binary(.add, node(.literal(1)), node(.literal(2))))])))) == "!(1 + 2)")
        #expect(text(.has(node(.variable(.context)), ["a", "b c"])) == "context has a && context.a has \"b c\"")
        #expect(
            text(.not(node(.has(node(.variable(.context)), ["a", "in"]))))
                == "!(context has a && context.a has \"in\")")
        #expect(
            text(.literal([1, -2, ["a": true, "if": []]]))
                == "[-2, 1, {a: true, if: []}]".replacing("if:", with: "\"if\":"))
    }

    @Test(arguments: [
        Int64.min, -62_167_219_200_001, -62_167_219_200_000, -1, 0, 253_402_300_799_999, 253_402_300_800_000, .max,
    ])
    func `every datetime can be written`(milliseconds: Int64) throws {
        let value = Value.datetime(CedarDatetime(millisecondsSince1970: milliseconds))
        let text = "permit(principal, action, resource) when { \(value) == \(value).offset(duration(\"0ms\")) };"
        let user = EntityUID(type: "User", id: "a")
        let answer = try PolicySet(parsing: text, fileName: "").authorize(
            Request(principal: user, action: user, resource: user, context: ValueRecord([:])), Entities([]))
        #expect(answer.decision == .allow, "\(text) \(answer)")
    }

    @Test func `a policy that nests deeper than the parser goes is written on few lines`() throws {
        let read = try parsed("permit (principal, action, resource);")
        var body = node(.variable(.principal))
        for _ in 0..<100 { body = node(.is(body, "A", in: nil)) }
        let deep = Policy(
            id: "deep", effect: .forbid, annotations: [], span: read.span, scope: read.scope,
            conditions: [Condition(kind: .unless, body: body)], source: read.source)
        #expect(PolicyFormatter().format(deep) == deep.cedarText + "\n")
        #expect(deep.cedarText.hasPrefix("forbid (principal, action, resource)\nunless { (((("))
    }
}
