import Cedar
import Foundation
import Testing

/// Entities and requests against a schema.
@Suite struct ConformanceTests {
    private static let schemaText = """
        entity Group;
        entity Team in [Group];
        entity User in [Team] { name: String, born?: datetime, home: { city: String }, roles: Set<Color> } tags Long;
        entity Color enum ["red", "green"];
        action all;
        action view in all appliesTo { principal: User, resource: [Group, Color], context: { score: decimal } };
        """

    private let schema: Schema
    private let user = EntityUID(type: "User", id: "a")

    init() throws { schema = try Schema(parsing: Self.schemaText, fileName: "schema") }

    private func problem(
        _ attributes: ValueRecord, parents: [EntityUID] = [], tags: ValueRecord = [:]
    ) throws -> String? {
        let entities = try Entities([
            Entity(uid: user, attributes: attributes, parents: parents, tags: tags),
            Entity(uid: EntityUID(type: "Team", id: "t"), parents: [EntityUID(type: "Group", id: "g")]),
        ])
        return schema.validate(entities).first?.description
    }

    private var whole: [CedarString: Value] { ["name": "A", "home": ["city": "B"], "roles": []] }

    private func changed(_ key: CedarString, _ value: Value?) -> ValueRecord {
        var fields = whole
        fields[key] = value
        return ValueRecord(fields)
    }

    @Test func `the validator's own cases get the official verdicts`() throws {
        for item in try Fixture.cases(Fixture.text("validate-testdata.jsonl")) {
            let name = item["name"]?.string?.text ?? ""
            let schema = try Schema(parsing: #require(item["schema"]?.string?.text), fileName: "schema")
            for json in item["requests"]?.elements ?? [] {
                // Without the schema: what is no request at all is refused before it comes to it.
                guard let isValid = json["isValid"]?.bool,
                    let request = try? Request(json: json.requestText, fileName: name)
                else { continue }
                #expect(((try? schema.validate(request)) != nil) == isValid, "\(name): \(request)")
            }
            let entities = (item["entities"]?.elements ?? []).flatMap { json in
                (try? Entities(json: "[\(json)]", fileName: name))?.all ?? []
            }
            let store = try Entities(entities)
            let wrong = item.names("wrongEntities")
            for entity in entities {
                let isRight = (try? schema.validate(entity, ancestors: store.ancestors(of: entity.uid))) != nil
                #expect(isRight != wrong.contains("\(entity.uid.type)::\(entity.uid.id)"), "\(name): \(entity.uid)")
            }
        }
    }

    @Test func `an entity as declared is accepted`() throws {
        #expect(try problem(ValueRecord(whole), parents: [EntityUID(type: "Team", id: "t")], tags: ["k": 1]) == nil)
        #expect(
            try problem(changed("roles", [.entity(EntityUID(type: "Color", id: "red"))])) == nil)
    }

    @Test func `an entity that is not as declared is refused with the reason`() throws {
        #expect(try problem(changed("name", nil)) == "User::\"a\" lacks the attribute \"name\"")
        #expect(
            try problem(changed("name", 1))
                == "the attribute \"name\" of User::\"a\" is a Long, but its type in the schema is String")
        #expect(
            try problem(changed("bron", "x"))
                == "User::\"a\" has an attribute \"bron\", which the schema does not declare: did you mean `born`?")
        #expect(
            try problem(changed("home", ["city": true]))
                == "the attribute \"city\" of the attribute \"home\" of User::\"a\" is a Bool, but its type in the schema is String"
        )
        #expect(
            try problem(changed("roles", [.entity(EntityUID(type: "Color", id: "blue"))]))
                == "an element of the attribute \"roles\" of User::\"a\" is Color::\"blue\", but the enumerated type `Color` has no such entity"
        )
        #expect(
            try problem(ValueRecord(whole), parents: [EntityUID(type: "Color", id: "red")])
                == "User::\"a\" is in Color::\"red\", but `User` is in no `Color` by the schema")
        #expect(
            try problem(ValueRecord(whole), tags: ["k": "v"])
                == "the tag \"k\" of User::\"a\" is a String, but its type in the schema is Long")
    }

    @Test func `actions are as the schema declares them or not there`() throws {
        #expect(schema.validate(try Entities(schema.actionEntities)).isEmpty)
        let view = EntityUID(type: "Action", id: "view")
        #expect(schema.validate(try Entities([Entity(uid: view)])).count == 1)
        #expect(
            schema.validate(try Entities([Entity(uid: EntityUID(type: "Action", id: "vew"))])).map(\.description) == [
                "the schema has no action Action::\"vew\" (did you mean `Action::\"view\"`?)"
            ])
    }

    private func refusal(
        _ principal: EntityUID, _ action: CedarString, _ resource: EntityUID, _ context: ValueRecord
    ) -> String? {
        let uid = EntityUID(type: "Action", id: action)
        do throws(RequestError) {
            try schema.validate(Request(principal: principal, action: uid, resource: resource, context: context))
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `requests are of a sort that the schema has`() throws {
        let group = EntityUID(type: "Group", id: "g")
        let score = ValueRecord(["score": .decimal(try CedarDecimal(parsing: "1.0"))])
        #expect(refusal(user, "view", group, score) == nil)
        #expect(
            refusal(user, "view", group, ["score": "1.0"])
                == "the attribute \"score\" of the context of Action::\"view\" is a String, but its type in the schema is decimal"
        )
        #expect(
            refusal(user, "veiw", group, score)
                == "the schema has no action Action::\"veiw\" (did you mean `Action::\"view\"`?)")
        #expect(
            refusal(group, "view", group, score)
                == "Action::\"view\" does not apply to a principal of type `Group` (its principals are of type `User`)")
        #expect(
            refusal(user, "all", group, [:])
                == "Action::\"all\" does not apply to a principal of type `User` (no request names this action)")
        #expect(
            refusal(user, "view", EntityUID(type: "Color", id: "x"), score)
                == "the resource is Color::\"x\", but the enumerated type `Color` has no such entity")
        #expect(
            refusal(EntityUID(type: "Usr", id: "a"), "view", group, score)
                == "the principal is of the type `Usr`, which the schema does not declare (did you mean `User`?)")
    }
}
