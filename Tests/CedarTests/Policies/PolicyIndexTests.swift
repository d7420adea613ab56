import Cedar
import TestSupport
import Testing

/// A set of many policies decides as its policies would one by one.
@Suite struct PolicyIndexTests {
    private static let types = ["User", "Team", "Book", "Shelf", "Action"]

    private static func uid(_ type: String, using generator: inout SeededGenerator) -> EntityUID {
        EntityUID(
            type: EntityTypeName(CedarString(type)), id: CedarString(String(Int.random(in: 0..<4, using: &generator))))
    }

    private static func scope(
        _ variable: String, _ types: [String], using generator: inout SeededGenerator
    ) -> String {
        let type = types.randomElement(using: &generator) ?? types[0]
        let entity = uid(type, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return variable
        case 1: return "\(variable) == \(entity)"
        case 2: return "\(variable) in \(entity)"
        case 3: return "\(variable) is \(type)"
        default: return "\(variable) is \(types[0]) in \(entity)"
        }
    }

    private static func action(using generator: inout SeededGenerator) -> String {
        let entities = (0..<Int.random(in: 0..<3, using: &generator)).map { _ in
            uid("Action", using: &generator).description
        }
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: return "action"
        case 1: return "action == \(uid("Action", using: &generator))"
        default: return "action in [\(entities.joined(separator: ", "))]"
        }
    }

    private static func policy(using generator: inout SeededGenerator) -> String {
        let effect = Int.random(in: 0..<5, using: &generator) == 0 ? "forbid" : "permit"
        let principal = scope("principal", ["User", "Team"], using: &generator)
        let action = action(using: &generator)
        let resource = scope("resource", ["Book", "Shelf"], using: &generator)
        let conditions = ["", " when { context.flag }", " unless { context.none }"]
        return "\(effect) (\(principal), \(action), \(resource))\(conditions.randomElement(using: &generator) ?? "");"
    }

    private static func entities(using generator: inout SeededGenerator) throws -> Entities {
        var entities: [Entity] = []
        for type in types {
            for id in 0..<4 {
                // Only to higher numbers, or into a group: no circles.
                let above = (id + 1..<5).prefix(4 - id).filter { $0 < 4 && Bool.random(using: &generator) }
                let group = type == "User" ? "Team" : type == "Book" ? "Shelf" : type
                entities.append(
                    Entity(
                        uid: EntityUID(type: EntityTypeName(CedarString(type)), id: CedarString(String(id))),
                        parents: above.map {
                            EntityUID(type: EntityTypeName(CedarString(group)), id: CedarString(String($0)))
                        }))
            }
        }
        return try Entities(entities)
    }

    @Test(arguments: 0..<40) func `a set decides as its policies one by one`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let texts = (0..<60).map { _ in Self.policy(using: &generator) }
        let set = try PolicySet(parsing: texts.joined(separator: "\n"), fileName: "all")
        let single = try texts.map { try PolicySet(parsing: $0, fileName: "one") }
        let entities = try Self.entities(using: &generator)
        for _ in 0..<50 {
            let request = Request(
                principal: Self.uid("User", using: &generator), action: Self.uid("Action", using: &generator),
                resource: Self.uid(["Book", "Shelf"].randomElement(using: &generator) ?? "Book", using: &generator),
                context: ["flag": .bool(Bool.random(using: &generator))])
            let response = set.authorize(request, entities)
            let answers = single.map { $0.authorize(request, entities) }
            let satisfied = answers.indices.filter { !answers[$0].reasons.isEmpty }
            let failed = answers.indices.filter { !answers[$0].errors.isEmpty }
            let forbids = satisfied.filter { answers[$0].decision == .deny }
            #expect(response.decision == (forbids.isEmpty && !satisfied.isEmpty ? .allow : .deny))
            #expect(response.reasons == (forbids.isEmpty ? satisfied : forbids).map { PolicyID("policy\($0)") })
            #expect(response.errors.map(\.policy) == failed.map { PolicyID("policy\($0)") })
        }
    }

    @Test func `a linked policy is found by what fills its slots`() throws {
        let others = (0..<50).map { "permit (principal == User::\"\($0)\", action, resource);" }
        var set = try PolicySet(
            parsing: (others + ["@id(\"t\") permit (principal in ?principal, action, resource == ?resource);"])
                .joined(separator: "\n"), fileName: "all")
        let book = EntityUID(type: "Book", id: "1")
        let team = EntityUID(type: "Team", id: "1")
        let user = EntityUID(type: "User", id: "new")
        let entities = try Entities([Entity(uid: user, parents: [team])])
        let request = Request(principal: user, action: EntityUID(type: "Action", id: "read"), resource: book)
        #expect(set.authorize(request, entities).decision == .deny)
        try set.link(template: "t", as: "linked", values: [.principal: team, .resource: book])
        #expect(set.authorize(request, entities).reasons == ["linked"])
    }
}
