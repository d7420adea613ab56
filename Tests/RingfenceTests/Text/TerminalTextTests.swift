import Foundation
import Ringfence
import Testing

struct TerminalTextTests {
    @Test(arguments: [
        ("psql", "psql"),
        ("a\u{1B}[2Jb", "a\\u{1b}[2Jb"),
        ("\u{1B}]0;owned\u{07}", "\\u{1b}]0;owned\\u{7}"),
        ("one\ntwo\r\n\tthree", "one\\ntwo\\r\\n\\tthree"),
        ("\u{7F}\u{9B}2J\u{85}", "\\u{7f}\\u{9b}2J\\u{85}"),
        ("admin\u{202E}nimda\u{202C}", "admin\\u{202e}nimda\\u{202c}"),
        ("\u{2066}x\u{2069}\u{200E}\u{200F}\u{061C}", "\\u{2066}x\\u{2069}\\u{200e}\\u{200f}\\u{61c}"),
        ("a\u{2028}b\u{2029}c\u{FEFF}\u{200B}\u{E0041}", "a\\u{2028}b\\u{2029}c\\u{feff}\\u{200b}\\u{e0041}"),
    ])
    func `controls become visible`(text: String, line: String) { #expect(TerminalText.line(text) == line) }

    @Test func `letters of all scripts stay as they are`() {
        for text in ["Łódź", "名前", "שלום", "مرحبا", "e\u{301}", "नमस्\u{200D}ते", "👩\u{200D}🔬", "", "a\\b"] {
            #expect(TerminalText.line(text).utf8.elementsEqual(text.utf8))
        }
    }

    @Test func `several lines keep their ends, and nothing else`() {
        #expect(TerminalText.lines("one\n  two\u{1B}[A\r\n") == "one\n  two\\u{1b}[A\\r\n")
    }

    @Test func `JSON keeps its value`() throws {
        let value = ["sql": "SELECT '\u{9B}2J\u{7F}\u{202E}\u{E0041}' -- \u{1B}[1m\n", "name": "名前"]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .prettyPrinted
        let json = TerminalText.json(try Array(encoder.encode(value)))
        #expect(try JSONDecoder().decode([String: String].self, from: Data(json.utf8)) == value)
        let isClean = json.unicodeScalars.allSatisfy {
            $0 == "\n" || $0.value >= 0x20 && $0.value < 0x7F || $0.value > 0x2FFF
        }
        #expect(isClean, "\(json)")
    }

    @Test func `one is singular`() {
        #expect(
            counted(1, "row") == "1 row" && counted(0, "row") == "0 rows" && counted(2 as UInt64, "row") == "2 rows")
        #expect(counted(1, "access", "accesses") == "1 access" && counted(7, "access", "accesses") == "7 accesses")
    }
}
