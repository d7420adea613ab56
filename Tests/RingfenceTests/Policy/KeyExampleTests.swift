import TestSupport
import Testing

@testable import Ringfence

struct `Examples of keys` {
    @Test func `are found or shown not to exist`() {
        let like: KeyPredicate = .isLike(pattern: [.literal("a"), .wildcard])
        let ends: KeyPredicate = .isLike(pattern: [.wildcard, .literal("b")])
        #expect(KeyPredicate.always.example == .key(""))
        #expect(KeyPredicate.never.example == .none)
        #expect(KeyPredicate.and(like, .not(like)).example == .none)
        #expect(KeyPredicate.and(like, ends).example == .key("ab"))
        #expect(KeyPredicate.and(.isOneOf(["ab", "b"]), .not(like)).example == .key("b"))
        #expect(KeyPredicate.and(.isOneOf(["ab"]), .not(.and(like, ends))).example == .none)
        #expect(KeyPredicate.or(.and(like, .not(like)), .not(.isLike(pattern: [.wildcard]))).example == .none)
        #expect(KeyPredicate.not(.isOneOf(["", "c"])).example == .key("a"))
    }

    @Test func `of canonically equivalent texts are two`() {
        #expect(KeyPredicate.and(.isOneOf(["é"]), .not(.isOneOf(["e\u{301}"]))).example == .key("é"))
    }

    /// Against every key of up to four letters, which is enough for patterns this short.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `agree with trying all short keys`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var keys = [""]
        var last = [""]
        for _ in 0..<5 {
            last = last.flatMap { key in ["a", "b", "z"].map { key + $0 } }
            keys += last
        }
        var satisfied = 0
        for _ in 0..<150 {
            let predicate = Self.predicate(&generator, depth: 3)
            let found = keys.first { predicate.isTrue(of: $0) == true }
            switch predicate.example {
            case .key(let key):
                satisfied += 1
                #expect(predicate.isTrue(of: key) == true, "\(predicate): \(key)")
                #expect(found != nil || key.count > 5, "\(predicate): \(key)")
            case .none: #expect(found == nil, "\(predicate): \(found ?? "")")
            case .unknown: Issue.record("too much: \(predicate)")
            }
        }
        #expect((30..<150).contains(satisfied))
    }

    private static func predicate(_ generator: inout SeededGenerator, depth: Int) -> KeyPredicate {
        func text() -> String {
            String(
                (0..<Int.random(in: 0...2, using: &generator)).map { _ in "ab".randomElement(using: &generator) ?? "a" }
            )
        }
        switch Int.random(in: 0..<(depth == 0 ? 2 : 6), using: &generator) {
        case 0: return .isOneOf([text(), text()])
        case 1:
            var parts: [KeyPatternPart] = [.literal(text()), .wildcard, .literal(text())]
            parts.removeAll { $0 == .literal("") }
            return .isLike(pattern: parts)
        case 2: return .not(predicate(&generator, depth: depth - 1))
        case 3: return .or(predicate(&generator, depth: depth - 1), predicate(&generator, depth: depth - 1))
        default: return .and(predicate(&generator, depth: depth - 1), predicate(&generator, depth: depth - 1))
        }
    }
}
