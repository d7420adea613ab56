import Cedar
import Foundation
import Testing

/// The official corpora, each answer re-verified against the official engine.
@Suite struct CorpusTests {
    struct Disagreement: CustomStringConvertible {
        let description: String
    }

    static func disagreements(in data: Data) throws -> (requests: Int, found: [Disagreement]) {
        var requests = 0
        var found: [Disagreement] = []
        for line in data.split(separator: UInt8(ascii: "\n")) {
            let item = try JSONDecoder().decode(CorpusJSON.self, from: line)
            let id = item["id"]?.text ?? ""
            let policies: PolicySet
            let entities: Entities
            do {
                policies = try PolicySet(parsing: item["policy"]?.text ?? "", fileName: id)
                let all = item["entities"]?.elements ?? []
                let known = all.compactMap(\.entity)
                guard known.count == all.count else { throw EntitiesError(message: "an entity could not be read") }
                entities = try Entities(known)
            } catch {
                found.append(Disagreement(description: "\(id): \(error)"))
                continue
            }
            for request in item["requests"]?.elements ?? [] {
                requests += 1
                guard let principal = request["principal"]?.uid, let action = request["action"]?.uid,
                    let resource = request["resource"]?.uid, let context = request["context"]?.record
                else {
                    found.append(Disagreement(description: "\(id): the request could not be read"))
                    continue
                }
                let answer = policies.authorize(
                    Request(principal: principal, action: action, resource: resource, context: context), entities)
                func names(_ key: String) -> Set<String> { Set((request[key]?.elements ?? []).compactMap(\.text)) }
                if answer.decision.rawValue != request["decision"]?.text
                    || Set(answer.reasons.map(\.description)) != names("reason")
                    || Set(answer.errors.map(\.policy.description)) != names("errors")
                {
                    found.append(Disagreement(description: "\(id): \(answer), expected \(request)"))
                }
            }
        }
        return (requests, found)
    }

    @Test func `the official corpus gets the official answers`() throws {
        let path = ProcessInfo.processInfo.environment["CEDAR_CORPUS"]
        let data = try path.map { try Data(contentsOf: URL(filePath: $0)) } ?? CorpusJSON.fixture("corpus.jsonl")
        let (requests, found) = try Self.disagreements(in: data)
        #expect(requests > 1000)
        #expect(found.isEmpty, "\(found.count) of \(requests): \(found.prefix(3))")
    }
}
