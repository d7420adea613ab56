import Cedar
import Testing

struct StringEscapeTests {
    private func decision(_ pattern: String, _ text: String) throws -> Decision {
        let policies = try PolicySet(
            parsing: "permit (principal, action, resource) when { context.text like \"\(pattern)\" };",
            fileName: "policy.cedar")
        let request = Request(
            principal: EntityUID(type: "P", id: "p"), action: EntityUID(type: "Action", id: "a"),
            resource: EntityUID(type: "R", id: "r"), context: ["text": .string(CedarString(text))])
        return policies.authorize(request, try Entities([])).decision
    }

    @Test(arguments: ["*", #"\x2a"#, #"\x2A"#, #"\u{2a}"#, #"\u{00002a}"#.replacing("0000", with: "00")])
    func `a star is a wildcard however it is written`(pattern: String) throws {
        #expect(try decision("a\(pattern)c", "abc") == .allow)
        #expect(try decision("a\(pattern)c", "a*c") == .allow)
        #expect(try decision("a\(pattern)c", "abd") == .deny)
    }

    @Test func `only an escaped star means itself`() throws {
        #expect(try decision(#"a\*c"#, "a*c") == .allow)
        #expect(try decision(#"a\*c"#, "abc") == .deny)
        #expect(try decision(#"a\\*c"#, #"a\bc"#) == .allow)
    }

    @Test(arguments: ["\r", "a\r\nb", "\\n\r"])
    func `a carriage return must be written as an escape`(text: String) throws {
        #expect(throws: (any Error).self) {
            try PolicySet(
                parsing: "permit (principal, action, resource) when { context.text == \"\(text)\" };",
                fileName: "policy.cedar")
        }
        #expect(throws: Never.self) {
            try PolicySet(
                parsing: "permit (principal, action, resource) when { context.text == \"a\\r\\nb\n\" };",
                fileName: "policy.cedar")
        }
    }
}
