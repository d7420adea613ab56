import Cedar
import CedarSQL
import Testing

@Suite struct `What SQL cannot express` {
    private static func rejections(_ expression: String) -> [Rejection] {
        do {
            _ = try TestModel.sql(expression)
            return []
        } catch let error as RowConditionError {
            return error.rejections
        } catch {
            Issue.record(error)
            return []
        }
    }

    @Test(arguments: [
        ("resource.n + 1 > 0", "arithmetic"), ("-resource.n == 1", "arithmetic"), ("resource.n * 2 == 4", "arithmetic"),
        ("ip(resource.name).isIpv4()", "ip"), ("decimal(resource.name) == decimal(\"1.0\")", "decimal"),
        ("resource.at.offset(duration(\"1d\")) > resource.at", "offset"),
        ("{a: resource.n, b: resource.m}.a == 1", "attribute"), ("{a: resource.n} == {a: 1}", "record"),
        ("resource.subject == {home: \"x\"}", "record"),
        ("[resource.n, 1].contains(2)", "set"), ("resource.labels == [resource.name]", "set"),
        ("resource.hasTag(\"x\")", "hasTag"), ("resource.getTag(\"x\") == \"y\"", "getTag"),
        ("resource.owner.clearance == 1", "attribute"), ("resource.owner has nick", "attribute"),
        ("resource has typo", "attribute"), ("resource.typo == 1", "attribute"), ("principal has typo", "attribute"),
        ("context has typo", "attribute"),
        // What another row belongs to or has is not known, so it must not count as nothing.
        ("Row::\"other\" in Team::\"red\"", "in"), ("Row::\"other\" in [Team::\"red\", Team::\"blue\"]", "in"),
        ("Row::\"other\" in resource.team", "in"), ("Row::\"other\".flag", "attribute"),
        ("Row::\"other\" has alias", "has"), ("Row::\"other\".hasTag(\"x\")", "hasTag"),
        ("resource.owner in resource.team", "in"), ("resource.name == \"a\\0b\"", "constant"),
        ("[\"a\\0b\", \"c\"].contains(resource.name)", "constant"),
        ("resource.name == 1", "=="), ("resource.name && resource.flag", "operand"),
        ("(if resource.flag then resource else resource).n == 1", "attribute"),
    ])
    func `is rejected by name`(_ expression: String, _ construct: String) throws {
        let rejections = Self.rejections(expression)
        let first = try #require(rejections.first, "\(expression)")
        #expect(first.construct == construct)
        #expect(first.policy == "policy0")
        #expect(first.span?.line == 1)
    }

    @Test func `is reported with place, reason and remedy`() throws {
        #expect(
            Self.rejections("resource.flag && resource.n + 1 > 0").map(\.description) == [
                "test.cedar:1:61: policy \"policy0\": arithmetic: a number of the row can overflow, which PostgreSQL"
                    + " reports as an error (compare the attribute with a number, or map a column that has the result)"
            ])
    }

    @Test func `everything is reported at once`() {
        #expect(Self.rejections("resource.n + 1 > 0 || resource.hasTag(\"x\") || resource.typo == 1").count == 3)
    }

    @Test(.timeLimit(.minutes(1))) func `too much and too deep is rejected, not run out of stack`() {
        let wide = Array(repeating: "resource.m == 1", count: 3000).joined(separator: " || ")
        #expect(Self.rejections(wide).map(\.construct).contains("nesting"))
        let far = "resource has " + Array(repeating: "extra", count: 100_000).joined(separator: ".")
        #expect(Self.rejections(far + " && resource.flag").map(\.construct) == ["attribute"])
        let long = Array(repeating: "resource.n == 1", count: 12_000).joined(separator: " || ")
        #expect(Self.rejections(long).map(\.construct).contains("size"))
    }

    @Test(arguments: [
        ("principal.clearance + 1 > resource.n", ""), ("principal.home == resource.name", ""),
        ("context has level && context.level + 1 == resource.n", ""), ("principal.tags.contains(resource.name)", ""),
        ("principal in resource.readers", ""), ("resource.owner in principal", ""), ("principal in Team::\"red\"", ""),
        ("principal has boss && principal.boss.clearance == 1", ""), ("resource in Team::\"red\"", ""),
        ("resource.m == 1", "validation"), ("resource.n + principal.clearance > 0", "arithmetic"),
        ("principal.typo == 1", "validation"), ("principal has typo", "attribute"),
        ("principal.tags == [resource.name]", "set"), ("resource.owner.clearance == principal.clearance", "attribute"),
        ("principal.clearance > 5 && resource.hasTag(\"x\")", "hasTag"),
        ("principal has boss && principal.boss in resource.team && resource.name == context.region", ""),
    ])
    func `is found without a request`(_ expression: String, _ construct: String) throws {
        let policies = try PolicySet(
            parsing: "permit(principal, action, resource) when { \(expression) };", fileName: "test.cedar")
        let rejections = RowCondition.rejections(
            policies: policies, schema: try TestModel.schema(), mapping: try TestModel.mapping())
        #expect(rejections.map(\.construct) == (construct.isEmpty ? [] : [construct]), "\(rejections)")
    }

    @Test func `a question that the schema does not allow is rejected`() throws {
        let policies = try PolicySet(parsing: "permit(principal, action, resource);", fileName: "test.cedar")
        for (action, type) in [("write", "Row"), ("read", "Team")] {
            #expect(throws: RowConditionError.self) {
                try RowCondition(
                    policies: policies, schema: TestModel.schema(), mapping: TestModel.mapping(),
                    principal: TestModel.alice, action: EntityUID(type: "Action", id: CedarString(action)),
                    resourceType: EntityTypeName(CedarString(type)), context: [:], entities: TestModel.entities())
            }
        }
    }
}
