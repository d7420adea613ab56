import Cedar
import CedarSQL
import TestSupport

/// The table of the operator tests: each type of column once required and once optional.
enum TestModel {
    static let mappingText = """
        {"Row": {"table": "rows", "id": "id", "attributes": {
        "name": {"sql": "name", "type": "text", "nullable": false},
        "alias": {"sql": "alias", "type": "text", "nullable": true},
        "n": {"sql": "n", "type": "long", "nullable": false},
        "m": {"sql": "m", "type": "long", "nullable": true},
        "flag": {"sql": "flag", "type": "bool", "nullable": false},
        "mark": {"sql": "mark", "type": "bool", "nullable": true},
        "at": {"sql": "at", "type": "timestamptz", "nullable": false},
        "until": {"sql": "until", "type": "timestamptz", "nullable": true},
        "lasts": {"sql": "lasts", "type": "long", "nullable": false},
        "wait": {"sql": "wait", "type": "long", "nullable": true},
        "price": {"sql": "price", "type": "numeric", "nullable": false},
        "rebate": {"sql": "rebate", "type": "numeric", "nullable": true},
        "from": {"sql": "\\"from\\"", "type": "inet", "nullable": false},
        "via": {"sql": "via", "type": "inet", "nullable": true},
        "labels": {"sql": "labels", "type": "text[]", "nullable": false, "nullElements": false},
        "hints": {"sql": "hints", "type": "text[]", "nullable": true},
        "counts": {"sql": "counts", "type": "long[]", "nullable": false, "nullElements": false},
        "owner": {"sql": "owner", "type": "entity:User", "nullable": false},
        "editor": {"sql": "editor", "type": "entity:User", "nullable": true},
        "readers": {"sql": "readers", "type": "entity:User[]", "nullable": false, "nullElements": false},
        "team": {"sql": "team", "type": "entity:Team", "nullable": false},
        "other": {"sql": "other", "type": "entity:Other", "nullable": false},
        "subject.home": {"sql": "s_home", "type": "text", "nullable": false},
        "subject.id": {"sql": "s_id", "type": "text", "nullable": true},
        "extra": {"sql": "extra_id", "type": "record", "nullable": true},
        "extra.level": {"sql": "extra_level", "type": "long", "nullable": true},
        "owner.home": {"sql": "(SELECT home FROM users WHERE users.id COLLATE \\"C\\" = owner)", "type": "text", "nullable": true}
        }, "parents": {"Team": {"sql": "team_id", "type": "entity:Team", "nullable": true}}}}
        """

    static func schema() throws -> Schema { try Schema(parsing: PolicyGenerator.schema, fileName: "test.cedarschema") }

    static func mapping() throws -> RowMapping {
        try RowMapping(json: JSONValue(parsing: mappingText, fileName: "mapping.json"))
    }

    static let alice = EntityUID(type: "User", id: "alice")

    static func entities() throws -> Entities {
        func uid(_ type: EntityTypeName, _ id: CedarString) -> EntityUID { EntityUID(type: type, id: id) }
        return try Entities([
            Entity(
                uid: alice,
                attributes: ["clearance": 3, "home": "DE", "tags": ["a", "b"]], parents: [uid("Team", "red")]),
            Entity(
                uid: uid("User", "bob"), attributes: ["clearance": 1, "home": "FR", "tags": []],
                parents: [uid("Team", "blue")]),
            Entity(uid: uid("Team", "red"), attributes: ["name": "red"], parents: [uid("Org", "acme")]),
            Entity(uid: uid("Team", "blue"), attributes: ["name": "blue"], parents: [uid("Org", "acme")]),
            Entity(uid: uid("Org", "acme")),
        ])
    }

    static func condition(_ policies: String) throws -> RowCondition {
        try RowCondition(
            policies: PolicySet(parsing: policies, fileName: "test.cedar"), schema: schema(), mapping: mapping(),
            principal: alice, action: EntityUID(type: "Action", id: "read"), resourceType: "Row",
            context: ["region": "EU"], entities: entities())
    }

    /// The condition of a single permit, without the `IS TRUE` around it.
    static func sql(_ expression: String) throws -> String {
        try condition("permit(principal, action, resource) when { \(expression) };").predicate.description
    }
}
