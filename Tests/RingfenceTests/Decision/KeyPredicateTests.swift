import Cedar
import TestSupport
import Testing

@testable import Ringfence

struct `Predicates over the subject's key` {
    private let key = Residual.unknown(Unknown(KeyPredicate.keyPath, kind: .string))
    private let pattern = Pattern([.literal("9"), .wildcard])

    @Test func `what SQL can follow exactly is translated`() {
        #expect(KeyPredicate(.value(true)) == .always)
        #expect(KeyPredicate(.equal(key, .value("7"))) == .isOneOf(["7"]))
        #expect(KeyPredicate(.equal(.value("7"), key)) == .isOneOf(["7"]))
        #expect(KeyPredicate(.equal(key, .value(7))) == .never)
        #expect(KeyPredicate(.equal(key, key)) == .always)
        #expect(KeyPredicate(.equal(key, .value("a\0"))) == .never)
        #expect(KeyPredicate(.contains(.value(["7", "5", 3, "7"]), key)) == .isOneOf(["5", "7"]))
        #expect(KeyPredicate(.like(key, pattern)) == .isLike(pattern: [.literal("9"), .wildcard]))
        #expect(KeyPredicate(.like(key, Pattern([.wildcard, .wildcard]))) == .always)
        #expect(KeyPredicate(.like(key, Pattern([.literal("a")]))) == .isOneOf(["a"]))
        #expect(KeyPredicate(.not(.equal(key, .value("7")))) == .not(.isOneOf(["7"])))
        #expect(
            KeyPredicate(.or([.equal(key, .value("8")), .equal(key, .value("7"))])) == .isOneOf(["7", "8"]))
        #expect(KeyPredicate(.and([.equal(key, .value("97")), .like(key, pattern)])) == .isOneOf(["97"]))
        #expect(KeyPredicate(.and([.equal(key, .value("7")), .like(key, pattern)])) == .never)
        let conditional = KeyPredicate(.if(.equal(key, .value("7")), then: .value(true), else: .like(key, pattern)))
        for (text, expected) in [("7", true), ("97", true), ("8", false)] {
            #expect(conditional?.isTrue(of: text) == expected)
        }
    }

    @Test func `what could fail, or SQL could not follow, is not`() {
        let failure = Residual.error(EvaluationError(reason: .overflow("1 + 2")))
        let refused: [Residual] = [
            .value(1), failure, key, .less(key, .value("5")), .add(key, .value(1)), .contains(key, .value("5")),
            .containsAny(.value(["5"]), .set([key])), .has(key, "x"), .attribute(key, "x"), .is(key, "Person"),
            .equal(.set([key]), .value(["5"])), .call(.ip, [key]), .equal(.unknown(["subject", "home"]), .value("US")),
            .and([.equal(key, .value("7")), failure]), .or([.equal(key, .value("7")), .value(1)]), .not(key),
            .contains(.set([key]), key),
        ]
        for residual in refused { #expect(KeyPredicate(residual) == nil, "\(residual)") }
    }

    @Test(arguments: [
        ("9*", "97", true), ("9*", "79", false), ("*9", "79", true), ("*", "", true), ("*a*b*", "xaybz", true),
        ("*a*b*", "xbya", false), ("é*", "éa", true), ("*ab", "abab", true), ("a*a", "a", false),
    ])
    func `patterns match as Cedar's do`(pattern: String, text: String, expected: Bool) {
        let elements = pattern.unicodeScalars.map { $0 == "*" ? Pattern.Element.wildcard : .literal($0) }
        #expect(KeyPredicate(.like(key, Pattern(elements)))?.isTrue(of: text) == expected)
        #expect(Pattern(elements).matches(CedarString(text)) == expected)
    }

    @Test func `simplified predicates say what they said, in whatever order they come`() {
        var generator = SeededGenerator(seed: 20_261_124)
        let keys = ["", "1", "2", "12", "21", "3", "9", "99", "é"]
        for _ in 0..<2000 {
            let parts = (0..<Int.random(in: 0...4, using: &generator)).map { _ in random(&generator, depth: 3) }
            let any = KeyPredicate.any(of: parts)
            let all = KeyPredicate.all(of: parts)
            for key in keys {
                #expect(any.isTrue(of: key) == parts.contains { $0.isTrue(of: key) })
                #expect(all.isTrue(of: key) == parts.allSatisfy { $0.isTrue(of: key) })
                #expect(KeyPredicate.negation(of: any).isTrue(of: key) != any.isTrue(of: key))
            }
            let shuffled = parts.shuffled(using: &generator)
            #expect(KeyPredicate.any(of: shuffled) == any)
            #expect(KeyPredicate.all(of: shuffled) == all)
        }
    }

    private func random(_ generator: inout SeededGenerator, depth: Int) -> KeyPredicate {
        switch Int.random(in: 0...(depth == 0 ? 3 : 6), using: &generator) {
        case 0: return Bool.random(using: &generator) ? .always : .never
        case 1, 2:
            let count = Int.random(in: 1...3, using: &generator)
            return .oneOf((0..<count).map { _ in String(Int.random(in: 1...3, using: &generator)) })
        case 3: return .isLike(pattern: [.wildcard, .literal(String(Int.random(in: 1...9, using: &generator)))])
        case 4: return .negation(of: random(&generator, depth: depth - 1))
        case 5: return .any(of: [random(&generator, depth: depth - 1), random(&generator, depth: depth - 1)])
        default: return .all(of: [random(&generator, depth: depth - 1), random(&generator, depth: depth - 1)])
        }
    }
}
