import Cedar
import Foundation

/// What the tests' fixtures hold, as texts.
struct Seeds: Sendable {
    let policies: [String]
    let policiesAsJSON: [String]
    let schemas: [String]
    let schemasAsJSON: [String]
    let entities: [String]
    let requests: [String]
    let parsedSchemas: [Schema]

    init() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Tests/CedarTests/Fixtures")
        func text(_ name: String) throws -> String {
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        func lines(_ name: String) throws -> [JSONValue] {
            try text(name).utf8.split(separator: UInt8(ascii: "\n")).prefix(500)
                .map { try JSONValue(parsing: Array($0), fileName: name) }
        }
        let cases = try lines("corpus.jsonl")
        let schemas = (try JSONValue(parsing: text("schemas.json"), fileName: "schemas").elements ?? [])
            .compactMap { $0["schema"]?.string?.text }
        policies = cases.compactMap { $0["policy"]?.string?.text }
        policiesAsJSON = try lines("policies-as-json.jsonl").compactMap { $0["est"]?.description }
        entities = cases.compactMap { $0["entities"]?.description }
        requests = cases.flatMap { ($0["requests"]?.elements ?? []).map(\.description) }
        self.schemas = schemas.filter { !$0.hasPrefix("{\"") }
        schemasAsJSON = schemas.filter { $0.hasPrefix("{\"") }
        parsedSchemas = self.schemas.compactMap { try? Schema(parsing: $0, fileName: "schema") }
    }
}
