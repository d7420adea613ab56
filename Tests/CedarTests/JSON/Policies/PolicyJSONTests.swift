@testable import Cedar
import Testing

/// The JSON form of policies, as the official engine 4.12 writes and reads it.
@Suite struct PolicyJSONTests {
    private static func policy(
        _ body: String? = nil, principal: String = #"{"op":"All"}"#, action: String = #"{"op":"All"}"#,
        more: String = ""
    ) -> String {
        let conditions = body.map { #"{"kind":"when","body":\#($0)}"# } ?? ""
        return #"{"effect":"permit","principal":\#(principal),"action":\#(action),"resource":{"op":"All"},"#
            + #""conditions":[\#(conditions)]\#(more)}"#
    }

    private static let me = #"{"Var":"principal"}"#

    /// A condition's text, and its JSON as the official engine writes it.
    static let written = [
        ("-1 == 1", #"{"==":{"left":{"Value":-1},"right":{"Value":1}}}"#),
        ("-(1) == 1", #"{"==":{"left":{"neg":{"arg":{"Value":1}}},"right":{"Value":1}}}"#),
        ("- 1 == 1", #"{"==":{"left":{"Value":-1},"right":{"Value":1}}}"#),
        ("principal != 1", #"{"!=":{"left":\#(me),"right":{"Value":1}}}"#),
        ("1 >= 1", #"{">=":{"left":{"Value":1},"right":{"Value":1}}}"#),
        ("1 > 1", #"{">":{"left":{"Value":1},"right":{"Value":1}}}"#),
        (
            "true && false && true",
            #"{"&&":{"left":{"&&":{"left":{"Value":true},"right":{"Value":false}}},"right":{"Value":true}}}"#
        ),
        (
            "true || (false || true)",
            #"{"||":{"left":{"Value":true},"right":{"||":{"left":{"Value":false},"right":{"Value":true}}}}}"#
        ),
        (
            "principal has a.b.c",
            #"{"&&":{"left":{"&&":{"left":{"has":{"left":\#(me),"attr":"a"}},"right":{"has":{"left":"#
                + #"{".":{"left":\#(me),"attr":"a"}},"attr":"b"}}}},"right":{"has":{"left":{".":{"left":{".":"#
                + #"{"left":\#(me),"attr":"a"}},"attr":"b"}},"attr":"c"}}}}"#
        ),
        (
            #"principal is U in G::"g""#,
            #"{"is":{"left":\#(me),"in":{"Value":{"__entity":{"type":"G","id":"g"}}},"entity_type":"U"}}"#
        ),
        (
            #""a" like "\*b*""#,
            #"{"like":{"left":{"Value":"a"},"pattern":[{"Literal":"*"},{"Literal":"b"},"Wildcard"]}}"#
        ),
        (
            #"{"x y":1, z: 2}["x y"] == [1]"#,
            #"{"==":{"left":{".":{"left":{"Record":{"x y":{"Value":1},"z":{"Value":2}}},"attr":"x y"}},"#
                + #""right":{"Set":[{"Value":1}]}}}"#
        ),
        (#"ip("a").isIpv4()"#, #"{"isIpv4":[{"ip":[{"Value":"a"}]}]}"#),
        ("principal.isEmpty()", #"{"isEmpty":{"arg":\#(me)}}"#),
        ("if true then 1 else 2", #"{"if-then-else":{"if":{"Value":true},"then":{"Value":1},"else":{"Value":2}}}"#),
    ]

    @Test(arguments: written) func `conditions are written as the official engine does`(text: String, json: String)
        throws
    {
        let policies = try PolicySet(
            parsing: "permit(principal, action, resource) when { \(text) };", fileName: "p.cedar")
        let written = try #require(policies.policies.first).json()
        #expect(written.description == Self.policy(json))
    }

    @Test func `annotations without a value differ from those with an empty one`() throws {
        let policies = try PolicySet(
            parsing: #"@a @b("") @if("x\n") permit(principal, action in [], resource);"#, fileName: "p.cedar")
        let written = try #require(policies.policies.first).json()
        #expect(
            written.description
                == Self.policy(
                    action: #"{"op":"in","entities":[]}"#, more: #","annotations":{"a":null,"b":"","if":"x\n"}"#))
        #expect(
            try Policy(json: written.description, id: "p", fileName: "p.json").annotations.map(\.isBare)
                == [true, false, false])
    }

    /// JSON that the official engine reads, and a condition that means the same.
    static let read = [
        (#"{"has":{"left":\#(me),"attr":["a","b"]}}"#, "principal has a.b"),
        (#"{"has":{"left":\#(me),"attr":["if"]}}"#, #"principal has "if""#),
        (#"{"ip":[]}"#, "ip()"), (#"{"ip":[{"Value":"a"},{"Value":"b"}]}"#, #"ip("a", "b")"#),
        (#"{"like":{"left":{"Value":"a"},"pattern":[{"Literal":"abc"},"Wildcard"]}}"#, #""a" like "abc*""#),
        (#"{"like":{"left":{"Value":"a"},"pattern":[]}}"#, #""a" like """#),
        (#"{"is":{"left":\#(me),"entity_type":"A","in":null}}"#, "principal is A"),
        (#"{"Value":[1,{"a":"x"}]}"#, #"[1, {"a": "x"}]"#),
        (#"{"Value":{"__entity":{"type":"A","id":"b","x":1}}}"#, #"A::"b""#),
        (#"{"Value":{"__extn":{"fn":"ip","arg":"zz"}}}"#, #"ip("zz")"#),
        (
            #"{"Value":{"__extn":{"fn":"offset","args":[{"__extn":{"fn":"datetime","arg":"2024-01-01"}},"#
                + #"{"__extn":{"fn":"duration","arg":"1d"}}]}}}"#,
            #"datetime("2024-01-01").offset(duration("1d"))"#
        ),
        (#"{"Value":-9223372036854775808}"#, "-9223372036854775808"), (#"{"neg":{"arg":{"Value":5}}}"#, "-(5)"),
        (#"{"&&":{"left":{"Value":true},"right":{"Value":true}}}"#, "true && true"),
    ]

    @Test(arguments: read) func `conditions are read as the official engine does`(json: String, text: String) throws {
        let read = try Policy(json: Self.policy(json), id: "p", fileName: "p.json")
        let parsed = try PolicySet(
            parsing: "permit(principal, action, resource) when { \(text) };", fileName: "p.cedar")
        let isSame = read.hasSameTree(as: try #require(parsed.policies.first))
        #expect(isSame)
    }

    /// Bodies of a condition that are refused; the official engine refuses them too, but for the last ones.
    static let refusedBodies = [
        "{}", "[]", "\"x\"", "1", "null", #"{"Var":"foo"}"#, #"{"Var":1}"#, #"{"Slot":"?principal"}"#,
        #"{"Unknown":{"name":"x"}}"#, #"{"ip":{"Value":"a"}}"#, #"{"==":{"left":\#(me),"right":\#(me),"x":1}}"#,
        #"{"==":{"left":\#(me)}}"#, #"{"==":[\#(me),\#(me)]}"#, #"{"!":\#(me)}"#, #"{"isEmpty":{"left":\#(me)}}"#,
        #"{"has":{"left":\#(me),"attr":[]}}"#, #"{".":{"left":\#(me),"attr":["a"]}}"#,
        #"{".":{"left":\#(me),"attr":1}}"#, #"{"like":{"left":\#(me),"pattern":"a*"}}"#,
        #"{"like":{"left":\#(me),"pattern":["wildcard"]}}"#,
        #"{"like":{"left":\#(me),"pattern":[{"Literal":"a","x":"b"}]}}"#,
        #"{"is":{"left":\#(me),"entity_type":"A B"}}"#, #"{"is":{"left":\#(me),"entity_type":"A :: B"}}"#,
        #"{"is":{"left":\#(me),"entity_type":"if"}}"#, #"{"Value":1.0}"#, #"{"Value":[null]}"#,
        #"{"Value":9223372036854775808}"#, #"{"Value":{"__expr":"1"}}"#,
        #"{"Value":{"__entity":{"type":"A B","id":"b"}}}"#, #"{"Value":{"a":1,"a":2}}"#, #"{"Value":1,"Value":2}"#,
        #"{"Value":1,"Var":"principal"}"#, #"{"Value":1,"zzz":1}"#, #"{"Set":{"a":\#(me)}}"#,
        #"{"Record":{"a":\#(me),"a":\#(me)}}"#, #"{"if-then-else":{"if":\#(me),"then":\#(me)}}"#,
        #"{"/":{"left":\#(me),"right":\#(me)}}"#, #"{"==":{"left":\#(me),"left":\#(me),"right":\#(me)}}"#,
        String(repeating: #"{"!":{"arg":"#, count: 63) + me + String(repeating: "}}", count: 63),
        #"{"unknown":[{"Value":"x"}]}"#, #"{"lessThan":[]}"#, #"{"Value":{"__extn":{"fn":"zz","arg":"zz"}}}"#,
        #"{"Value":{"__entity":"A::\"b\""}}"#,
    ]

    private static let entity = #"{"type":"A","id":"b"}"#

    /// Policies that are refused; the official engine takes those whose scopes have surplus keys.
    static let refused =
        refusedBodies.map { policy($0) } + [
            policy(more: #","x":1"#), policy(more: #","annotations":null"#), policy(more: #","annotations":{"a":1}"#),
            policy(more: #","annotations":{"a b":""}"#), policy(more: #","annotations":{"a":"","a":""}"#),
            policy(more: #","effect":"permit""#), #"{"effect":"permit"}"#, "[]",
            policy().replacing("permit", with: "allow"), policy().replacing(#","conditions":[]"#, with: ""),
            policy().replacing("[]", with: #"[{"kind":"where","body":\#(me)}]"#),
            policy().replacing("[]", with: #"[{"kind":"when"}]"#),
            policy().replacing("[]", with: #"[{"kind":"when","body":\#(me),"x":1}]"#),
            policy(principal: #"{"op":"=="}"#), policy(principal: #"{"op":"!=","entity":\#(entity)}"#),
            policy(principal: #"{"op":"==","slot":"?resource"}"#),
            policy(principal: #"{"op":"is","entity_type":"A","in":\#(entity)}"#),
            policy(action: #"{"op":"==","entity":\#(entity)}"#),
            policy(action: #"{"op":"in","entities":[\#(entity)]}"#),
            policy(action: #"{"op":"is","entity_type":"Action"}"#), policy(action: #"{"op":"==","slot":"?action"}"#),
            policy(action: #"{"op":"==","entities":[]}"#), policy(principal: #"{"op":"All","x":1}"#),
            policy(principal: #"{"op":"is","entity_type":"A","In":{"entity":\#(entity)}}"#),
            policy(principal: #"{"op":"==","entity":\#(entity),"slot":"?principal"}"#),
        ]

    @Test(arguments: refused) func `what is no policy is refused with its place`(_ text: String) throws {
        let error = #expect(throws: CedarDiagnostic.self) {
            try Policy(json: "\n  " + text, id: "p", fileName: "p.json")
        }
        let span = try #require(error?.span)
        #expect(span.line == 2 && span.column > 2 && span.endOffset > span.startOffset, "\(span)")
    }

    private static func set(_ policies: String, _ templates: String, _ links: String) -> String {
        #"{"staticPolicies":{\#(policies)},"templates":{\#(templates)},"templateLinks":[\#(links)]}"#
    }

    private static func link(
        _ values: String = #"{"?principal":{"type":"A","id":"b"}}"#, template: String = "t", as id: String = "l",
        more: String = ""
    ) -> String {
        #"{"templateId":"\#(template)","newId":"\#(id)","values":\#(values)\#(more)}"#
    }

    private static let template = #""t":"# + policy(principal: #"{"op":"==","slot":"?principal"}"#)
    private static let fixed = #""p":"# + policy()

    static let acceptedSets = [
        set("", "", ""), set(fixed, template, link()), set("", template, link() + "," + link(as: "m")),
        set("", template, link(#"{"?principal":{"__entity":{"type":"A","id":"b"}}}"#)),
    ]

    @Test(arguments: acceptedSets) func `policy sets are read and written`(_ text: String) throws {
        let policies = try PolicySet(json: text, fileName: "p.json")
        let written = try policies.json()
        #expect(try PolicySet(json: written.description, fileName: "p.json").json() == written)
    }

    static let refusedSets = [
        policy(), "[]", #"{"staticPolicies":{},"templates":{}}"#, set("", "", "").dropLast() + #","x":1}"#,
        set(fixed + "," + fixed, "", ""), set(fixed, fixed.replacing("\"p\"", with: "\"q\""), ""),
        set(template, "", ""), set(fixed.replacing("\"p\"", with: "\"t\""), template, ""),
        set("", template, link(more: #","x":1"#)), set("", template, link("{}")),
        set("", template, link(#"{"?principal":\#(entity),"?resource":\#(entity)}"#)),
        set("", template, link(#"{"?foo":\#(entity)}"#)), set("", template, link(template: "u")),
        set(fixed, template, link("{}", template: "p")), set("", template, link(as: "t")),
        set("", template, link() + "," + link()),
    ].map { String($0) }

    @Test(arguments: refusedSets) func `what is no policy set is refused`(_ text: String) {
        #expect(throws: PolicyParseError.self) { try PolicySet(json: text, fileName: "p.json") }
    }

    @Test func `every policy that is wrong is named`() {
        let error = #expect(throws: PolicyParseError.self) {
            try PolicySet(
                json: Self.set(
                    #""a":\#(Self.policy(#"{"Var":"principle"}"#)),"# + "\n" + #""b":\#(Self.policy("{}"))"#, "", ""),
                fileName: "p.json")
        }
        #expect(
            error?.description == """
                p.json:1:157: "principle" is no variable (the variables are principal, action, resource and context)
                p.json:2:131: the expression is empty (write {"==": {"left": …, "right": …}}, one operator in an object)
                """)
    }

    @Test func `what nests too deeply for JSON is not written`() throws {
        func json(_ count: Int) throws -> String {
            let chain = Array(repeating: "true", count: count).joined(separator: " && ")
            return try PolicySet(
                parsing: "permit(principal, action, resource) when { \(chain) };", fileName: "p.cedar"
            ).json().description
        }
        #expect(throws: Never.self) { try PolicySet(json: json(61), fileName: "p.json") }
        let error = #expect(throws: CedarDiagnostic.self) { try json(62) }
        #expect(error?.span.column == 44)
        #expect(throws: CedarDiagnostic.self) { try json(50_000) }
        let path = Array(repeating: "a", count: 10_000).joined(separator: ".")
        #expect(throws: CedarDiagnostic.self) {
            try PolicySet(
                parsing: "permit(principal, action, resource) when { principal has \(path) };", fileName: "p.cedar"
            ).json()
        }
    }
}
