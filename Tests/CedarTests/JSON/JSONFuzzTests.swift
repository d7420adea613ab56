@testable import Cedar
import TestSupport
import Testing

/// JSON that nobody would write: each text is read or refused with a place, and none harms a reader.
@Suite struct JSONFuzzTests {
    private static let pieces = [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "1", "-1", "1.5", "9223372036854775808", "\"a\"",
        "\"type\"",
        "\"id\"", "\"__entity\"", "\"__extn\"", "\"fn\"", "\"arg\"", "\"args\"", "\"uid\"", "\"attrs\"", "\"parents\"",
        "\"tags\"", "\"effect\"", "\"permit\"", "\"op\"", "\"All\"", "\"==\"", "\"&&\"", "\"left\"", "\"right\"",
        "\"Value\"", "\"Var\"", "\"principal\"", "\"conditions\"", "\"slot\"", "\"?principal\"", "\"U\"", "\"ip\"",
        "\"offset\"", "\"\\uD83D\"", "\\", "\u{0}", "é", " ", "{\"__entity\":{\"type\":\"U\",\"id\":\"a\"}}",
        "{\"__extn\":{\"fn\":\"ip\",\"arg\":\"::1\"}}", "{\"Value\":1}", "[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
    ]

    private static let schema = try? Schema(
        parsing: """
            entity G; entity U in [G] { a?: Set<{ip?: ipaddr, o?: U}>, d?: datetime } tags Set<Long>;
            action b appliesTo { principal: [U], resource: [U], context: { a?: U } };
            """, fileName: "schema")

    /// Whether some reader takes it.
    private func read(_ text: String) -> Bool {
        var isAccepted = false
        func attempt(_ reader: () throws -> Void) {
            do {
                try reader()
                isAccepted = true
            } catch {
                #expect("\(error)".contains("fuzz:"), "\(error) in \(text)")
            }
        }
        attempt {
            let json = try JSONValue(parsing: text, fileName: "fuzz")
            #expect(try JSONValue(parsing: json.description, fileName: "fuzz") == json)
        }
        attempt {
            let policy = try Policy(json: text, id: "p", fileName: "fuzz")
            if let json = try? policy.json() {
                #expect(try Policy(json: json.description, id: "p", fileName: "fuzz").json() == json)
            }
        }
        attempt {
            let policies = try PolicySet(json: text, fileName: "fuzz")
            let user = EntityUID(type: "U", id: "a")
            let answer = policies.authorize(Request(principal: user, action: user, resource: user), Entities())
            #expect(answer.decision == .deny || !answer.reasons.isEmpty)
        }
        for schema in [nil, Self.schema] {
            attempt {
                let entities = try Entities(json: text, fileName: "fuzz", schema: schema)
                if let json = try? entities.json() {
                    #expect(try Entities(json: json.description, fileName: "fuzz").all == entities.all)
                }
            }
            attempt { _ = try Request(json: text, fileName: "fuzz", schema: schema) }
        }
        attempt { _ = try ValueRecord(json: text, fileName: "fuzz") }
        return isAccepted
    }

