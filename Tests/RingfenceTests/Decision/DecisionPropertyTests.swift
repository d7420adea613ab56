import Cedar
import TestSupport
import Testing

@testable import Ringfence

/// Decisions made with the subject unknown, against Cedar asked about each subject.
struct `Decisions agree with Cedar` {
    private static let keys = ["1", "2", "12", "99", "x"]
    private static let homes = ["US", "DE", "SG"]

    private static let catalogText = """
        homes: [US, DE, SG]
        homeWhenUnknown: US
        stores:
          - name: s
            jurisdiction: US
            operator: E
            tables:
              a.users:
                subject: { key: id, home: country }
                columns:
                  id: { classification: interoperability }
                  email: { classification: protected, category: contact, mask: email }
                  country: { classification: public }
              a.messages: { subject: author_id, columns: { body: { classification: protected, category: message } } }
              a.videos: { columns: { id: { classification: public }, title: { classification: public } } }
              a.notes: { columns: { id: { classification: public } } }
        """

    private static let live = Fixture.live([
        Fixture.table("a.users", ["id! bigint", "email text", "country text", "extra text"]),
        Fixture.table("a.messages", ["author_id bigint", "body text"]),
        Fixture.table("a.videos", ["id! bigint", "title text"]),
        Fixture.table("a.notes", ["id! bigint", "note text"]),
    ])

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `for every home and key`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let catalog = try Fixture.catalog(Self.catalogText)
        var allowed = 0
        var conditional = 0
        for _ in 0..<25 {
            let text = (0..<Int.random(in: 1...5, using: &generator)).map { _ in policy(&generator) }.joined(
                separator: "\n")
            let policies = try Fixture.policies(text)
            let principal = Fixture.person(
                ["p", "q"].randomElement(using: &generator) ?? "p",
                location: Self.homes.randomElement(using: &generator) ?? "US", covered: Bool.random(using: &generator),
                teams: [["x"], ["x", "y"], []].randomElement(using: &generator) ?? [])
            let decisions = try StoreDecisions(
                principal: principal, store: "s", catalog: catalog, policies: policies, live: Self.live)
            let model = try CedarModel(principal: principal, store: try #require(catalog.stores.first))
            for table in decisions.tables {
                for column in table.columns {
                    for action in DataAction.allCases {
                        for (home, decision) in zip(table.homes, column[action]) {
                            if case .always = decision.allowed { allowed += 1 }
                            if decision.allowed != .always, decision.allowed != .never { conditional += 1 }
                            for key in table.name.table == "videos" ? [""] : Self.keys {
                                let cedar = try ask(
                                    policies, model, column.facts, table.name, action, home, key)
                                // Where no key can be looked at, only what holds for every key is allowed.
                                let isStricter =
                                    decision.failures.contains(where: \.isInexpressible) || table.name.table == "notes"
                                let ours = decision.allowed.isTrue(of: key) == true
                                #expect(
                                    ours == cedar || isStricter && !ours,
                                    "seed \(seed), \(action) \(table.name).\(column.facts.name), \(home), \(key):\n\(text)"
                                )
                            }
                        }
                    }
                }
            }
        }
        // The policies drawn say yes and depend on keys often enough to mean something.
        #expect(allowed > 50)
        #expect(conditional > 20)
    }

    private func ask(
        _ policies: PolicySet, _ model: CedarModel, _ facts: ColumnFacts, _ table: TableName, _ action: DataAction,
        _ home: SubjectHome, _ key: String
    ) throws -> Bool {
        let code =
            switch home {
            case .home(let home): home.code
            case .nobody where table.table == "videos": CedarModel.homeOfNobody
            case .unknown, .nobody: "US"
            }
        let column = model.column(facts, of: table, home: code, key: key, row: nil)
        let resource = Entity(
            uid: model.uid(of: facts.name, table), attributes: try #require(column.attributes?.known),
            parents: column.ancestors?.filter { $0.type == CedarModel.table } ?? [])
        let response = policies.authorize(
            Request(
                principal: model.principal, action: CedarModel.uid(action), resource: resource.uid,
                context: CedarModel.context),
            try model.entities.adding([resource]))
        return response.decision == .allow && !response.hasFailedForbid
    }

    private func policy(_ generator: inout SeededGenerator) -> String {
        func pick(_ choices: [String]) -> String { choices.randomElement(using: &generator) ?? "" }
        let effect = pick(["permit", "permit", "forbid"])
        let principal = pick([
            "principal", "principal", "principal is Person", "principal in Team::\"x\"", "principal == Person::\"p\"",
        ])
        let action = pick([
            "action", "action", "action == Action::\"read\"", "action in [Action::\"read\", Action::\"update\"]",
        ])
        let resource = pick([
            "resource", "resource", "resource in Table::\"s.a.users\"", "resource in Store::\"s\"",
            "resource == Column::\"s.a.users.email\"", "resource in Table::\"s.a.videos\"",
        ])
        let kind = pick(["when", "when", "unless"])
        return "\(effect) (\(principal), \(action), \(resource)) \(kind) { \(condition(&generator, depth: 2)) };"
    }

    private func condition(_ generator: inout SeededGenerator, depth: Int) -> String {
        func pick(_ choices: [String]) -> String { choices.randomElement(using: &generator) ?? "" }
        if depth > 0, Int.random(in: 0..<3, using: &generator) > 0 {
            let left = condition(&generator, depth: depth - 1)
            let right = condition(&generator, depth: depth - 1)
            return pick([
                "(\(left)) && (\(right))", "(\(left)) || (\(right))", "!(\(left))",
                "if \(left) then \(right) else \(condition(&generator, depth: 0))",
            ])
        }
        return pick([
            "resource.subject.home == \"US\"", "resource.subject.home == principal.location",
            "[\"DE\", \"SG\"].contains(resource.subject.home)", "resource.subject.id == \"12\"",
            "resource.subject.id like \"*2\"", "[\"1\", \"99\"].contains(resource.subject.id)",
            "resource.subject.id != \"x\"", "principal.covered", "resource.classification == \"protected\"",
            "resource has category && resource.category == \"contact\"", "resource.category == \"message\"",
            "resource.name == \"id\"", "[\"users\", \"notes\"].contains(resource.table)",
            "[Column::\"s.a.users.email\", Column::\"s.a.notes.note\"].contains(resource)",
            "Column::\"s.a.users.email\".classification == \"protected\"", "resource in Table::\"s.a.users\"",
            "principal.teams.contains(\"x\")", "true", "false", "resource.subject.id == 12", "principal.nothing",
            "resource.subject.id < \"5\"", "resource.subject has id", "context.grants.contains(\"g\")",
            "9223372036854775807 + 1 == 0", "resource.subject == {home: \"US\", id: \"1\"}",
        ])
    }
}
