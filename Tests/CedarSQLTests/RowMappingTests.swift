import Cedar
import CedarSQL
import TestSupport
import Testing

@Suite struct `Mappings of rows` {
    private static func mapping(_ json: String) throws -> RowMapping {
        try RowMapping(json: JSONValue(parsing: json, fileName: "mapping.json"))
    }

    private static func column(_ type: String) -> String {
        #"{"Row": {"table": "t", "id": "id", "attributes": {"a": {"sql": "a", "type": "\#(type)", "nullable": true}}}}"#
    }

    @Test func `are read from JSON`() throws {
        let mapping = try Self.mapping(
            #"{"N::Row": {"table": "t", "id": "id::text", "attributes": {"a.b": {"sql": "a", "type": "entity:N::User[]", "nullable": true}, "\"c.d\".e": {"sql": "lower(x)", "type": "text[]", "nullable": false, "nullElements": false}}}}"#
        )
        let table = try #require(mapping.tables["N::Row"])
        #expect(table.table == "t" && table.id == "id::text")
        #expect(
            table.attributes[["a", "b"]]
                == ColumnMapping(sql: "a", type: .entityArray("N::User"), isNullable: true))
        #expect(
            table.attributes[["c.d", "e"]]
                == ColumnMapping(sql: "lower(x)", type: .textArray, isNullable: false, hasNullElements: false))
    }

    @Test(arguments: [
        ("[]", ": this is no object"), ("{\"a b\": {}}", "a b: \"a b\" is no name of an entity type"),
        ("{\"Row\": {\"id\": \"id\"}}", "Row: the key \"table\" is missing"),
        ("{\"Row\": {\"table\": \"t\", \"id\": \"id\", \"attribute\": {}}}", "Row.attribute: there is no such key"),
        ("{\"Row\": {\"table\": \"t\", \"table\": \"u\", \"id\": \"id\"}}", "Row.table: this key occurs twice"),
        ("{\"Row\": {\"table\": \"\", \"id\": \"id\"}}", "Row.table: this is no text"),
    ])
    func `say what is wrong with them`(_ json: String, _ message: String) throws {
        let error = #expect(throws: RowMappingError.self) { try Self.mapping(json) }
        #expect(error.map { "\($0.place): \($0.message)" } == message)
    }

    @Test(arguments: [
        "citext", "char(2)", "character(2)", "timestamp", "interval", "float8", "real", "double precision", "cidr",
        "uuid", "json", "entity:", "entity:a b", "text[][]",
    ])
    func `take no type whose values are not Cedar's`(_ type: String) {
        #expect(throws: RowMappingError.self) { try Self.mapping(Self.column(type)) }
    }

    @Test(arguments: [
        (#""n": {"sql": "n", "type": "long", "nullable": true}"#, "the column may be NULL, but the schema requires"),
        (#""m": {"sql": "m", "type": "long", "nullable": false}"#, "the schema has the attribute optional"),
        (#""n": {"sql": "n", "type": "text", "nullable": false}"#, "a column of type text cannot hold"),
        (#""owner": {"sql": "o", "type": "entity:Team", "nullable": false}"#, "a column of type entity:Team cannot"),
        (#""typo": {"sql": "n", "type": "long", "nullable": false}"#, "the schema declares no attribute"),
        (#""n.x": {"sql": "n", "type": "long", "nullable": false}"#, "\"n\" has no attributes"),
        (#""extra.level": {"sql": "n", "type": "long", "nullable": false}"#, "the schema has the attribute optional"),
        (#""editor.home": {"sql": "n", "type": "text", "nullable": false}"#, "the schema has the attribute optional"),
    ])
    func `must agree with the schema`(_ attribute: String, _ message: String) throws {
        let mapping = try Self.mapping(
            "{\"Row\": {\"table\": \"t\", \"id\": \"id\", \"attributes\": {\(attribute)}}}")
        let error = #expect(throws: RowConditionError.self) {
            try RowCondition(
                policies: PolicySet(), schema: TestModel.schema(), mapping: mapping, principal: TestModel.alice,
                action: EntityUID(type: "Action", id: "read"), resourceType: "Row", context: ["region": "EU"],
                entities: TestModel.entities())
        }
        #expect(error?.rejections.count == 1)
        #expect(error?.rejections.first?.reason.contains(message) == true, "\(String(describing: error))")
    }
}
