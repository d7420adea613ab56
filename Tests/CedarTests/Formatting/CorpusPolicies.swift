import Foundation

/// The policy texts of the corpus, without the rest of its cases.
enum CorpusPolicies {
    private struct Case: Decodable { let policy: String }

    /// All of a corpus that is asked for by `CEDAR_CORPUS`; else every fourth of the fixture, which takes a second.
    static func texts() throws -> [String] {
        if let path = ProcessInfo.processInfo.environment["CEDAR_CORPUS"] {
            return try texts(in: URL(filePath: path))
        }
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let all = try texts(in: folder.appending(path: "Fixtures/corpus.jsonl"))
        return stride(from: 0, to: all.count, by: 4).map { all[$0] }
    }

    private static func texts(in file: URL) throws -> [String] {
        try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(Case.self, from: $0).policy }
    }
}
