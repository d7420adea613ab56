import Cedar
import CedarSQL
import Testing

@Suite struct `Policies together` {
    @Test(arguments: [
        ("", "FALSE"),
        ("permit(principal, action, resource);", "TRUE"),
        ("permit(principal, action, resource is User);", "FALSE"),
        ("permit(principal == User::\"bob\", action, resource);", "FALSE"),
        ("forbid(principal, action, resource) when { resource.flag };", "FALSE"),
        (
            "permit(principal, action, resource) when { resource.flag };\n"
                + "permit(principal, action, resource) when { resource.n == 1 };",
            "flag IS TRUE OR (n = 1) IS TRUE"
        ),
        (
            "permit(principal, action, resource);\nforbid(principal, action, resource) when { resource.flag };",
            "flag IS FALSE"
        ),
        (
            "permit(principal, action, resource) when { resource.flag };\n"
                + "permit(principal, action, resource) when { resource.n == 1 };\n"
                + "forbid(principal, action, resource) when { resource has alias };\n"
                + "forbid(principal, action, resource) unless { resource.m == 1 };",
            "(flag IS TRUE OR (n = 1) IS TRUE) AND alias IS NULL AND (m <> 1) IS FALSE"
        ),
    ])
    func `fail closed`(_ policies: String, _ sql: String) throws {
        #expect(try TestModel.condition(policies).predicate.description == sql)
    }

    @Test func `a forbid that fails hides every row`() throws {
        let policies = """
            permit(principal, action, resource);
            forbid(principal, action, resource) when { 9223372036854775807 + 1 == 0 };
            """
        #expect(try TestModel.condition(policies).predicate.constant == false)
    }

    @Test func `a permit that fails allows nothing`() throws {
        let policies =
            "permit(principal, action, resource) when { resource.flag && principal.clearance == -(principal.clearance * 9223372036854775807) };"
        #expect(try TestModel.condition(policies).predicate.constant == false)
    }

    /// Where `NULL OR TRUE` would let a row pass that Cedar denies.
    @Test(arguments: [
        ("permit", "resource.m == 1 || true", "CASE WHEN (m = 1) IS NOT NULL THEN TRUE END IS TRUE"),
        (
            "permit", "resource.m == 1 || resource.flag",
            "CASE (m = 1) WHEN TRUE THEN TRUE WHEN FALSE THEN flag END IS TRUE"
        ),
        (
            "permit", "!(resource.m == 1 && resource.flag)",
            "(NOT CASE (m = 1) WHEN TRUE THEN flag WHEN FALSE THEN FALSE END) IS TRUE"
        ),
        ("permit", "resource.m == 1 && resource.flag", "(m = 1 AND flag) IS TRUE"),
        (
            "forbid", "resource.m == 1 && resource.flag",
            "CASE (m = 1) WHEN TRUE THEN flag WHEN FALSE THEN FALSE END IS FALSE"
        ),
        ("forbid", "resource.m == 1 || resource.flag", "(m = 1 OR flag) IS FALSE"),
    ])
    func `what may fail is not absorbed`(_ effect: String, _ expression: String, _ sql: String) throws {
        let permit = effect == "forbid" ? "permit(principal, action, resource);\n" : ""
        let policies = "\(permit)\(effect)(principal, action, resource) when { \(expression) };"
        #expect(try TestModel.condition(policies).predicate.description == sql)
    }

    @Test func `a row with a value that Cedar has not is hidden from policies that look at it`() throws {
        let policies = """
            permit(principal, action, resource);
            forbid(principal, action, resource) when { resource.price == decimal("1.0") && resource.flag && false };
            """
        #expect(
            try TestModel.condition(policies).predicate.description
                == "price BETWEEN (-922337203685477.5808) AND 922337203685477.5807 AND min_scale(price) <= 4")
    }
}
