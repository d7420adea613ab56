import Cedar
import Foundation

/// The policy texts of the corpus, without the rest of its cases.
enum CorpusPolicies {
    /// All of a corpus that is asked for by `CEDAR_CORPUS`; else every fourth of the fixture, which takes a second.
    static func texts() throws -> [String] {
        if let path = ProcessInfo.processInfo.environment["CEDAR_CORPUS"] {
            return try texts(of: String(contentsOfFile: path, encoding: .utf8))
        }
        let all = try texts(of: Fixture.text("corpus.jsonl"))
        return stride(from: 0, to: all.count, by: 4).map { all[$0] }
    }

    private static func texts(of corpus: String) throws -> [String] {
        try Fixture.cases(corpus).map { $0["policy"]?.string?.text ?? "" }
    }
}
