import Cedar
import Testing

@testable import Ringfence

struct `Policy schema` {
    private func schema(_ live: LiveSchema? = nil) throws -> PolicySchema {
        let inputs = try Fixture.inputs()
        return PolicySchema(
            catalog: inputs.catalog, directory: inputs.directory,
            live: live.map { (store: inputs.store.name, schema: $0) })
    }

    @Test func `printed and read again it is the same`() throws {
        let schema = try schema()
        let again = try Schema(parsing: schema.text, fileName: "schema")
        #expect(again.entityTypes == schema.schema.entityTypes)
        #expect(again.actions == schema.schema.actions)
        #expect(schema.text.contains("entity Team enum [\"data-security\","))
        #expect(schema.text.contains("  category?: String,\n"))
    }

    @Test func `is one even of an empty directory`() throws {
        let inputs = try Fixture.inputs()
        let schema = PolicySchema(catalog: inputs.catalog, directory: Directory(teams: [], people: [], services: []))
        _ = try Schema(parsing: schema.text, fileName: "schema")
    }

    @Test func `everything that is put before Cedar is as it says`() throws {
        let inputs = try Fixture.inputs()
        let schema = try schema().schema
        for principal in inputs.directory.principals {
            let model = try CedarModel(principal: principal, store: inputs.store)
            #expect(schema.validate(model.entities) == [])
            for table in inputs.store.tables {
                for name in table.columns.map(\.name) + ["unnamed"] {
                    let column = model.column(table.facts(of: name), of: table.name, home: "US", key: "1", row: nil)
                    let ancestors = try #require(column.ancestors)
                    let entity = Entity(
                        uid: model.uid(of: name, table.name), attributes: try #require(column.attributes?.known),
                        parents: ancestors.filter { $0.type == CedarModel.table })
                    try schema.validate(entity, ancestors: ancestors)
                }
            }
        }
        #expect(schema.actions.values.allSatisfy { $0.context[("grants")]?.type == .set(.string) })
    }

    @Test func `knows the columns that only the database names`() throws {
        let id = CedarString("social.app.devices.attributes")
        #expect(try schema().domains.entities[CedarModel.column]?.identifiers.contains(id) == false)
        #expect(try schema(Fixture.socialLive).domains.entities[CedarModel.column]?.identifiers.contains(id) == true)
    }

    @Test func `takes a jurisdiction that ISO assigns or somebody uses`() throws {
        let path = ValueDomains.Path(CedarModel.person, "location")
        let values = try #require(try schema().domains.attributes[path]?.values)
        #expect(values.contains("BR") && !values.contains("UK"))
        let stranger = Directory(
            teams: [], people: [],
            services: [
                Service(name: "s", location: try #require(Jurisdiction(code: "XK")), teams: [], scramVerifier: "")
            ])
        let other = PolicySchema(catalog: try Fixture.inputs().catalog, directory: stranger)
        #expect(other.domains.attributes[path]?.values.contains("XK") == true)
        #expect(Set(Jurisdiction.assignedCodes).count == 249)
    }

    @Test(arguments: [
        "resource.subject.id == \"5\"", "\"5\" != resource.subject.id", "resource.subject.id like \"5*\"",
        "[\"5\", \"6\"].contains(resource.subject.id)", "principal.location == resource.subject.id",
        "principal.teams.contains(resource.subject.id)", "resource.subject.id == resource.subject.id",
        "if resource.subject.id == \"5\" then resource.subject.home == \"US\" else false",
        "resource.subject has id && resource.subject.id == \"5\"",
    ])
    func `takes what SQL can say of a key`(condition: String) throws {
        let found = try schema().review(Fixture.policies("permit (principal, action, resource) when { \(condition) };"))
        #expect(found.filter { $0.rule != .constantCondition }.map(\.description) == [])
    }

    @Test(arguments: [
        ("[resource.subject.id].containsAny([\"5\"])", "46", "resource.subject.id"),
        ("[resource.subject.id, \"1\"].contains(\"5\")", "46", "resource.subject.id"),
        ("resource.subject == {home: \"US\", id: \"5\"}", "45", "resource.subject"),
    ])
    func `refuses what SQL cannot say of a key, with its place`(condition: String, column: String, path: String) throws
    {
        let found = try schema().review(Fixture.policies("permit (principal, action, resource) when { \(condition) };"))
        #expect(
            found.map { "\($0.severity) \($0.diagnostic.span.column) \($0.diagnostic.message)" } == [
                "error \(column) SQL cannot express what this asks of `\(path)`"
            ])
    }
}
