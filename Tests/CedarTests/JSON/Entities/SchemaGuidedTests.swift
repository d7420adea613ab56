import Cedar
import Foundation
import Testing

/// Entities and requests as a schema says they are meant.
@Suite struct SchemaGuidedTests {
    @Test func `the official engine's cases of entity parsing succeed or fail as there`() throws {
        let cases = try #require(try Fixture.json("entity-parsing.json").elements)
        #expect(cases.count == 22)
        for item in cases {
            let name = item["name"]?.string?.text ?? ""
            let schema = try Schema(parsing: item["schema"]?.string?.text ?? "", fileName: name)
            let text = item["entities"]?.string?.text ?? ""
            #expect(Self.isAccepted(text, schema) == item["allEntities"]?.bool, "\(name)")
            let list = (try? JSONValue(parsing: text, fileName: name))?.elements ?? []
            for expected in item["perEntity"]?.members ?? [] {
                let entity = list.first {
                    "\($0["uid"]?["type"]?.string?.text ?? "")::\($0["uid"]?["id"]?.string?.text ?? "")"
                        == expected.key.text
                }
                let alone = JSONValue(.array(try [#require(entity, "\(name): \(expected.key)")])).description
                #expect(Self.isAccepted(alone, schema) == expected.value.bool, "\(name): \(expected.key)")
            }
        }
    }

    private static func isAccepted(_ text: String, _ schema: Schema) -> Bool {
        (try? Entities(json: text, fileName: "entities.json", schema: schema)) != nil
    }

    @Test func `the handwritten requests are decided as by the official engine`() throws {
        var requests = 0
        for item in try Fixture.json("handwritten.json").elements ?? [] {
            let name = item["name"]?.string?.text ?? ""
            let schema = try Schema(parsing: item["schema"]?.string?.text ?? "", fileName: name)
            let policies = try PolicySet(parsing: item["policies"]?.string?.text ?? "", fileName: name)
            let entities = try Entities(
                json: item["entities"]?.string?.text ?? "", fileName: name, schema: schema)
            for request in item["requests"]?.elements ?? [] {
                requests += 1
                let answer = policies.authorize(
                    try Request(json: request.requestText, fileName: name, schema: schema), entities)
                #expect(answer.decision.rawValue == request["decision"]?.string?.text, "\(name): \(request)")
                #expect(Set(answer.reasons.map(\.description)) == request.names("reason"), "\(name): \(request)")
                #expect(Set(answer.errors.map(\.policy.description)) == request.names("errors"), "\(name): \(request)")
            }
        }
        #expect(requests == 74)
    }

    static let schema = try? Schema(
        parsing: """
            entity G;
            entity U in [G] {
                s?: String, ip?: ipaddr, d?: datetime, own?: U, e?: E, fs?: Set<U>, r?: {a: Long, b?: ipaddr},
                ok?: Bool, l?: Long, se?: Set<ipaddr>,
            } tags String;
            entity H in [U];
            entity R { must: Long };
            entity E enum ["x", "y"];
            entity N;
            action all;
            action grp in [all];
            action read in [grp] appliesTo { principal: [U], resource: [U], context: {ip?: ipaddr, u?: U} };
            """, fileName: "schema")

    private static func user(
        _ attributes: String = "{}", parents: String = "", type: String = "U", id: String = "a", tags: String = "{}"
    ) -> String {
        #"{"uid":{"type":"\#(type)","id":"\#(id)"},"attrs":\#(attributes),"parents":[\#(parents)],"tags":\#(tags)}"#
    }

    private static let ip = #"{"__extn":{"fn":"ip","arg":"1.1.1.1"}}"#
    private static let all = #"{"type":"Action","id":"all"}"#
    private static let group = #"{"type":"Action","id":"grp"}"#

    /// What the official engine 4.12 takes.
    static let accepted = [
        user(), user(#"{"ip":"1.1.1.1"}"#), user(#"{"ip":{"fn":"ip","arg":"1.1.1.1"}}"#),
        user(#"{"ip":{"fn":"ip","arg":"1.1.1.1","z":1}}"#), user(#"{"ip":{"fn":"ip","args":["1.1.1.1"]}}"#),
        user(#"{"ip":\#(ip)}"#), user(#"{"ip":{"__extn":{"fn":"ip","arg":"1.1.1.1"},"z":1}}"#),
        user(#"{"d":{"fn":"offset","args":["2024-01-01","1d"]}}"#),
        user(#"{"d":{"fn":"offset","args":[{"fn":"datetime","arg":"2024-01-01"},{"fn":"duration","arg":"1d"}]}}"#),
        user(#"{"ok":{"__extn":{"fn":"isIpv4","arg":\#(ip)}}}"#),
        user(#"{"l":{"__extn":{"fn":"toDays","arg":{"__extn":{"fn":"duration","arg":"1d"}}}}}"#),
        user(#"{"own":{"type":"U","id":"b"}}"#), user(#"{"own":{"type":"U","id":"b","z":1}}"#),
        user(#"{"own":{"__entity":{"type":"U","id":"b"},"z":1}}"#), user(#"{"e":{"type":"E","id":"x"}}"#),
        user(#"{"fs":[{"type":"U","id":"b"}]}"#), user(#"{"fs":[]}"#), user(#"{"r":{"a":1,"b":"1.1.1.1"}}"#),
        user(#"{"se":["1.1.1.1",\#(ip)]}"#), user(tags: #"{"a":"b"}"#), user(type: "N"),
        user(parents: #"{"type":"G","id":"g"}"#), user(parents: #"{"type":"G","id":"g"}"#, type: "H"),
        user(type: "E", id: "x"), user(type: "Action", id: "all"),
        user(parents: "\(group),\(all)", type: "Action", id: "read"),
        user(parents: group, type: "Action", id: "read") + "," + user(parents: all, type: "Action", id: "grp"),
        user(#"{"must":1}"#, type: "R"),
    ]

    @Test(arguments: accepted) func `what conforms is taken`(_ entity: String) throws {
        let schema = try #require(Self.schema)
        let entities = try Entities(json: "[\(entity)]", fileName: "e.json", schema: schema)
        for action in schema.actionEntities { #expect(entities[action.uid] == action) }
        // What is written needs no schema, and says the same with one.
        let written = try entities.json().description
        #expect(try Entities(json: written, fileName: "e.json").all == entities.all)
    }

    /// What the official engine 4.12 refuses.
    static let refused = [
        user(#"{"ip":{"fn":"decimal","arg":"1.0"}}"#), user(#"{"ip":1}"#), user(#"{"ip":["1.1.1.1"]}"#),
        user(#"{"ip":{"__entity":{"type":"U","id":"b"}}}"#), user(#"{"ip":"x"}"#),
        user(#"{"ok":{"fn":"isIpv4","arg":\#(ip)}}"#), user(#"{"own":{"type":"G","id":"b"}}"#),
        user(#"{"own":"U::\"b\""}"#), user(#"{"e":{"type":"E","id":"z"}}"#), user(#"{"fs":[{"type":"G","id":"b"}]}"#),
        user(#"{"fs":{"type":"G","id":"b"}}"#), user(#"{"r":{"b":"1.1.1.1"}}"#), user(#"{"r":{"a":1,"z":1}}"#),
        user(#"{"r":{"a":"1"}}"#), user(#"{"r":1}"#), user(#"{"zz":1}"#), user(#"{"s":1}"#), user(#"{"l":"1"}"#),
        user(#"{"l":1.5}"#), user(tags: #"{"a":1}"#), user(type: "N", tags: #"{"a":"b"}"#),
        user(parents: #"{"type":"N","id":"g"}"#), user(parents: #"{"type":"U","id":"g"}"#),
        user(parents: #"{"type":"E","id":"g"}"#), user(parents: #"{"type":"Action","id":"read"}"#),
        user(type: "E", id: "z"), user(#"{"a":1}"#, type: "E", id: "x"),
        user(parents: #"{"type":"G","id":"g"}"#, type: "E", id: "x"), user(type: "Action", id: "zz"),
        user(type: "Action", id: "read"), user(parents: group, type: "Action", id: "read"),
        user(parents: #"{"type":"Action","id":"read"}"#, type: "Action", id: "all"),
        user(#"{"x":1}"#, type: "Action", id: "all"), user(type: "Action", id: "all", tags: #"{"x":"1"}"#),
        user(parents: #"{"type":"G","id":"g"}"#, type: "Action", id: "all"), user(type: "Z"),
        user(parents: #"{"type":"Z","id":"z"}"#), user(type: "R"),
    ]

    @Test(arguments: refused) func `what does not conform is refused with its place`(_ entity: String) throws {
        let schema = try #require(Self.schema)
        let error = #expect(throws: EntitiesParseError.self) {
            try Entities(json: "[\n \(entity)]", fileName: "e.json", schema: schema)
        }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(diagnostic.span.line == 2 && diagnostic.span.endOffset > diagnostic.span.startOffset, "\(diagnostic)")
    }

    @Test(arguments: [
        (#"{}"#, "read", "U", true), (#"{"ip":"1.1.1.1"}"#, "read", "U", true), (#"{"ip":"x"}"#, "read", "U", false),
        (#"{"u":{"type":"U","id":"x"}}"#, "read", "U", true), (#"{"u":{"type":"G","id":"x"}}"#, "read", "U", false),
        (#"{"z":1}"#, "read", "U", false), (#"{}"#, "read", "G", false), (#"{}"#, "zz", "U", false),
        (#"{}"#, "grp", "U", false),
    ])
    func `a request conforms to the schema`(context: String, action: String, type: String, isValid: Bool) throws {
        let schema = try #require(Self.schema)
        let text =
            #"{"principal":"\#(type)::\"a\"","action":"Action::\"\#(action)\"","resource":{"type":"U","id":"b"},"#
            + #""context":\#(context)}"#
        if isValid {
            let request = try Request(json: text, fileName: "r.json", schema: schema)
            #expect(request.action == EntityUID(type: "Action", id: CedarString(action)))
        } else {
            #expect(throws: CedarDiagnostic.self) { try Request(json: text, fileName: "r.json", schema: schema) }
        }
    }

    @Test func `every entity that does not conform is named`() throws {
        let schema = try #require(Self.schema)
        let error = #expect(throws: EntitiesParseError.self) {
            try Entities(
                json: "[\(Self.user(#"{"owm":1}"#)),\n\(Self.user(type: "n"))]", fileName: "e.json", schema: schema)
        }
        #expect(
            error?.description == """
                e.json:1:40: U::"a" has no attribute "owm" in the schema (did you mean `own`?)
                e.json:2:8: there is no entity type n in the schema (did you mean `N`?)
                """)
    }
}
