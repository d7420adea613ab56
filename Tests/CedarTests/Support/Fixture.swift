import Cedar
import Foundation

/// Files beside the tests.
enum Fixture {
    static func text(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: folder.appending(path: "Fixtures/\(name)"), encoding: .utf8)
    }

    static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: text(name), fileName: name) }

    /// The cases of a corpus, one a line.
    static func cases(_ text: String) throws -> [JSONValue] {
        try text.utf8.split(separator: UInt8(ascii: "\n")).map { line in
            try JSONValue(parsing: String(Substring(line)), fileName: "corpus")
        }
    }
}

extension JSONValue {
    /// With the members of all objects in order of their keys, for comparison.
    var canonical: JSONValue {
        switch kind {
        case .array(let elements): JSONValue(.array(elements.map(\.canonical)))
        case .object(let members):
            JSONValue(
                .object(members.map { Member($0.key, $0.value.canonical) }.sorted { $0.key < $1.key }))
        default: self
        }
    }

    /// The four parts of a request in a corpus, which says more of it.
    var requestText: String {
        let parts: [CedarString] = ["principal", "action", "resource", "context"]
        return JSONValue(.object(members?.filter { parts.contains($0.key) } ?? [])).description
    }

    /// The strings of a list.
    func names(_ key: CedarString) -> Set<String> { Set((self[key]?.elements ?? []).compactMap(\.string?.text)) }
}
