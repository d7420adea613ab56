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

    private static let fixture: CorpusJSON? = try? JSONDecoder().decode(
        CorpusJSON.self, from: CorpusJSON.fixture("expressions-and-policies.json"))

    static let cases: [Case] = {
        guard case .object(let groups)? = fixture?["cases"] else { return [] }
        return groups.sorted { $0.key < $1.key }.flatMap(\.value.elements).compactMap { item in
            guard let result = item["result"]?.text else { return nil }
            if let policy = item["policy"]?.text { return Case(policy: policy, written: policy, result: result) }
            return item["expr"]?.text.map { expression in
                Case(
                    policy: "permit(principal, action, resource) when { \(expression) };", written: expression,
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
        let request = try #require(Self.fixture?["request"])
        let answer = policies.authorize(
            Request(
                principal: try #require(request["principal"]?.uid), action: try #require(request["action"]?.uid),
                resource: try #require(request["resource"]?.uid), context: try #require(request["context"]?.record)),
            try Entities(try #require(Self.fixture?["entities"]).elements.map { try #require($0.entity) }))
        switch item.result {
        case "true": #expect(answer.decision == .allow, "\(answer)")
        case "false", "parses, len=0": #expect(answer.decision == .deny && answer.errors.isEmpty, "\(answer)")
        case let result where result.hasPrefix("error"):
            #expect(answer.decision == .deny && answer.errors.count == 1, "\(answer)")
        default: Issue.record("expected \(item.result), but it parses")
        }
    }
}
