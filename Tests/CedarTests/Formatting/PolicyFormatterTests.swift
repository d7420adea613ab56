@testable import Cedar
import Foundation
import Testing

/// What the official formatter makes of the same texts.
@Suite struct PolicyFormatterTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/formatter")

    private static func names(_ folder: String) -> [String] {
        let path = Self.folder.appending(path: folder).path()
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    private static func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }

    @Test func `the fixtures are there`() {
        #expect(Self.names("policies").count == 21)
        #expect(Self.names("formatted").count == 28)
    }

    /// The expected texts lack blanks and line feeds at both ends.
    @Test(arguments: names("policies"))
    func `a policy is formatted as the official formatter does`(name: String) throws {
        let formatted = try PolicyFormatter().format(Self.text("policies/\(name)"), fileName: name)
        let expected = try Self.text("expected/\(name)")
        #expect(formatted.trimmingCharacters(in: .whitespacesAndNewlines) == expected.trimmingCharacters(in: .newlines))
        #expect(formatted.hasSuffix("\n"))
    }

    @Test(arguments: names("formatted"))
    func `what is formatted stays as it is`(name: String) throws {
        let text = try Self.text("formatted/\(name)")
        let formatted = try PolicyFormatter().format(text, fileName: name)
        #expect(formatted.trimmingCharacters(in: .newlines) == text.trimmingCharacters(in: .newlines))
    }

    private struct Sample: Decodable {
        let text: String
        let lineWidth: Int
        let indentWidth: Int
        let formatted: String
    }

    @Test func `comments between any tokens and letters of any width are placed as the official formatter does`() throws
    {
        let lines = try Self.text("with-comments.jsonl").utf8.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 260)
        for line in lines {
            let sample = try JSONDecoder().decode(Sample.self, from: Data(line))
            let formatter = PolicyFormatter(lineWidth: sample.lineWidth, indentWidth: sample.indentWidth)
            let formatted = try formatter.format(sample.text, fileName: "sample.cedar")
            #expect(CedarString(formatted) == CedarString(sample.formatted))
        }
    }

    @Test func `a text without policies keeps its comments`() throws {
        #expect(try PolicyFormatter().format("", fileName: "") == "\n")
        #expect(try PolicyFormatter().format("  // a \n\n\t// b", fileName: "") == "\n// a\n// b\n")
    }

    @Test func `comments at a comma that goes are kept`() throws {
        let text = """
            permit(principal, action in [Action::"a", // one
            // two
            ], resource, // three
            // four
            ) when { [1 /// five
            , // six
            ] == {a: 1, // seven
            } && ip("::1", // eight
            ).isIpv6() };
            """
        let formatted = try PolicyFormatter().format(text, fileName: "")
        for word in ["one", "two", "three", "four", "/ five", "six", "seven", "eight"] {
            #expect(formatted.contains("// \(word)\n") || formatted.contains("//\(word)\n"), "\(word) in \(formatted)")
        }
        #expect(try PolicyFormatter().format(formatted, fileName: "") == formatted)
    }

    @Test(arguments: ["permit", "permit(principal, action, resource) when { 1 + };", "// a\n;", "\u{FEFF}"])
    func `a text that is not Cedar is refused`(text: String) {
        #expect(throws: PolicyParseError.self) { try PolicyFormatter().format(text, fileName: "") }
    }

    @Test func `negative widths count as zero`() throws {
        let text = "permit(principal, action, resource in A::\"b\");"
        let least = try PolicyFormatter(lineWidth: 0, indentWidth: 0).format(text, fileName: "")
        #expect(try PolicyFormatter(lineWidth: -1, indentWidth: -8).format(text, fileName: "") == least)
        #expect(least == "permit\n(\nprincipal,\naction,\nresource\nin\nA::\"b\"\n);\n")
    }

    private static let open = String(repeating: "(", count: 60)
    private static let long: [String] = [
        open + "1" + String(repeating: ")", count: 60),
        "[" + String(repeating: "{a: [1, \"b\"]}, ", count: 5000) + "]",
        String(repeating: "true && ", count: 5000) + "true",
        "\"" + String(repeating: "\\n", count: 50_000) + "\"",
        String(repeating: "// a\n", count: 5000) + "1",
        "1 // " + String(repeating: "a", count: 50_000) + "\n",
    ]

    @Test(.timeLimit(.minutes(1)), arguments: long.indices)
    func `length and depth cost no more than their share`(index: Int) throws {
        let text = "permit(principal, action, resource) when { \(Self.long[index]) };"
        let formatted = try PolicyFormatter().format(text, fileName: "")
        #expect(formatted.utf8.count > text.utf8.count / 2)
    }
}
