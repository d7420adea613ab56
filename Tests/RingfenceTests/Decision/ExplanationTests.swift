import Foundation
import Testing

@testable import Ringfence

struct `Explanations` {
    private static func explanation(_ name: String, only: String? = nil) throws -> Explanation {
        let inputs = try Fixture.inputs()
        let compiler = try ProfileCompiler(inputs, live: Fixture.socialLive)
        let principal = try #require(inputs.directory.principal(named: name))
        return try Explanation(principal, by: compiler, only: only.map(Fixture.tableName))
    }

    /// `UPDATE_GOLDEN=1` writes what is; then read the difference.
    private func expect(_ text: String, golden name: String) throws {
        let text = text.replacingOccurrences(of: Fixture.folder.path + "/social/", with: "")
        let url = Fixture.folder.appending(path: "golden/\(name)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: url)
        }
        #expect(try text == String(decoding: Data(contentsOf: url), as: UTF8.self))
    }

    @Test(arguments: [
        ("casey", "app.users"), ("sasha", "app.devices"), ("robin", "app.users"), ("devon", "app.videos"),
        ("feed-api", "app.messages"),
    ])
    func `read well`(name: String, table: String) throws {
        try expect(Self.explanation(name, only: table).text, golden: "explain-\(name)-\(table).txt")
    }

    @Test func `are JSON for programs`() throws {
        let explanation = try Self.explanation("casey", only: "app.users")
        let json = String(decoding: explanation.json, as: UTF8.self)
        try expect(json + "\n", golden: "explain-casey-app.users.json")
        #expect(try JSONSerialization.jsonObject(with: Data(explanation.json)) is [String: Any])
    }

    @Test func `cover every table unless one is asked for`() throws {
        #expect(try Self.explanation("alice").tables.count == 7)
        #expect(try Self.explanation("alice", only: "app.none").tables.isEmpty)
    }
}
