import Cedar
import Foundation
import TestSupport
import Testing

/// Policies that nobody would write: each is read or refused with a place in the text, and none harms the reader.
@Suite struct ParserFuzzTests {
    private static let pieces = [
        "permit", "forbid", "(", ")", "principal", "action", "resource", "context", "when", "unless", "{", "}", ";",
        "==",
        "!=", "in", "is", "has", "like", "if", "then", "else", "&&", "||", "!", "-", "+", "*", "<", "<=", "[", "]", ".",
        ",", "::", "@id", "\"a\"", "\"\\u{110000}\"", "\"\\x\"", "\"", "9223372036854775808", "0", "User", "true",
        "ip(",
        "decimal(\"1.0\")", "?principal", "//", "\n", " ", "\u{0}", "\u{FEFF}", "é", "\u{1F600}",
    ]

    private func read(_ text: String) {
        do {
            let policies = try PolicySet(parsing: text, fileName: "fuzz.cedar")
            let user = EntityUID(type: EntityTypeName("User"), id: "a")
            let answer = try policies.authorize(
                Request(principal: user, action: user, resource: user, context: ValueRecord([:])), Entities([]))
            #expect(answer.decision == .deny || !answer.reasons.isEmpty)
        } catch {
            #expect("\(error)".contains("fuzz.cedar:"), "\(error) in \(text)")
        }
    }

    @Test func `changed policies of the corpus are read or refused`() throws {
        var generator = SeededGenerator(seed: 11)
        let policies = try Fixture.cases(Fixture.text("policies-as-json.jsonl")).compactMap {
            $0["policy"]?.string?.text
        }
        #expect(policies.count > 50)
        for policy in policies where policy.unicodeScalars.count < 4000 {
            for _ in 0..<20 {
                var scalars = Array(policy.unicodeScalars)
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let place = Int.random(in: 0...scalars.count, using: &generator)
                    let end = min(scalars.count, place + Int.random(in: 0...6, using: &generator))
                    let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
                    scalars.replaceSubrange(place..<end, with: piece.unicodeScalars)
                }
                var text = String.UnicodeScalarView()
                text.append(contentsOf: scalars)
                read(String(text))
            }
        }
    }

    @Test func `heaps of tokens are read or refused`() {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<5000 {
            let words = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
            }
            read(words.joined(separator: Bool.random(using: &generator) ? " " : ""))
        }
    }

    @Test(arguments: ["(", "[", "!", "-", "{a:", "if true then ", "principal.", "true && ", "1 + ", "ip("])
    func `nesting without end does not exhaust the stack`(piece: String) {
        read("permit(principal, action, resource) when { " + String(repeating: piece, count: 100_000))
    }
}
