import Cedar
import TestSupport
import Testing

@testable import Ringfence

struct `Decisions` {
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
              a.messages:
                subject: [author_id, recipient_id]
                columns:
                  body: { classification: protected, category: message }
              a.videos:
                columns: { title: { classification: public } }
              a.notes:
                columns: { text: { classification: protected }, kind: { classification: public } }
        """

    private static let live = Fixture.live([
        Fixture.table("a.users", ["id! bigint", "email text", "country text", "extra text"]),
        Fixture.table("a.messages", ["author_id bigint", "recipient_id bigint", "body text"]),
        Fixture.table("a.videos", ["title text"]),
        Fixture.table("a.notes", ["text text", "kind text"]),
        Fixture.table("a.secret", ["id bigint"]),
    ])

    private func decisions(
        _ policy: String, of principal: Principal = Fixture.person("p")
    ) throws -> StoreDecisions {
        try StoreDecisions(
            principal: principal, store: "s", catalog: Fixture.catalog(Self.catalogText),
            policies: Fixture.policies(policy), live: Self.live)
    }

    private func profile(_ policy: String, of principal: Principal = Fixture.person("p")) throws -> Profile {
        try ProfileCompiler.profile(
            for: principal, store: "s", catalog: Fixture.catalog(Self.catalogText), policies: Fixture.policies(policy),
            live: Self.live)
    }

    private func table(_ name: String, in profile: Profile) -> TableProfile? {
        profile.tables.first { $0.name.description == name }
    }

    @Test func `without a policy there is nothing`() throws {
        #expect(try profile("").tables == [])
    }

    @Test func `what is asked of another column is not taken for false`() throws {
        let permit = "permit (principal, action, resource);"
        for condition in [
            #"Column::"s.a.videos.title" in Table::"s.a.videos""#, #"Column::"s.a.videos.title" in Store::"s""#,
        ] {
            #expect(try profile("\(permit) forbid (principal, action, resource) when { \(condition) };").tables == [])
            #expect(try profile("permit (principal, action, resource) unless { \(condition) };").tables == [])
        }
        let itself = try profile(
            #"\#(permit) forbid (principal, action, resource) unless { resource in Table::"s.a.videos" };"#)
        #expect(itself.tables.map(\.name.description) == ["a.videos"])
    }

    @Test func `a table the catalog does not name is absent, whatever policy says`() throws {
        let profile = try profile("permit (principal, action, resource);")
        #expect(profile.tables.map(\.name.description) == ["a.messages", "a.notes", "a.users", "a.videos"])
        #expect(!profile.isWhollyClear)
    }

    @Test func `a store of which everything is catalogued and permitted is wholly clear`() throws {
        var live = Self.live
        live.tables.removeLast()
        live.tables.append(Fixture.table("a.v", ["id bigint"], kind: .view))
        live.tables.append(Fixture.table("a.users_1", ["id bigint"], partitionOf: "a.users"))
        live.tables.append(Fixture.table("other.t", ["id bigint"]))
        func isWhollyClear(_ policy: String, _ live: LiveSchema) throws -> Bool {
            try ProfileCompiler.profile(
                for: Fixture.person("p"), store: "s", catalog: Fixture.catalog(Self.catalogText),
                policies: Fixture.policies(policy), live: live
            ).isWhollyClear
        }
        let all = "permit (principal, action, resource);"
        #expect(try isWhollyClear(all, live))
        #expect(
            try !isWhollyClear(
                all + "forbid (principal, action == Action::\"delete\", resource == Column::\"s.a.videos.title\");",
                live))
        #expect(
            try !isWhollyClear(
                all
                    + "forbid (principal, action == Action::\"read\", resource) when { resource.subject.home == \"SG\" };",
                live))
        var withCopy = live
        withCopy.tables.append(Fixture.table("a.copy", ["id bigint"], kind: .materializedView))
        #expect(try !isWhollyClear(all, withCopy))
    }

    @Test func `a column the catalog does not name is protected and masked with NULL`() throws {
        let profile = try profile(
            "permit (principal, action == Action::\"read\", resource) when { resource.classification != \"protected\" };"
        )
        let extra = try #require(table("a.users", in: profile)?.columns.last)
        #expect(extra.name == "extra")
        #expect(extra.classification == .protected)
        #expect(extra.mask == .null)
        #expect(extra.clear == .never)
    }

    @Test func `homes decide one by one, and unknown counts as its home`() throws {
        let profile = try profile(
            "permit (principal, action == Action::\"read\", resource) when { resource.subject.home == \"US\" };")
        let users = try #require(table("a.users", in: profile))
        #expect(users.visible == RowCondition(homes: .some([Jurisdiction(code: "US")!], includesUnknown: true)))
        #expect(table("a.videos", in: profile) == nil)
        // Protected, and nobody says whose: counts as people of the strictest home.
        #expect(table("a.notes", in: profile)?.visible == .always)
    }

    @Test func `what may be read counts as masked too, so that rows of several people are decided whole`() throws {
        let profile = try profile(
            """
            permit (principal, action == Action::"read", resource) when { resource.subject.home == "SG" };
            permit (principal, action == Action::"readMasked", resource) when { resource.subject.home == "DE" };
            """)
        let body = try #require(table("a.messages", in: profile)?.columns.last)
        #expect(body.clear == RowCondition(homes: .some([Jurisdiction(code: "SG")!], includesUnknown: false)))
        #expect(
            body.masked
                == RowCondition(
                    homes: .some([Jurisdiction(code: "SG")!, Jurisdiction(code: "DE")!], includesUnknown: false)))
    }

    @Test func `rows whose every subject is shown by another column have alternatives`() throws {
        let profile = try profile(
            """
            permit (principal, action == Action::"read", resource == Column::"s.a.messages.body")
            when { resource.subject.home == "SG" };
            permit (principal, action == Action::"read", resource == Column::"s.a.messages.author_id")
            when { resource.subject.home == "DE" };
            """)
        let messages = try #require(table("a.messages", in: profile))
        #expect(messages.visibleAlternatives.count == 2)
        let simple = try self.profile("permit (principal, action == Action::\"read\", resource);")
        #expect(table("a.messages", in: simple)?.visibleAlternatives == [.always])
    }

    @Test func `a forbid that fails denies, which Cedar alone does not`() throws {
        let decided = try decisions(
            """
            permit (principal, action, resource);
            forbid (principal, action == Action::"read", resource) when { principal.salary > 5 };
            """)
        let column = try #require(decided.tables.first?.columns.first)
        #expect(column[.read].allSatisfy { $0.allowed == .never && $0.failures.count == 1 && !$0.isDefaultDeny })
        #expect(column[.update].allSatisfy { $0.allowed == .always })
    }

    @Test func `what depends on the key is left to SQL, where there is a key`() throws {
        let profile = try profile(
            """
            permit (principal, action == Action::"read", resource);
            forbid (principal, action == Action::"read", resource)
            when { resource.subject.home == "US" && ["7", "9"].contains(resource.subject.id) };
            """)
        let email = try #require(table("a.users", in: profile)?.columns[1])
        #expect(email.clear.covers(Fixture.home("DE"), key: "7"))
        #expect(!email.clear.covers(Fixture.home("US"), key: "7"))
        #expect(!email.clear.covers(.unknown, key: "9"))
        #expect(email.clear.covers(.unknown, key: "8"))
        #expect(email.clear.keyed.count == 1)
        #expect(table("a.notes", in: profile) == nil)
        #expect(table("a.videos", in: profile)?.visible == .always)
    }

    @Test func `what SQL could not follow denies`() throws {
        let decided = try decisions(
            """
            permit (principal, action, resource);
            permit (principal, action, resource) when { resource.subject.id < 5 };
            forbid (principal, action == Action::"read", resource) when { [resource.subject.id].containsAny(["7"]) };
            """)
        let users = try #require(decided.tables.first { $0.name.table == "users" })
        #expect(users.columns[1][.read].allSatisfy { $0.allowed == .never })
        #expect(
            users.columns[1][.read].allSatisfy { $0.failures.contains { $0.effect == .forbid && $0.isInexpressible } })
        #expect(users.columns[1][.update].allSatisfy { $0.allowed == .always })
    }

    @Test func `delete needs every protected column and no forbid`() throws {
        let policy =
            "permit (principal, action == Action::\"delete\", resource) when { resource.classification == \"protected\" };"
        #expect(table("a.users", in: try profile(policy))?.delete == .always)
        #expect(table("a.videos", in: try profile(policy)) == nil)
        let partly = "permit (principal, action == Action::\"delete\", resource == Column::\"s.a.users.email\");"
        #expect(table("a.users", in: try profile(partly)) == nil)
        let forbidden =
            policy + "forbid (principal, action == Action::\"delete\", resource == Column::\"s.a.users.country\");"
        #expect(table("a.users", in: try profile(forbidden)) == nil)
    }

    @Test func `policy order and principals' order of teams change nothing`() throws {
        let policies = [
            "permit (principal in Team::\"x\", action == Action::\"read\", resource) when { resource.subject.id like \"9*\" };",
            "permit (principal, action == Action::\"read\", resource) when { [\"3\", \"1\"].contains(resource.subject.id) };",
            "forbid (principal, action == Action::\"read\", resource) when { resource.subject.id == \"99\" };",
        ]
        let one = try profile(policies.joined(), of: Fixture.person("p", teams: ["x", "y"]))
        let other = try profile(policies.reversed().joined(), of: Fixture.person("p", teams: ["y", "x"]))
        #expect(one == other)
        #expect(!one.tables.isEmpty)
    }

    @Test func `principals alike are decided once, unless policy names one`() throws {
        let catalog = try Fixture.catalog(Self.catalogText)
        let policies = try Fixture.policies("permit (principal == Person::\"a\", action, resource);")
        let compiler = try ProfileCompiler(store: "s", catalog: catalog, policies: policies, live: Self.live)
        #expect(
            try compiler.profile(for: Fixture.person("a")).digest != compiler.profile(for: Fixture.person("b")).digest)
        let everyone = try Fixture.policies("permit (principal, action, resource);")
        let shared = try ProfileCompiler(
            store: "s", catalog: catalog, policies: everyone, live: Self.live, namesMatter: false)
        #expect(try shared.profile(for: Fixture.person("a")) == shared.profile(for: Fixture.person("b")))
    }

    @Test func `a store the catalog does not have is an error`() throws {
        #expect(throws: DecisionError.noSuchStore("t")) {
            try StoreDecisions(
                principal: Fixture.person("p"), store: "t", catalog: Fixture.catalog(Self.catalogText),
                policies: PolicySet(), live: Self.live)
        }
    }
}
