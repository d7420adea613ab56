@testable import Cedar
import Foundation
import TestSupport
import Testing

/// Formatting changes blanks, and nothing else.
@Suite struct FormatterFuzzTests {
    private static let policies = Array(((try? CorpusPolicies.texts()) ?? []).prefix(300))

    /// The tokens that matter: a comma before a closing token and zeros before a number go.
    private func tokens(_ text: String) -> [String] {
        let source = SourceText(name: "", bytes: Array(text.utf8))
        let texts = Lexer.tokens(of: source.bytes).map { token in
            let text = source.text(token.range)
            guard token.kind == .integer else { return text }
            let digits = text.drop { $0 == "0" }
            return digits.isEmpty ? "0" : String(digits)
        }
        return zip(texts, texts.dropFirst() + [""])
            .filter { !($0.0 == "," && [")", "]", "}"].contains($0.1)) }.map(\.0)
    }

    private func comments(_ text: String) -> [String] {
        let source = SourceText(name: "", bytes: Array(text.utf8))
        let reader = CommentReader(source: source)
        let (tokens, rest) = reader.tokens()
        let ranges = tokens.flatMap {
            reader.comments(in: $0.leading) + reader.comments(in: $0.trailing)
        }
        return (ranges + reader.comments(in: rest)).map(source.text)
    }

    private func policies(_ text: String) throws -> [Policy] {
        let set = try PolicySet(parsing: text, fileName: "")
        return set.policies + set.templates
    }

    private func check(_ text: String, _ formatter: PolicyFormatter, hasComments: Bool) throws {
        let formatted = try formatter.format(text, fileName: "fuzz.cedar")
        #expect(tokens(formatted) == tokens(text), "\(text)")
        #expect(comments(formatted).sorted() == comments(text).sorted(), "\(text)")
        #expect(try policies(formatted).elementsEqual(policies(text)) { $0.hasSameTree(as: $1) }, "\(text)")
        let again = try formatter.format(formatted, fileName: "fuzz.cedar")
        // A comment right after a string may move once more, in the official formatter too.
        #expect(try (hasComments ? formatter.format(again, fileName: "fuzz.cedar") : formatted) == again, "\(text)")
    }

    @Test func `policies of the corpus mean the same, and formatting them twice changes nothing`() throws {
        #expect(Self.policies.count > 100)
        for (index, policy) in Self.policies.enumerated() {
            let formatter = PolicyFormatter(lineWidth: [80, 40, 20, 0][index % 4], indentWidth: index % 5)
            try check(policy, formatter, hasComments: false)
        }
    }

    @Test func `comments between any tokens are kept`() throws {
        var generator = SeededGenerator(seed: 31)
        let blanks = [
            " // a\n", "\n// b \n", "//\n//\"\n", "\r\n", " //c\r\n\n", "\u{2003}", "\u{85}// é\u{2003}\n", "// d\r",
        ]
        for policy in Self.policies.prefix(150) where policy.utf8.count < 4000 {
            let source = SourceText(name: "", bytes: Array(policy.utf8))
            var text = ""
            let rate = [1, 5, 30].randomElement(using: &generator) ?? 1
            for token in Lexer.tokens(of: source.bytes) {
                let isChosen = Int.random(in: 0..<rate, using: &generator) == 0
                text += isChosen ? blanks.randomElement(using: &generator) ?? " " : " "
                text += source.text(token.range)
            }
            try check(text, PolicyFormatter(), hasComments: true)
        }
    }

    @Test func `random trees are laid out without a change`() throws {
        var random = RandomExpression(generator: SeededGenerator(seed: 32))
        for round in 0..<800 {
            let text =
                "permit(principal,action,resource)when{\(ExpressionPrinter.text(random.expression(depth: round % 6)))};"
            try check(text, PolicyFormatter(lineWidth: 20 + round % 80), hasComments: false)
        }
    }

    @Test func `damaged texts are formatted or refused`() {
        var generator = SeededGenerator(seed: 33)
        let pieces = [
            "(", ")", "{", "}", "[", "]", ",", ";", "::", ".", "if", "is", "in", "\"", "//", "\n", "-", "@a", "é",
        ]
        for policy in Self.policies.prefix(100) where policy.utf8.count < 2000 {
            for _ in 0..<10 {
                var scalars = Array(policy.unicodeScalars)
                let place = Int.random(in: 0...scalars.count, using: &generator)
                let end = min(scalars.count, place + Int.random(in: 0...3, using: &generator))
                scalars.replaceSubrange(
                    place..<end, with: (pieces.randomElement(using: &generator) ?? "").unicodeScalars)
                let text = String(String.UnicodeScalarView(scalars))
                guard (try? PolicySet(parsing: text, fileName: "")) != nil else {
                    #expect(throws: PolicyParseError.self) { try PolicyFormatter().format(text, fileName: "") }
                    continue
                }
                #expect(throws: Never.self) { try check(text, PolicyFormatter(), hasComments: true) }
            }
        }
    }
}
