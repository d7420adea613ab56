@testable import Cedar
import Testing

@Suite struct JSONReaderTests {
    private static func read(_ bytes: [UInt8]) throws(CedarDiagnostic) -> JSONValue {
        try JSONReader.value(in: SourceText(name: "t.json", bytes: bytes))
    }

    static let accepted: [(String, JSONValue)] = [
        ("null", JSONValue(.null)), ("true", true), ("false", false), ("0", 0), (" \t\r\n7\n", 7), ("-1", -1),
        ("9223372036854775807", 9_223_372_036_854_775_807), ("-9223372036854775808", JSONValue(.integer(.min))),
        ("9223372036854775808", JSONValue(.number("9223372036854775808"))), ("-0", JSONValue(.number("-0"))),
        ("1.0", JSONValue(.number("1.0"))), ("1e2", JSONValue(.number("1e2"))),
        ("-1.5E-07", JSONValue(.number("-1.5E-07"))), ("0e+1", JSONValue(.number("0e+1"))), ("\"\"", ""),
        (#""a\"\\\/\b\f\n\r\té""#, "a\"\\/\u{8}\u{C}\n\r\té"), (#""\u0041\u00e9\u0000""#, "A\u{e9}\0"),
        (#""\uD83D\uDE00""#, "\u{1F600}"), ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"), ("[]", []), ("[ ]", []),
        ("[1 , [2],{}]", [1, [2], [:]]), ("{}", [:]), ("{ }", [:]), (#"{ "a" : 1 , "" : [] }"#, ["a": 1, "": []]),
        (#"{"a":1,"a":2}"#, ["a": 1, "a": 2]),
    ]

    @Test(arguments: accepted) func `JSON is read, and written so that it is read alike`(
        text: String, value: JSONValue
    ) throws {
        #expect(try Self.read(Array(text.utf8)) == value)
        #expect(try Self.read(Array(value.description.utf8)) == value)
    }

    /// The text and the offset of what is wrong with it.
    static let refused: [(String, Int)] = [
        ("", 0), (" ", 1), ("nul", 0), ("nulL", 0), ("True", 0), ("tru", 0), ("1 2", 2), ("01", 0), ("-01", 0),
        ("-", 1), ("+1", 0), (".5", 0), ("1.", 2), ("1.e1", 2), ("1e", 2), ("1e+", 3), ("0x10", 1), ("1_000", 1),
        ("NaN", 0), ("Infinity", 0), ("'a'", 0), ("\"a", 2), ("\"a\\", 3), ("\"\n\"", 1), ("\"\t\"", 1),
        ("\"\0\"", 1), (#""\x41""#, 1), (#""\u004""#, 1), (#""\u00G0""#, 1), (#""\u{41}""#, 1), (#""\uD83D""#, 1),
        (#""\uD83Dx""#, 1), (#""\uD83D\n""#, 1), (#""\uD83D\uD83D""#, 1), (#""\uDE00""#, 1), ("[", 1), ("[1", 2),
        ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("]", 0), ("{", 1), ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6),
        ("{\"a\":1,}", 7), ("{a:1}", 1), ("{1:1}", 1), ("{\"a\" 1}", 5), ("{\"a\":1 \"b\":2}", 7), ("// x\n1", 0),
        ("1/**/", 1), ("\u{FEFF}1", 0), ("\u{A0}1", 0), ("[1}", 2),
    ]

    @Test(arguments: refused) func `what is no JSON is refused where it stops being JSON`(
        text: String, offset: Int
    ) throws {
        let error = #expect(throws: CedarDiagnostic.self) { try Self.read(Array(text.utf8)) }
        #expect(error?.span.startOffset == offset, "\(error?.description ?? "")")
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
        ] as [[UInt8]])
    func `strings are UTF-8`(bytes: [UInt8]) {
        #expect(throws: CedarDiagnostic.self) { try Self.read([0x22] + bytes + [0x22]) }
        #expect(throws: CedarDiagnostic.self) { try Self.read([0x22, 0x5C, 0x6E] + bytes + [0x22]) }
    }

    @Test func `values nest 127 levels deep and no deeper`() throws {
        func nested(_ count: Int) -> [UInt8] {
            Array(
                (String(repeating: #"[{"a":"#, count: count / 2) + (count % 2 == 0 ? "1" : "[]")
                    + String(repeating: "}]", count: count / 2)).utf8)
        }
        #expect(throws: Never.self) { try Self.read(nested(127)) }
        #expect(throws: CedarDiagnostic.self) { try Self.read(nested(128)) }
        #expect(throws: CedarDiagnostic.self) { try Self.read(Array(String(repeating: "[", count: 1_000_000).utf8)) }
    }

    @Test func `values know where they stand`() throws {
        let text = #"  {"é" : [1, "x"]}"#
        let source = SourceText(name: "t.json", bytes: Array(text.utf8))
        let value = try JSONReader.value(in: source)
        #expect(source.text(value.range) == #"{"é" : [1, "x"]}"#)
        let member = try #require(value.members?.first)
        #expect(source.text(member.keyRange) == "\"é\"" && source.text(member.value.range) == #"[1, "x"]"#)
        #expect(try source.text(#require(member.value.elements?.last).range) == "\"x\"")
    }
}
