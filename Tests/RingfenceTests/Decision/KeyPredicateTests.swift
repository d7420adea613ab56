import Cedar
import TestSupport
import Testing

@testable import Ringfence

struct `Predicates over the subject's key` {
    /// What is made of a condition, `key` standing for the subject's.
    private func translated(_ condition: String) throws -> KeyPredicate? {
        let inputs = try Fixture.inputs()
        let policies = try Fixture.policies(
            "permit (principal, action, resource) when { \(condition.replacing("key", with: "resource.subject.id")) };")
        let model = try CedarModel(principal: Fixture.person("p"), store: inputs.store)
        let schema = PolicySchema.schema(inputs.catalog, teams: [], rows: .none)
        let table = Fixture.tableName("app.users")
        let uid = model.uid(of: "email", table)
        let column = model.column(
            ColumnFacts(name: "email", classification: .protected, category: nil, mask: .null, isCatalogued: true),
            of: table, home: "US", key: nil, row: nil)
        let response = try policies.partiallyAuthorize(
            PartialRequest(
                principal: .known(model.principal), action: CedarModel.uid(.read), resource: .known(uid),
                context: CedarModel.context),
            PartialEntities(model.entities, partlyKnown: [uid: column]), schema: schema)
        guard let policy = response.residuals.first else { return .never }
        var translation = KeyPredicateTranslation(policy: policy.policy, schema: schema, table: nil)
        return translation.predicate(of: policy.residual)
    }

    @Test(
        arguments: [
            ("true", .always), ("key == \"7\"", .isOneOf(["7"])), ("\"7\" == key", .isOneOf(["7"])),
            ("key == 7", .never), ("key == key", .always), ("key == \"a\\0\"", .never),
            ("[\"7\", \"5\", 3, \"7\"].contains(key)", .isOneOf(["5", "7"])),
            ("key like \"9*\"", .isLike(pattern: [.literal("9"), .wildcard])), ("key like \"**\"", .always),
            ("key like \"a\"", .isOneOf(["a"])), ("!(key == \"7\")", .not(.isOneOf(["7"]))),
            ("key == \"8\" || key == \"7\"", .isOneOf(["7", "8"])),
            ("key == \"97\" && key like \"9*\"", .isOneOf(["97"])), ("key == \"7\" && key like \"9*\"", .never),
        ] as [(String, KeyPredicate)])
    func `what SQL can follow exactly is translated`(condition: String, predicate: KeyPredicate) throws {
        #expect(try translated(condition) == predicate)
    }

    @Test(arguments: [("7", true), ("97", true), ("8", false)])
    func `both branches of a condition count`(key: String, expected: Bool) throws {
        let predicate = try translated("if key == \"7\" then true else key like \"9*\"")
        #expect(predicate?.isTrue(of: key) == expected)
    }

    @Test(arguments: [
        "key < \"5\"", "key + 1 == 2", "key.contains(\"5\")", "[\"5\"].containsAny([key])", "key has x", "key.x == 1",
        "key is Person", "[key] == [\"5\"]", "ip(key).isIpv4()", "key == \"7\" && 1 + 9223372036854775807 == 2",
        "key == \"7\" || 1 + 9223372036854775807 == 2", "!key", "[key].contains(key)",
    ])
    func `what could fail, or SQL could not follow, is not`(condition: String) throws {
        #expect(try translated(condition) == nil)
    }

    @Test(arguments: [
        ("9*", "97", true), ("9*", "79", false), ("*9", "79", true), ("*", "", true), ("*a*b*", "xaybz", true),
        ("*a*b*", "xbya", false), ("é*", "éa", true), ("*ab", "abab", true), ("a*a", "a", false),
    ])
    func `patterns match as Cedar's do`(pattern: String, text: String, expected: Bool) throws {
        let elements = pattern.unicodeScalars.map { $0 == "*" ? Pattern.Element.wildcard : .literal($0) }
        #expect(try translated("key like \"\(pattern)\"")?.isTrue(of: text) == expected)
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
                #expect(any.isTrue(of: key) == parts.contains { $0.isTrue(of: key) == true })
                #expect(all.isTrue(of: key) == parts.allSatisfy { $0.isTrue(of: key) == true })
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
