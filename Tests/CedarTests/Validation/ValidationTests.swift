import Cedar
import Foundation
import Testing

/// Strict validation of policies.
@Suite struct ValidationTests {
    static let text = """
        entity Group;
        entity User in [Group] { name: String, age: Long, manager?: User, home: { city: String, street?: String } }
            tags String;
        entity Color enum ["red", "green"];
        entity Doc { owner: User, color: Color, size?: Long };
        action all;
        action view, edit in [all] appliesTo {
            principal: [User, Group], resource: Doc, context: { from: ipaddr, reason?: String }
        };
        """

    private func report(_ policies: String, _ schema: String = text) throws -> ValidationReport {
        try PolicySet(parsing: policies, fileName: "a.cedar").validate(
            against: Schema(parsing: schema, fileName: "schema"))
    }

    private func errors(when condition: String, _ scope: String = "principal is User, action, resource") throws
        -> [String]
    {
        try report("permit(\(scope)) when { \(condition) };").errors.map(\.description)
    }

    // MARK: The official engine's answers

    private func verdict(_ policies: String, _ schema: Schema) -> Bool? {
        (try? PolicySet(parsing: policies, fileName: "a.cedar"))?.validate(against: schema).isValid
    }

    @Test func `the official corpus gets the official verdicts`() throws {
        let path = ProcessInfo.processInfo.environment["CEDAR_CORPUS"]
        let corpus =
            try path.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? Fixture.text("validation-corpus.jsonl")
        var count = 0
        for item in try Fixture.cases(corpus) {
            let policy = try #require(item["policy"]?.string?.text)
            let schema = try Schema(parsing: #require(item["schema"]?.string?.text), fileName: "schema")
            guard let isValid = (item["isValid"] ?? item["shouldValidate"])?.bool else { continue }
            #expect(verdict(policy, schema) == isValid, "\(item["id"]?.string?.text ?? ""): \(policy)")
            count += 1
        }
        #expect(count > 200)
    }

    @Test func `drawn policies get the official verdicts`() throws {
        let fixture = try Fixture.json("validation-drawn.json")
        let schemas = try #require(fixture["schemas"]?.elements).map {
            try Schema(parsing: #require($0.string?.text), fileName: "schema")
        }
        let cases = try #require(fixture["cases"]?.elements)
        #expect(cases.count > 300)
        for item in cases {
            guard let schema = item["schema"]?.integer, let isValid = item["isValid"]?.bool else { continue }
            let policy = try #require(item["policy"]?.string?.text)
            #expect(verdict(policy, schemas[Int(schema)]) == isValid, "\(policy)")
        }
    }

    @Test func `each policy of the validator's own cases gets the official verdict`() throws {
        for item in try Fixture.cases(Fixture.text("validate-testdata.jsonl")) {
            let schema = try Schema(parsing: #require(item["schema"]?.string?.text), fileName: "schema")
            let report = try PolicySet(parsing: #require(item["policies"]?.string?.text), fileName: "a.cedar")
                .validate(against: schema)
            for verdict in item["valid"]?.members ?? [] {
                guard let isValid = verdict.value.bool else { continue }
                let errors = report.errors.filter { $0.policy.text == verdict.key }
                #expect(errors.isEmpty == isValid, "\(item["name"]?.string?.text ?? "") \(verdict.key): \(errors)")
            }
        }
    }

    // MARK: Diagnostics

    @Test func `errors say where, what, and what may be meant`() throws {
        #expect(
            try errors(when: "principal.nme == \"x\" && principal.age > \"x\"") == [
                "a.cedar:1:52: `User` has no attribute \"nme\" (did you mean `name`?)",
                "a.cedar:1:92: Long is expected, but this is String",
            ])
        #expect(
            try errors(when: "principal.manager.name == \"x\"") == [
                "a.cedar:1:52: the attribute \"manager\" of `User` is optional, and may not be there (test `principal has manager` first)"
            ])
        #expect(
            try errors(when: "principal.home.street == \"x\"") == [
                "a.cedar:1:52: the attribute \"street\" of `principal.home` is optional, and may not be there (test `principal.home has street` first)"
            ])
        #expect(
            try errors(when: "principal.getTag(\"k\") == \"x\"") == [
                "a.cedar:1:52: the tag may not be there (test `principal.hasTag(\"k\")` first)"
            ])
        #expect(
            try errors(when: "context.form.isIpv4()") == [
                "a.cedar:1:52: the context of Action::\"edit\" has no attribute \"form\" (did you mean `from`?)",
                "a.cedar:1:52: the context of Action::\"view\" has no attribute \"form\" (did you mean `from`?)",
            ])
        #expect(
            try errors(when: "resource.color == Color::\"rad\" || principal in Grup::\"g\"") == [
                "a.cedar:1:70: the enumerated type `Color` has no entity \"rad\" (did you mean `\"red\"`?)",
                "a.cedar:1:99: the schema has no entity type `Grup` (did you mean `Group`?)",
            ])
        #expect(
            try errors(when: "[1, \"a\"].contains(1) || [] == [1]") == [
                "a.cedar:1:52: the elements of a set are of types that do not go together, Long and String",
                "a.cedar:1:76: the empty set has no type (use `isEmpty()` to test for it)",
            ])
        #expect(
            try errors(when: "ip(principal.name).isIpv4() && ip(\"x\").isIpv4()") == [
                "a.cedar:1:55: the argument of `ip` is not a string that is written out (let the attribute have the type ipaddr in the schema)",
                "a.cedar:1:86: ip(\"x\"): this is neither an IPv4 nor an IPv6 address",
            ])
        #expect(
            try errors(when: "true", "principal == Group::\"g\", action == Action::\"veiw\", resource") == [
                "a.cedar:1:1: no action applies to the principal and resource of the scope",
                "a.cedar:1:40: the schema has no action Action::\"veiw\" (did you mean `Action::\"view\"`?)",
            ])
    }

    @Test func `what is wrong for several sorts of request is said once`() throws {
        #expect(try errors(when: "principal.name + 1 == 1", "principal, action, resource").count == 2)
    }

    @Test func `an error names its policy, by its @id too`() throws {
        let report = try report(
            "@id(\"first\") permit(principal, action, resource); permit(principal is User, action, resource) when { 1 };"
        )
        #expect(report.errors.map(\.policy) == ["policy1"])
    }

    // MARK: Warnings

    @Test func `a policy that no request can satisfy is a warning`() throws {
        let report = try report("forbid(principal, action, resource) when { principal is Doc };")
        #expect(report.isValid)
        #expect(
            report.warnings.map(\.description) == ["a.cedar:1:1: the policy is impossible: no request can satisfy it"])
    }

    @Test func `a test for an attribute that nothing has is a warning`() throws {
        let report = try report(
            "forbid(principal is User, action, resource) when { principal has nmae || principal.age > 1 };")
        #expect(report.isValid)
        #expect(
            report.warnings.map(\.description) == [
                "a.cedar:1:52: the test is always false: `User` has no attribute \"nmae\" (did you mean `name`?)"
            ])
        // Groups have no age, users do.
        #expect(try self.report("forbid(principal, action, resource) when { principal has age };").warnings.isEmpty)
    }

    // MARK: One sort of request

    @Test func `a policy can be checked for one sort of request`() throws {
        let validator = Validator(try Schema(parsing: Self.text, fileName: "schema"))
        let policies = try PolicySet(
            parsing: """
                permit(principal, action == Action::"view", resource)
                when { principal is User } when { principal.age > 1 } unless { false };
                """, fileName: "a.cedar")
        let checks = validator.schema.requestEnvironments.map { environment in
            let check = validator.check(policies.policies[0], in: environment)
            return "\(environment.principal) \(environment.action.id): \(check.mayApply) \(check.conditions)"
        }
        let never = "[nil, nil, nil]"
        #expect(
            checks == [
                "User edit: false \(never)", "Group edit: false \(never)",
                "User view: true [Optional(Bool), Optional(Bool), Optional(Bool)]",
                "Group view: false [Optional(Bool), nil, nil]",
            ])
    }

    @Test func `templates are validated for whatever their slots may be`() throws {
        #expect(try report("permit(principal in ?principal, action, resource == ?resource);").isValid)
        #expect(
            try report("permit(principal == ?principal, action, resource) when { principal.age > 1 };").errors.count
                == 1)
    }

    @Test func `long conditions take time in proportion`() throws {
        let tests = (0..<4_000).map { "principal.hasTag(\"k\($0)\")" }
        let uses = (0..<4_000).map { "principal.getTag(\"k\($0)\") == \"\"" }
        let start = ContinuousClock.now
        #expect(try errors(when: (tests + uses).joined(separator: " && ")).isEmpty)
        let time = start.duration(to: .now)
        #expect(time < .seconds(20))
    }
}
