import Cedar
import Foundation
import TestSupport
import Testing

/// Reading schemas, as text and as JSON.
@Suite struct SchemaTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let schema: String
        let isValid: Bool

        var testDescription: String { schema }
    }

    static let cases: [Case] = {
        let fixture = try? Fixture.json("schemas.json")
        return (fixture?.elements ?? []).compactMap { item in
            guard let schema = item["schema"]?.string?.text, let isValid = item["isValid"]?.bool else { return nil }
            return Case(schema: schema, isValid: isValid)
        }
    }()

    static func schema(_ text: String) throws(SchemaError) -> Schema {
        text.hasPrefix("{\"")
            ? try Schema(json: text, fileName: "schema.json")
            : try Schema(parsing: text, fileName: "schema.cedarschema")
    }

    /// The diagnostics, one a line.
    static func problems(_ text: String) -> [String] {
        do throws(SchemaError) {
            _ = try schema(text)
            return []
        } catch {
            return error.diagnostics.map(\.description)
        }
    }

    @Test func `the fixture is read whole`() { #expect(Self.cases.count > 230) }

    @Test(arguments: cases)
    func `agrees with the official engine`(_ item: Case) {
        let problems = Self.problems(item.schema)
        #expect(problems.isEmpty == item.isValid, "\(problems)")
    }

    @Test func `text and JSON make the same schema`() throws {
        let text = try Self.schema(
            """
            type Tag = String;
            entity Top;
            namespace App {
                type Size = { width: Long, height?: __cedar::Long };
                entity User in [Team, Top] { name: String, size: Size, "of age": Bool, friends: Set<User> } tags Tag;
                entity Team;
                entity Color enum ["red", "green"];
                action all;
                action "see it" in [all] appliesTo {
                    principal: User, resource: [Team, Color], context: { from: ipaddr, color?: Color }
                };
            }
            """)
        let json = try Self.schema(
            """
            {"": {"commonTypes": {"Tag": {"type": "String"}}, "entityTypes": {"Top": {}}, "actions": {}},
             "App": {
              "commonTypes": {"Size": {"type": "Record", "attributes": {
                "width": {"type": "Long"}, "height": {"type": "Long", "required": false}}}},
              "entityTypes": {
               "User": {"memberOfTypes": ["Team", "Top"], "tags": {"type": "Tag"}, "shape": {"type": "Record", "attributes": {
                "name": {"type": "EntityOrCommon", "name": "String"}, "size": {"type": "Size"}, "of age": {"type": "Boolean"},
                "friends": {"type": "Set", "element": {"type": "Entity", "name": "App::User"}}}}},
               "Team": {"annotations": {"doc": "people"}}, "Color": {"enum": ["red", "green"]}},
              "actions": {
               "all": {},
               "see it": {"memberOf": [{"id": "all"}], "appliesTo": {
                "principalTypes": ["User"], "resourceTypes": ["Team", "Color"], "context": {"type": "Record", "attributes": {
                 "from": {"type": "Extension", "name": "ipaddr"},
                 "color": {"type": "EntityOrCommon", "name": "Color", "required": false}}}}}}}}
            """)
        #expect(text.entityTypes == json.entityTypes)
        #expect(text.actions == json.actions)
        let user = try #require(text.entityTypes["App::User"])
        #expect(
            user.attributes["size"]?.type
                == .record(RecordType(["width": .init(.long), "height": .init(.long, isRequired: false)])))
        #expect(user.tags == .string)
    }

    @Test func `several errors are found in one run, each at its place`() {
        #expect(
            Self.problems(
                """
                entity User in Grop { name: Strng };
                entity Group { };
                entity Group;
                type Loop = Set<Loop>;
                action view appliesTo { principal: Usr, resource: Group, context: Long };
                """) == [
                    "schema.cedarschema:1:16: `Grop` is not declared as an entity type (did you mean `Group`?)",
                    "schema.cedarschema:1:29: `Strng` is not declared as a type (did you mean `String`?)",
                    "schema.cedarschema:3:8: the entity type `Group` is declared twice (keep one of the two)",
                    "schema.cedarschema:4:17: the type `Loop` contains itself",
                    "schema.cedarschema:5:36: `Usr` is not declared as an entity type (did you mean `User`?)",
                    "schema.cedarschema:5:67: a context is a record, not another type",
                ])
        #expect(
            Self.problems("entity A { x Long };\nentty B;\nentity C { y: Long };\naction if;") == [
                "schema.cedarschema:1:14: found `Long` where `:` after the attribute's name is expected",
                "schema.cedarschema:2:1: `entty` begins no declaration (did you mean `entity`?)",
                "schema.cedarschema:4:8: `if` is a reserved word (write it in double quotes, \"if\")",
            ])
    }

    @Test func `a missing semicolon is one error`() {
        #expect(
            Self.problems("namespace A { entity U; entity V }\nnamespace B { entity W; type T = X; }") == [
                "schema.cedarschema:1:34: found `}` where `;` at the end of the declaration is expected"
            ])
    }

    @Test func `an attribute declared twice is refused`() {
        #expect(
            Self.problems("entity U { a: Long, \"a\": String };") == [
                "schema.cedarschema:1:21: the attribute \"a\" is declared twice (keep one of the two)"
            ])
    }

    @Test func `hierarchies go through any number of levels`() throws {
        let schema = try Self.schema(
            """
            entity A in [A]; entity B in A; entity C in B;
            action x in y appliesTo { principal: [B, C], resource: A }; action y in z; action z;
            """)
        func action(_ id: CedarString) -> EntityUID { EntityUID(type: "Action", id: id) }
        #expect(schema.descendants(of: EntityTypeName("A")) == ["A", "B", "C"])
        #expect(schema.ancestors(of: EntityTypeName("C")) == ["A", "B"])
        #expect(schema.mayBeIn("C", "A"))
        #expect(!schema.mayBeIn("A", "C"))
        #expect(schema.descendants(of: action("z")) == [action("x"), action("y")])
        #expect(schema.ancestors(of: action("x")) == [action("y"), action("z")])
        #expect(
            schema.requestEnvironments.map { "\($0.principal) \($0.action) \($0.resource)" } == [
                "B Action::\"x\" A", "C Action::\"x\" A",
            ])
        #expect(schema.actionEntities.map(\.uid) == [action("x"), action("y"), action("z")])
    }

    @Test func `types that double with every line are refused`() {
        let lines = (1...40).map { "type T\($0) = { a: T\($0 - 1), b: T\($0 - 1) };" }
        let problems = Self.problems("type T0 = Long;\n" + lines.joined(separator: "\n"))
        #expect(problems.first?.contains("too large with its common types expanded") == true, "\(problems)")
    }

    @Test func `long chains and deep types are no danger`() {
        let chain = (1...20_000).map { "type T\($0) = T\($0 - 1);" }.reversed().joined(separator: "\n")
        #expect(Self.problems("type T0 = Long; entity U { t: T20000 };\n" + chain).isEmpty)
        let actions = (1...4_000).map { "action a\($0) in a\($0 - 1);" }.joined(separator: "\n")
        #expect(Self.problems("action a0;\n" + actions).isEmpty)
        let many = (0...16_384).map { "entity U\($0);" }.joined(separator: "\n")
        #expect(Self.problems(many).first?.contains("more than 16384 entity types") == true)
        for depth in [65, 100_000] {
            let deep = String(repeating: "Set<", count: depth) + "Long" + String(repeating: ">", count: depth)
            #expect(Self.problems("type T = \(deep);").first?.contains("deeper than 64 levels") == true)
        }
        let nested = (1...80).map { "type T\($0) = Set<T\($0 - 1)>;" }.joined(separator: "\n")
        #expect(Self.problems("type T0 = Long;\n" + nested).first?.contains("deeper than 64 levels") == true)
    }

    @Test func `damaged schemas are refused or read, and nothing else`() {
        var random = SeededGenerator(seed: 12)
        for item in Self.cases {
            for _ in 0..<4 {
                var bytes = Array(item.schema.utf8)
                guard !bytes.isEmpty else { continue }
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let position = Int.random(in: bytes.indices, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[position] = Array("{}[]<>,;:?@\"\\ aZ0=".utf8).randomElement(using: &random) ?? 0
                    case 1: bytes.insert(bytes[bytes.count - 1 - position], at: position)
                    default: bytes.removeSubrange(position..<min(position + 3, bytes.count))
                    }
                    if bytes.isEmpty { break }
                }
                _ = Self.problems(String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