    private static func changed(_ text: String, _ generator: inout SeededGenerator) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: 0...scalars.count, using: &generator)
            let end = min(scalars.count, place + Int.random(in: 0...6, using: &generator))
            let piece = pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            scalars.replaceSubrange(place..<end, with: piece.unicodeScalars)
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Another value in the place of one of a tree: well-formed, so that it gets past the first reader.
    private static func replaced(_ json: JSONValue, _ generator: inout SeededGenerator) -> JSONValue {
        let others: [JSONValue] = [
            JSONValue(.null), 1, "x", [], [:], JSONValue(.number("1.5")), ["type": "U", "id": "b"],
            ["Value": ["a": [1]]],
            ["fn": "ip", "arg": "1.1.1.1"], ["op": "==", "slot": "?principal"],
        ]
        guard Int.random(in: 0..<4, using: &generator) > 0 else {
            return others[Int.random(in: 0..<others.count, using: &generator)]
        }
        switch json.kind {
        case .array(var elements) where !elements.isEmpty:
            let place = Int.random(in: 0..<elements.count, using: &generator)
            elements[place] = replaced(elements[place], &generator)
            return JSONValue(.array(elements))
        case .object(var members) where !members.isEmpty:
            let place = Int.random(in: 0..<members.count, using: &generator)
            let member = members[place]
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: members.remove(at: place)
            case 1: members.append(member)
            case 2: members[place] = .init("__entity", member.value)
            default: members[place] = .init(member.key, replaced(member.value, &generator))
            }
            return JSONValue(.object(members))
        default: return others[Int.random(in: 0..<others.count, using: &generator)]
        }
    }

    @Test func `changed policies and entities are read or refused`() throws {
        var generator = SeededGenerator(seed: 21)
        var accepted = 0
        let policies = try Fixture.cases(Fixture.text("policies-as-json.jsonl")).prefix(100).compactMap { $0["est"] }
        let entities = try Fixture.json("entity-parsing.json").elements?.compactMap { item in
            try? JSONValue(parsing: item["entities"]?.string?.text ?? "", fileName: "entities")
        }
        for json in policies + (entities ?? []) {
            let single = json["staticPolicies"]?["policy0"] ?? json
            for _ in 0..<3 {
                if read(Self.changed(single.description, &generator)) { accepted += 1 }
                if read(Self.replaced(json, &generator).description) { accepted += 1 }
                if read(Self.replaced(single, &generator).description) { accepted += 1 }
            }
        }
        #expect(accepted > 50)
    }

    @Test func `heaps of tokens and bytes are read or refused`() {
        var generator = SeededGenerator(seed: 22)
        for _ in 0..<700 {
            let words = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
            }
            _ = read(words.joined())
            let bytes = generator.bytes(Int.random(in: 0...60, using: &generator))
            _ = try? JSONReader.value(in: SourceText(name: "fuzz", bytes: [0x22] + bytes + [0x22]))
        }
    }

    @Test(arguments: [
        "[", "{\"a\":", "{\"!\":{\"arg\":", "{\"__extn\":{\"fn\":\"ip\",\"arg\":", "\"\\", "[1,", "{\"a\":1,",
    ])
    func `nesting and lists without end do not exhaust stack or time`(piece: String) {
        _ = read(String(repeating: piece, count: 3000))
    }

    @Test func `many entities, parents and links take time in proportion`() throws {
        let count = 5000
        let parents = (0..<count).map { #"{"type":"G","id":"\#($0)"}"# }.joined(separator: ",")
        let users = (0..<count).map { #"{"uid":{"type":"U","id":"\#($0)"},"attrs":{},"parents":[]}"# }
        let wide = #"{"uid":{"type":"U","id":"wide"},"attrs":{},"parents":[\#(parents)]}"#
        let links = (0..<count).map {
            #"{"templateId":"t","newId":"l\#($0)","values":{"?principal":{"type":"U","id":"a"}}}"#
        }
        let template =
            #"{"effect":"permit","principal":{"op":"==","slot":"?principal"},"action":{"op":"All"},"#
            + #""resource":{"op":"All"},"conditions":[]}"#
        let policies = (0..<count).map {
            "\"p\($0)\":\(template)".replacing(#""slot":"?principal""#, with: #""entity":{"type":"U","id":"é"}"#)
        }
        let elapsed = try ContinuousClock().measure {
            let text = "[\((users + [wide]).joined(separator: ","))]"
            #expect(try Entities(json: text, fileName: "e", schema: Self.schema).count == count + 2)
            let policySet = try PolicySet(
                json: #"{"staticPolicies":{"# + policies.joined(separator: ",")
                    + #"},"templates":{"t":\#(template)},"templateLinks":["# + links.joined(separator: ",") + "]}",
                fileName: "p")
            #expect(policySet.policies.count == 2 * count)
            #expect(policySet["p4999"]?.span.column == policySet["p4999"].map { $0.span.startOffset - 4999 + 1 })
        }
        #expect(elapsed < .seconds(20))
    }
}
