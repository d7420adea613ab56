import Cedar
import Testing

/// Entities and contexts from JSON without a schema.
@Suite struct EntityJSONTests {
    private static func user(_ attributes: String = "{}", _ rest: String = #","parents":[]"#) -> String {
        #"{"uid":{"type":"U","id":"a"},"attrs":\#(attributes)\#(rest)}"#
    }

    private static let ip = #"{"__extn":{"fn":"ip","arg":"1.1.1.1"}}"#

    /// What the official engine 4.12 takes.
    static let accepted = [
        user(), user() + "," + user(), user(#"{"x":{"__extn":{"fn":"isIpv4","arg":\#(ip)}}}"#),
        user(
            #"{"x":{"__extn":{"fn":"offset","args":[{"__extn":{"fn":"datetime","arg":"2024-01-01"}},"#
                + #"{"__extn":{"fn":"duration","arg":"1d"}}]}}}"#),
        user(#"{"x":{"__extn":{"fn":"ip","zz":["1"],"arg":"1.1.1.1"}}}"#),
        user(#"{"x":{"__extn":{"fn":"ip","arg":"1.1.1.1"},"y":1}}"#),
        user(#"{"x":{"__entity":{"type":"U","id":"b"},"y":1}}"#), user(#"{"__entity":{"type":"U","id":"b"}}"#),
        user(#"{"x":{"fn":"ip","arg":"1.1.1.1"}}"#), user(#"{"x":{"type":"U","id":"b"}}"#),
        user(#"{"x":-9223372036854775808}"#), user("{}", #","parents":[{"type":"G","id":"g"}]"#),
        user("{}", #","parents":[{"type":"G","id":"g"},{"type":"G","id":"g"}]"#),
        user("{}", #","parents":[],"tags":{"t":1}"#), user("{}", #","parents":[],"unknown":1"#),
        #"{"uid":{"__entity":{"type":"U","id":"a"}},"attrs":{},"parents":[]}"#,
        #"{"uid":{"__entity":{"type":"U","id":"a"},"x":1},"attrs":{},"parents":[]}"#,
        #"{"uid":{"type":"U","id":"a","x":1},"attrs":{},"parents":[]}"#,
        #"{"uid":{"type":"Action","id":"a"},"attrs":{"x":1},"parents":[]}"#,
    ]

    @Test(arguments: accepted) func `entities are read, and written so that they are read alike`(_ text: String) throws
    {
        let entities = try Entities(json: "[\(text)]", fileName: "e.json")
        #expect(entities.count == 1)
        let written = try entities.json()
        #expect(try Entities(json: written.description, fileName: "e.json").all == entities.all)
    }

    /// What the official engine 4.12 refuses.
    static let refused = [
        "{}", "1", user("{}", ""), #"{"uid":{"type":"U","id":"a"},"parents":[]}"#, user("[]"), user("null"),
        user("{}", #","parents":null"#), user("{}", #","parents":[],"tags":null"#), user("{}", #","parents":{}"#),
        #"{"uid":"U::\"a\"","attrs":{},"parents":[]}"#, #"{"uid":{"__expr":"U::\"a\""},"attrs":{},"parents":[]}"#,
        user(#"{"x":null}"#), user(#"{"x":1.0}"#), user(#"{"x":1e2}"#), user(#"{"x":9223372036854775808}"#),
        user(#"{"x":-0}"#), user(#"{"x":1,"x":1}"#), user(#"{"x":{"y":1,"y":1}}"#), user(#"{"x":[null]}"#),
        user(#"{"x":{"__extn":{"fn":"zz","arg":"1"}}}"#), user(#"{"x":{"__extn":{"fn":"ip","arg":"1"}}}"#),
        user(#"{"x":{"__extn":{"fn":"ip","args":[]}}}"#), user(#"{"x":{"__expr":"1"}}"#),
        user(#"{"x":{"__extn":{"fn":"offset","args":["2024-01-01","1d"]}}}"#),
        #"{"uid":{"type":"U V","id":"a"},"attrs":{},"parents":[]}"#,
        #"{"uid":{"type":"__cedar::U","id":"a"},"attrs":{},"parents":[]}"#,
        #"{"uid":{"type":"U","type":"U","id":"a"},"attrs":{},"parents":[]}"#,
        user("{}", #","attrs":{},"parents":[]"#), user() + "," + user(#"{"x":1}"#),
        user("{}", #","parents":[{"type":"U","id":"a"}]"#),
        // The official engine takes these for records.
        user(#"{"x":{"__entity":{"type":"U"}}}"#), user(#"{"x":{"__entity":"U::\"a\""}}"#),
        user(#"{"x":{"__extn":"ip(\"1.1.1.1\")"}}"#), user(#"{"x":{"__extn":{"fn":"ip"}}}"#),
        user(#"{"x":{"__extn":{"fn":"ip","args":["1"],"arg":"1.1.1.1"}}}"#),
        user(#"{"x":"# + String(repeating: "[", count: 65) + String(repeating: "]", count: 65) + "}"),
    ]

    @Test(arguments: refused) func `what are no entities is refused with its place`(_ text: String) throws {
        let error = #expect(throws: EntitiesParseError.self) { try Entities(json: "[\n \(text)]", fileName: "e.json") }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(diagnostic.span.line == 2 && diagnostic.span.endOffset > diagnostic.span.startOffset, "\(diagnostic)")
    }

    @Test func `values are what they are written as`() throws {
        let context = try ValueRecord(
            json: #"""
                {"a": [1, 1, "x"], "b": {"__entity": {"type": "N::U", "id": "é"}}, "c": {"d": true},
                 "e": {"__extn": {"fn": "decimal", "arg": "1.5"}}, "f": {"type": "U", "id": "b"}}
                """#, fileName: "context")
        #expect(
            context == [
                "a": [1, "x"], "b": .entity(EntityUID(type: "N::U", id: "é")), "c": ["d": true],
                "e": .decimal(CedarDecimal(tenThousandths: 15_000)), "f": ["type": "U", "id": "b"],
            ])
    }

    @Test func `moments far from now are written as a distance from 1970`() throws {
        for moment in [Int64.min, -62_167_219_200_001, -62_167_219_200_000, 0, 253_402_300_800_000, .max] {
            let record: ValueRecord = ["t": .datetime(CedarDatetime(millisecondsSince1970: moment))]
            #expect(try ValueRecord(json: record.json().description, fileName: "t") == record)
        }
    }

    @Test(arguments: ["__entity", "__extn", "__expr"])
    func `a record that would be read as an escape is not written`(key: String) {
        let record: ValueRecord = ["x": [.record([CedarString(key): 1])]]
        #expect(throws: EntitiesError.self) { try record.json() }
        #expect(throws: EntitiesError.self) {
            try Entities([Entity(uid: EntityUID(type: "U", id: "a"), tags: record)]).json()
        }
    }

    @Test(arguments: ["[]", "1", #"{"__entity":{"type":"U","id":"a"}}"#, #"{"a":null}"#, #"{"a":1,"a":1}"#])
    func `what is no record is no context`(text: String) {
        #expect(throws: CedarDiagnostic.self) { try ValueRecord(json: text, fileName: "c") }
    }

    @Test(arguments: [
        #"{"principal":"U::\"a\"","action":"Action::\"b\"","resource":"R::\"c\""}"#,
        #"{"principal":{"type":"U","id":"a"},"action":{"type":"Action","id":"b"},"resource":{"type":"R","id":"c"},"context":{}}"#,
    ])
    func `requests name entities as objects or as in policies`(text: String) throws {
        #expect(
            try Request(json: text, fileName: "r")
                == Request(
                    principal: EntityUID(type: "U", id: "a"), action: EntityUID(type: "Action", id: "b"),
                    resource: EntityUID(type: "R", id: "c")))
    }

    @Test(arguments: [
        #"U::a"#, #"U::\"a"#, #"U ::\"a\""#, #"::\"a\""#, #"U::\"a\" "#, #"U::\"a\"b"#, #"U::\"a\"\"b\""#, "",
        #"U::\"\\q\""#,
    ])
    func `other strings name no entity`(text: String) {
        #expect(throws: CedarDiagnostic.self) {
            try Request(
                json: #"{"principal":"\#(text)","action":"Action::\"b\"","resource":"R::\"c\""}"#, fileName: "r")
        }
    }
}
