import Cedar
import Foundation
import Testing

/// The official corpora, each answer re-verified against the official engine.
@Suite struct CorpusTests {
    struct Outcome {
        var requests = 0
        var policies = 0
        var disagreements: [String] = []
    }

    static func outcome(of cases: [JSONValue]) -> Outcome {
        var outcome = Outcome()
        for item in cases {
            let id = item["id"]?.string?.text ?? ""
            do {
                let policies = try PolicySet(parsing: item["policy"]?.string?.text ?? "", fileName: id)
                if let expected = item["est"] {
                    outcome.policies += 1
                    try compare(policies, expected, id, &outcome)
                }
                guard let list = item["entities"] else { continue }
                let entities = try Entities(json: list.description, fileName: id)
                for request in item["requests"]?.elements ?? [] {
                    outcome.requests += 1
                    let answer = policies.authorize(
                        try Request(json: request.requestText, fileName: id), entities)
                    if answer.decision.rawValue != request["decision"]?.string?.text
                        || Set(answer.reasons.map(\.description)) != request.names("reason")
                        || Set(answer.errors.map(\.policy.description)) != request.names("errors")
                    {
                        outcome.disagreements.append("\(id): \(answer), expected \(request)")
                    }
                }
            } catch {
                outcome.disagreements.append("\(id): \(error)")
            }
        }
        return outcome
    }

    /// The JSON form is the official one, and reading it gives what was written.
    private static func compare(
        _ policies: PolicySet, _ expected: JSONValue, _ id: String, _ outcome: inout Outcome
    ) throws {
        let written = try policies.json()
        if written.canonical != expected.canonical {
            outcome.disagreements.append("\(id): \(written), expected \(expected)")
        }
        let read = try PolicySet(json: expected.description, fileName: id)
        if try read.json().canonical != expected.canonical {
            outcome.disagreements.append("\(id): \(try read.json()), read from \(expected)")
        }
    }

    @Test func `the official corpus gets the official answers`() throws {
        let path = ProcessInfo.processInfo.environment["CEDAR_CORPUS"]
        let text =
            try path.map { try String(contentsOf: URL(filePath: $0), encoding: .utf8) }
            ?? Fixture.text("corpus.jsonl")
        let outcome = Self.outcome(of: try Fixture.cases(text))
        #expect(outcome.requests > 1000)
        #expect(
            outcome.disagreements.isEmpty,
            "\(outcome.disagreements.count) of \(outcome.requests): \(outcome.disagreements.prefix(3))")
    }

    @Test func `policies have the official JSON form`() throws {
        let outcome = Self.outcome(of: try Fixture.cases(Fixture.text("policies-as-json.jsonl")))
        #expect(outcome.policies > 100)
        #expect(
            outcome.disagreements.isEmpty,
            "\(outcome.disagreements.count) of \(outcome.policies): \(outcome.disagreements.prefix(3))")
    }
}
