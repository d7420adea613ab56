import Cedar
import Foundation
import Testing

/// The official corpora's requests, asked with parts unknown at first.
@Suite struct `Typed partial evaluation of the corpus` {
    @Test func `agrees with full evaluation`() throws {
        let path = ProcessInfo.processInfo.environment["CEDAR_CORPUS"]
        let data =
            try path.map { try Data(contentsOf: URL(filePath: $0)) } ?? CorpusJSON.fixture("corpus-with-schemas.jsonl")
        var (asked, skipped, early) = (0, 0, 0)
        for line in data.split(separator: UInt8(ascii: "\n")) {
            let item = try JSONDecoder().decode(CorpusJSON.self, from: line)
            guard let text = item["schema"]?.text,
                let schema = try? Schema(parsing: text, fileName: "corpus.cedarschema")
            else { continue }
            let id = item["id"]?.text ?? ""
            let policies = try PolicySet(parsing: item["policy"]?.text ?? "", fileName: id)
            let listed = try Entities((item["entities"]?.elements ?? []).compactMap(\.entity))
            let entities = try listed.adding(schema.actionEntities.filter { listed[$0.uid] == nil })
            for json in item["requests"]?.elements ?? [] {
                guard let principal = json["principal"]?.uid, let action = json["action"]?.uid,
                    let resource = json["resource"]?.uid, let context = json["context"]?.record
                else { continue }
                let request = Request(principal: principal, action: action, resource: resource, context: context)
                // Early answers hold for what is as the schema says only.
                guard schema.validate(entities).isEmpty, (try? schema.validate(request)) != nil else {
                    skipped += 1
                    continue
                }
                let direct = policies.authorize(request, entities)
                func party(_ uid: EntityUID, _ isKnown: Bool) -> PartialRequest.Party {
                    isKnown || entities[uid] == nil ? .known(uid) : .unknown(uid.type)
                }
                for mask in 0..<8 {
                    let partial = PartialRequest(
                        principal: party(principal, mask & 1 != 0), action: action,
                        resource: party(resource, mask & 2 != 0), context: mask & 4 != 0 ? context : nil)
                    var partly: [EntityUID: PartialEntities.PartlyKnown] = [:]
                    if mask & 1 != 0, entities[resource] != nil { partly[resource] = PartialEntities.PartlyKnown() }
                    guard
                        let response = try? policies.partiallyAuthorize(
                            partial, PartialEntities(entities, partlyKnown: partly), schema: schema)
                    else {
                        Issue.record("\(id): the question is refused")
                        continue
                    }
                    asked += 1
                    if let decision = response.decision {
                        early += 1
                        #expect(decision == direct.decision, "\(id) \(mask)")
                    }
                    let whole = PartialRequest(
                        principal: .known(principal), action: action, resource: .known(resource), context: context)
                    let answer = response.substituting(whole, PartialEntities(entities))
                    #expect(answer.response?.decision == direct.decision, "\(id) \(mask): \(response.residuals)")
                    #expect(answer.response?.reasons == direct.reasons, "\(id) \(mask): \(response.residuals)")
                    #expect(
                        answer.errors.map(\.policy) == direct.errors.map(\.policy),
                        "\(id) \(mask): \(response.residuals)")
                }
            }
        }
        print("\(asked) questions, \(early) decided early, \(skipped) requests that are not as the schema says")
        #expect(asked > 300 && early < asked)
    }
}
