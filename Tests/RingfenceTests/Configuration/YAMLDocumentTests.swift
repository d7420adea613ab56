import Testing

@testable import Ringfence

struct `YAML documents` {
    private func problems(of text: String) -> [Diagnostic] {
        RingfenceTests.problems { () throws(ConfigurationProblems) in try YAMLDocument(parsing: text, file: "a.yaml") }
    }

    @Test(arguments: [
        ("", "1:1 error: the file is empty"),
        ("# only a comment\n", "1:1 error: the file is empty"),
        (
            "a: [1, 2",
            "2:1 error: not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1"
        ),
        ("a: 1\nb: x: y\n", "2:5 error: not YAML: mapping values are not allowed in this context"),
        (
            "a: 1\n\tb: 2\n",
            "2:1 error: not YAML: found a tab character that violates indentation while scanning a plain scalar that begins in line 1"
        ),
        ("x: 1\ny: 2\nx: 3\n", "1:1 error: \"x\" stands more than once in one mapping, first here"),
        ("a: &one 1\nb: *one\n", "1:4 error: anchors and aliases are not taken"),
        (
            "a: 1\n---\nb: 2\n",
            "2:1 error: not YAML: but found another document expected a single document in the stream that begins in line 1"
        ),
    ])
    func `what is no plain document is refused with its place`(text: String, expected: String) {
        #expect(brief(problems(of: text)).first == expected)
    }

    @Test func `nesting beyond the bound is refused before it is parsed`() {
        let deep = "a: " + String(repeating: "[", count: 100_000)
        #expect(brief(problems(of: deep)) == ["1:28 error: this nests too deep or uses anchors and aliases"])
        let compact = String(repeating: "- ", count: 100_000) + "x"
        #expect(problems(of: compact).first?.message == "this nests too deep or uses anchors and aliases")
        for levels in [50, 200, 2000] {
            let indented = (0..<levels).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
            #expect(problems(of: indented).first?.message.hasPrefix("this nests too deep") == true)
        }
    }

    @Test func `aliases that would expand without bound are refused before they are`() {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        for level in 1...40 {
            let references = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(references)]")
        }
        #expect(problems(of: lines.joined(separator: "\n")).first?.message.contains("anchors and aliases") == true)
        let key = "? &k [a]\n: 1\n? {b: *k}\n: 2\n"
        #expect(problems(of: key).first?.message.contains("anchors and aliases") == true)
    }

    @Test func `text in quotes may look like an anchor`() throws {
        let document = try YAMLDocument(parsing: "a: \"R &D\"\nb: 'x *y'\n", file: "a.yaml")
        guard case .mapping(let members) = document.root.content else {
            Issue.record("no mapping")
            return
        }
        #expect(members.count == 2)
    }

    @Test(arguments: [
        ("listne", ["listen", "tls", "loops"], "listen"),
        ("LISTEN", ["listen", "tls"], "listen"),
        ("jurisdction", ["jurisdiction", "name"], "jurisdiction"),
        ("x", ["listen"], nil as String?),
        ("colums", ["columns", "classification"], "columns"),
    ])
    func `the nearest name is suggested if it is near`(name: String, names: [String], expected: String?) {
        #expect(nearest(to: name, among: names) == expected)
    }
}
