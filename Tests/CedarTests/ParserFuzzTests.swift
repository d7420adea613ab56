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
        } catch let error as PolicyParseError {
            #expect(!error.diagnostics.isEmpty)
            for span in error.diagnostics.map(\.span) {
                #expect(span.startOffset <= span.endOffset && span.endOffset <= text.utf8.count, "\(error) in \(text)")
            }
            let marks = error.rendered(in: text).split(separator: "\n").filter {
                $0.contains(" | ") && $0.contains("^")
            }
            #expect(marks.count >= error.diagnostics.count, "\(error) in \(text)")
        } catch {
            Issue.record("\(error) in \(text)")
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

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "permit(principal, action, resource); ", "@a@b ", "permit(principal, action, resource) when { ", "permit( ",
            "permit(principal, action, resource) when { [1, ] == } unless { true && } ", "é ", "\"\n",
        ])
    func `many policies or errors on one line take no more time than on many`(piece: String) {
        read(String(repeating: piece, count: 4000))
    }

    @Test func `repeated annotations are found among many`() throws {
        let annotations = (0..<4000).map { "@a\($0)" }.joined(separator: " ")
        let rest = " permit(principal, action, resource);"
        #expect(try PolicySet(parsing: annotations + rest, fileName: "").policies.first?.annotations.count == 4000)
        read(annotations + " @a7" + rest)
    }
}
