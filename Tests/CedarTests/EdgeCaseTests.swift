import Cedar
import Foundation
import Testing

/// Expressions and policies at the edges of the language, with what the official engine says of each.
@Suite struct EdgeCaseTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let policy: String
        let written: String
        let result: String

        var testDescription: String { written }
    }

    private static let fixture: JSONValue? = try? Fixture.json("expressions-and-policies.json")

    static let cases: [Case] = {
        let groups = fixture?["cases"]?.members ?? []
        return groups.sorted { $0.key < $1.key }.flatMap { $0.value.elements ?? [] }.compactMap { item in
            guard let result = item["result"]?.string?.text else { return nil }
            if let policy = item["policy"]?.string?.text {
                return Case(policy: policy, written: policy, result: result)
            }
            return item["expr"]?.string.map { expression in
                Case(
                    policy: "permit(principal, action, resource) when { \(expression) };", written: expression.text,
                    result: result)
            }
        }
    }()

    @Test func `the fixture is read whole`() { #expect(Self.cases.count > 370) }

    @Test(arguments: cases)
    func `agrees with the official engine`(_ item: Case) throws {
        let policies: PolicySet
        do {
            policies = try PolicySet(parsing: item.policy, fileName: "edge.cedar")
        } catch {
            #expect(item.result.hasPrefix("PARSE-ERROR"), "\(error)")
            return
        }
        let fixture = try #require(Self.fixture)
        let answer = policies.authorize(
            try Request(json: try #require(fixture["request"]).requestText, fileName: "request"),
            try Entities(json: try #require(fixture["entities"]).description, fileName: "entities"))
        switch item.result {
        case "true": #expect(answer.decision == .allow, "\(answer)")
        case "false", "parses, len=0": #expect(answer.decision == .deny && answer.errors.isEmpty, "\(answer)")
        case let result where result.hasPrefix("error"):
            #expect(answer.decision == .deny && answer.errors.count == 1, "\(answer)")
        default: Issue.record("expected \(item.result), but it parses")
        }
    }
}
