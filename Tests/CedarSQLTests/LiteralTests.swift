import Cedar
import CedarSQL
import Testing

@Suite struct `Constants in SQL` {
    @Test(arguments: [
        ("", "''"), ("it's", "'it''s'"), ("\\", #"E'\\'"#), ("\\'", #"E'\\'''"#), ("' OR TRUE --", "''' OR TRUE --'"),
        ("\\' OR TRUE --", #"E'\\'' OR TRUE --'"#), ("a\nb", "'a\nb'"), ("$1", "'$1'"), ("e\u{301}", "'e\u{301}'"),
    ])
    func `are quoted so that no setting changes them`(_ text: String, _ literal: String) {
        #expect(SQLValue.text(CedarString(text)).literal == literal)
    }

    @Test func `have a type each`() throws {
        #expect(SQLValue.bigint(.min).literal == "'-9223372036854775808'::bigint")
        #expect(SQLValue.bigint(-1).literal == "(-1)")
        #expect(SQLValue.numeric(CedarDecimal(tenThousandths: -1)).literal == "(-0.0001)")
        #expect(SQLValue.array([], of: .text).literal == "ARRAY[]::text[]")
        #expect(SQLValue.array([.bigint(1), .bigint(-1)], of: .bigint).literal == "ARRAY[1, (-1)]::bigint[]")
        #expect(SQLValue.array([.text("a\"\\"), .text("NULL")], of: .text).parameterText == #"{"a\"\\","NULL"}"#)
    }

    @Test func `are parameters if so wished`() throws {
        let predicate = try TestModel.condition(
            #"permit(principal, action, resource) when { resource.name == "it's" && ["x", "y"].contains(resource.name) && resource.n > -5 && resource.name like "a*" && resource.flag == false };"#
        ).predicate
        let sql = predicate.text(.parameters(from: 3))
        #expect(
            sql.text == #"(name COLLATE "C" = $3::text AND name COLLATE "C" = ANY ($4::text[]) AND n > $5::bigint"#
                + #" AND name COLLATE "C" LIKE $6::text AND NOT flag) IS TRUE"#)
        #expect(sql.parameters.map(\.parameterText) == ["it's", #"{"x","y"}"#, "-5", "a%"])
    }
}
