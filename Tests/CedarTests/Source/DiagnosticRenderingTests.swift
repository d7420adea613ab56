import Cedar
import Foundation
import Testing

/// What people see who write policies: read the differences when these change (`UPDATE_GOLDEN=1` writes them anew).
@Suite struct DiagnosticRenderingTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/diagnostics")

    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? [])
        .filter { $0.hasSuffix(".cedar") }.sorted()

    @Test func `the fixtures are there`() { #expect(Self.names.count >= 12) }

    @Test(arguments: names)
    func `errors are shown with their place and remedy`(name: String) throws {
        let text = String(decoding: try Data(contentsOf: Self.folder.appending(path: name)), as: UTF8.self)
        let golden = Self.folder.appending(path: name + ".txt")
        var shown = ""
        do {
            _ = try PolicySet(parsing: text, fileName: name)
            Issue.record("\(name) was read")
        } catch {
            shown = error.rendered(in: text)
        }
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil { try Data(shown.utf8).write(to: golden) }
        #expect(try shown == String(decoding: Data(contentsOf: golden), as: UTF8.self))
    }

    private func diagnostic(_ start: Int, _ end: Int, help: String? = nil) -> CedarDiagnostic {
        CedarDiagnostic(
            message: "wrong", span: SourceSpan(file: "a", startOffset: start, endOffset: end, line: 1, column: 1),
            help: help)
    }

    @Test func `a place in another text is shown without a line`() {
        #expect(diagnostic(10, 12, help: "right").rendered(in: "short") == "a:1:1: error: wrong\n  help: right\n")
        #expect(diagnostic(-1, 2).rendered(in: "short") == "a:1:1: error: wrong\n")
    }

    @Test func `a place at the end of a text, or over several lines, has a mark`() {
        #expect(diagnostic(3, 3).rendered(in: "abc") == "a:1:1: error: wrong\n1 | abc\n  |    ^\n")
        #expect(diagnostic(0, 0).rendered(in: "") == "a:1:1: error: wrong\n1 | \n  | ^\n")
        #expect(diagnostic(1, 9).rendered(in: "abc\ndef\nghi") == "a:1:1: error: wrong\n1 | abc\n  |  ^~\n")
    }

    @Test func `a warning is called one`() {
        #expect(diagnostic(0, 1).rendered(in: "a", as: .warning) == "a:1:1: warning: wrong\n1 | a\n  | ^\n")
    }
}
