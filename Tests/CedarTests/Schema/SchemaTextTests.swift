import Cedar
import Testing

/// Writing schemas.
@Suite struct SchemaTextTests {
    /// Both written, and whether they are the same.
    private func expectSame(_ schema: Schema, _ name: String) throws {
        let text = schema.text
        let again = try Schema(parsing: text, fileName: "again")
        #expect(again.entityTypes == schema.entityTypes, "\(name)\n\(text)")
        #expect(again.actions == schema.actions, "\(name)\n\(text)")
    }

    @Test func `each schema of the corpus is the same when it is written and read again`() throws {
        var count = 0
        for item in SchemaTests.cases where item.isValid {
            try expectSame(SchemaTests.schema(item.schema), item.schema)
            count += 1
        }
        #expect(count > 80)
    }

    @Test func `a schema is written as a person would`() throws {
        let schema = Schema(
            entityTypes: [
                Schema.EntityType(name: "Group", enumeration: ["a", "b\""]),
                Schema.EntityType(
                    name: "User", parents: ["Group"],
                    attributes: RecordType([
                        "name": .init(.string), "if": .init(.set(.long), isRequired: false),
                        "home": .init(.record(RecordType(["city": .init(.string)]))),
                    ]), tags: .decimal),
            ],
            actions: [
                Schema.Action(uid: EntityUID(type: "Action", id: "all")),
                Schema.Action(
                    uid: EntityUID(type: "Action", id: "view"), parents: [EntityUID(type: "Action", id: "all")],
                    principals: ["User"], resources: ["User"]),
            ])
        #expect(
            schema.text == """
                entity Group enum ["a", "b\\""];
                entity User in [Group] {
                  home: { city: String },
                  "if"?: Set<Long>,
                  name: String,
                } tags decimal;
                action "all";
                action "view" in [Action::"all"] appliesTo {
                  principal: [User],
                  resource: [User],
                  context: {},
                };

                """)
        try expectSame(schema, "built")
    }

    @Test func `the language's own types keep their meaning where the schema declares others of their names`() throws {
        try expectSame(
            Schema(
                parsing: """
                    namespace N { entity String { a: __cedar::String, b: String }; action a appliesTo {
                        principal: [String], resource: [String, M::Doc], context: {} }; }
                    namespace M { entity Doc in [N::String]; action "b c" in [N::Action::"a"]; }
                    """, fileName: "schema"), "hidden")
    }
}
