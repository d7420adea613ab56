import Cedar
import Testing

/// What a review finds in policies that are valid, and in those that are not.
@Suite struct PolicyReviewTests {
    static let schema = """
        entity Team enum ["ops", "sales"];
        entity User in [Team] { location: String, teams: Set<String>, covered: Bool };
        entity Robot in [Team] { location: String };
        entity Doc { kind?: String, size: Long, about: { home: String }, owner: User };
        action read, write appliesTo { principal: [User, Robot], resource: Doc, context: { grants: Set<String> } };
        """

    static let domains = ValueDomains(
        attributes: [
            ValueDomains.Path("User", "location"): .init(["US", "DE"], help: "it is a country"),
            ValueDomains.Path("Robot", "location"): .init(["US", "SG"], help: "it is a country"),
            ValueDomains.Path("User", "teams"): .init(["ops", "sales"]),
            ValueDomains.Path("Doc", "about", "home"): .init(["US", "DE", "none"]),
            ValueDomains.Path("Doc", "kind"): .init(["letter", "photo"]),
            .context("grants"): .init(["audit"]),
        ],
        entities: [
            "User": .init(["alice", "bob"], register: "the directory"),
            "Team": .init(["ops"], register: "the directory"),
            "Doc": .init([], register: "the shelf"),
        ])

    private func findings(_ text: String, _ domains: ValueDomains = domains) throws -> [ReviewFinding] {
        let schema = try Schema(parsing: Self.schema, fileName: "schema")
        return PolicyReview(schema, domains: domains).review(try PolicySet(parsing: text, fileName: "a"))
    }

    private func brief(_ text: String, _ domains: ValueDomains = domains) throws -> [String] {
        try findings(text, domains).map { finding in
            let span = finding.diagnostic.span
            return "\(finding.severity.rawValue) \(finding.rule.rawValue) \(span.line):\(span.column)"
        }
    }

    /// The findings about a condition, of a forbid unless told otherwise.
    private func about(_ condition: String, _ head: String = "forbid(principal, action, resource)") throws -> [String] {
        try findings("\(head)\nwhen { \(condition) };").map {
            "\($0.severity.rawValue) \($0.rule.rawValue): \($0.diagnostic.message) (\($0.diagnostic.help ?? "-"))"
        }
    }

    @Test(arguments: [
        "principal is User && principal.covered", "principal has covered && principal.covered",
        "resource has kind && resource.kind == \"photo\"", "[\"US\", \"SG\"].contains(principal.location)",
        "resource.about.home != \"none\"", "principal == User::\"alice\"", "principal in Team::\"ops\"",
        "context.grants.containsAny([\"audit\"])", "resource.owner.location == \"DE\"", "resource.size < 3",
        "resource has kind && resource.kind like \"ph*\"",
        "principal is User && principal.teams.contains(\"ops\")",
    ])
    func `says nothing about what may be meant`(condition: String) throws {
        for effect in ["permit", "forbid"] {
            #expect(try about(condition, "\(effect)(principal, action, resource)") == [])
        }
    }

    @Test func `what strict validation refuses is said once for each place`() throws {
        #expect(
            try about("principal.covered && resource.sise > 1") == [
                "error invalid: `Robot` has no attribute \"covered\" (test `principal is User` first, which has it)",
                "error invalid: `Doc` has no attribute \"sise\" (did you mean `size`?)",
            ])
        #expect(try about("principal.locatoin == \"US\"").count == 1)
    }

    @Test func `a test for an attribute that nothing has is an error, with what was meant`() throws {
        #expect(
            try about("principal has covred && true") == [
                "error undeclaredTest: the test is always false: `User` has no attribute \"covred\" (did you mean `covered`?)"
            ])
    }

    @Test(arguments: [
        (
            "resource.about.home == \"UK\"",
            "`resource.about.home` never is \"UK\" (it is one of \"DE\", \"US\", \"none\")"
        ),
        ("\"USA\" != principal.location", "`principal.location` never is \"USA\" (it is a country)"),
        (
            "resource has kind && [\"photo\", \"leter\"].contains(resource.kind)",
            "`resource.kind` never is \"leter\" (did you mean `\"letter\"`?)"
        ),
        (
            "principal is User && principal.teams.contains(\"opps\")",
            "`principal.teams` never contains \"opps\" (did you mean `\"ops\"`?)"
        ),
        (
            "context.grants.containsAny([\"audit\", \"fraud\"])",
            "`context.grants` never contains \"fraud\" (it is one of \"audit\")"
        ),
        (
            "resource has kind && resource.kind like \"let?er*\"",
            "`resource.kind` is never like \"let?er*\" (it is one of \"letter\", \"photo\")"
        ),
        ("resource.owner.location == \"SG\"", "`resource.owner.location` never is \"SG\" (it is a country)"),
        (
            "principal is User && principal == User::\"alise\"",
            "the directory has no User::\"alise\" (did you mean `User::\"alice\"`?)"
        ),
        ("resource == Doc::\"x\"", "the shelf has no Doc::\"x\" (it has none)"),
    ])
    func `what can never come up is an error, with what was meant`(condition: String, message: String) throws {
        let found = try about(condition)
        #expect(found.count == 1 && found[0].hasSuffix(": " + message), "\(found)")
        #expect(found[0].hasPrefix("error "))
    }

    @Test func `a value that one type has is possible wherever that type may come`() throws {
        #expect(try about("principal.location == \"SG\"") == [])
        #expect(
            try brief("forbid(principal is User, action, resource) when { principal.location == \"SG\" };").count == 1)
        #expect(
            try brief("forbid(principal, action, resource) when { resource.about.home == \"UK\" };", ValueDomains())
                == [])
    }

    @Test(arguments: [
        ("when { false }", "constantCondition"), ("unless { true }", "constantCondition"),
        ("when { 1 < 0 }", "constantCondition"), ("when { \"a\" like \"b*\" }", "constantCondition"),
        ("when { principal is Doc }", "constantCondition"),
        ("when { resource.size > 1 && false }", "constantCondition"),
        ("when { principal is User } when { principal is Robot }", "constantCondition"),
        ("when { if principal is User then 1 < 0 else true } when { principal is User }", "neverApplies"),
        ("when { 9223372036854775807 + 1 == 0 }", "neverApplies"),
    ])
    func `what never applies is an error in a forbid and a warning in a permit`(
        conditions: String, rule: String
    ) throws {
        func rules(_ effect: String) throws -> [String] {
            try findings("\(effect)(principal, action, resource)\n\(conditions);").map {
                "\($0.severity.rawValue) \($0.rule.rawValue)"
            }
        }
        #expect(try rules("forbid") == ["error \(rule)"])
        #expect(try rules("permit") == ["warning \(rule)"])
    }

    @Test(arguments: [
        "when { true }", "unless { false }", "when { 1 < 2 }", "when { principal is User || principal is Robot }",
    ])
    func `a condition that makes no difference is a warning`(conditions: String) throws {
        #expect(
            try brief("forbid(principal, action, resource) \(conditions);").map { $0.prefix(25) } == [
                "warning constantCondition"
            ])
    }

    @Test func `a permit that a forbid covers wholly is a warning`() throws {
        let forbid =
            "forbid(principal in Team::\"ops\", action, resource) unless { resource.size > 1 || resource has kind };\n"
        let shadowed = ["warning shadowed 2:1"]
        func with(_ permit: String) throws -> [String] { try brief(forbid + permit) }
        #expect(
            try with(
                "permit(principal in Team::\"ops\", action, resource) when { !(resource has kind) && resource.size <= 1 };"
            ) == [])
        #expect(
            try with(
                """
                permit(principal in Team::"ops", action == Action::"read", resource)
                when { !(resource has kind) && !(resource.size > 1) && principal.location == "US" };
                """) == shadowed)
        #expect(
            try with("permit(principal, action, resource) when { !(resource has kind) && !(resource.size > 1) };") == []
        )
        #expect(try with("permit(principal in Team::\"ops\", action, resource) when { !(resource has kind) };") == [])
        #expect(
            try brief(
                """
                forbid(principal, action, resource) when { principal is User || resource.size == 1 };
                permit(principal == User::"alice", action, resource);
                permit(principal is Robot, action, resource) when { resource.size == 1 };
                permit(principal, action, resource);
                """) == ["warning shadowed 2:1", "warning shadowed 3:1"])
        #expect(
            try brief(
                """
                forbid(principal, action == Action::"read", resource);
                permit(principal, action, resource);
                permit(principal, action == Action::"read", resource);
                """) == ["warning shadowed 3:1"])
    }

    @Test func `a template that nothing links is a warning`() throws {
        let text = "permit(principal == ?principal, action, resource);"
        #expect(try brief(text) == ["warning unlinkedTemplate 1:1"])
        var policies = try PolicySet(parsing: text, fileName: "a")
        try policies.link(template: "policy0", as: "l", values: [.principal: EntityUID(type: "User", id: "alice")])
        let schema = try Schema(parsing: Self.schema, fileName: "schema")
        #expect(PolicyReview(schema, domains: Self.domains).review(policies).isEmpty)
    }

    @Test func `names of a policy are found wherever they stand`() throws {
        let policies = try PolicySet(
            parsing: """
                permit(principal in A::"1", action in [Action::"r", Action::"w"], resource is R in B::"2");
                forbid(principal, action, resource == ?resource)
                when { if true then [C::"3"].contains(principal) else {a: D::"4"}.a == resource || principal is P in E::"5" };
                """, fileName: "a")
        #expect(
            policies.namedEntities.map(\.description).sorted() == [
                "A::\"1\"", "Action::\"r\"", "Action::\"w\"", "B::\"2\"", "C::\"3\"", "D::\"4\"", "E::\"5\"",
            ])
    }
}
