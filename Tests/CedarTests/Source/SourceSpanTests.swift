@testable import Cedar
import Testing

@Suite struct SourceSpanTests {
    @Test func `lines and columns are counted in scalars, wherever the marks between are`() {
        for length in [0, 1, 850, 1023, 1024, 2049] {
            var text = String.UnicodeScalarView()
            for index in 0..<length { text.append(index % 97 == 96 ? "\n" : index % 7 == 0 ? "é" : "a") }
            let bytes = Array(String(text).utf8)
            let source = SourceText(name: "t", bytes: bytes)
            var (line, column) = (1, 1)
            var wrong: [Int] = []
            for offset in 0...bytes.count {
                if offset == bytes.count || bytes[offset] & 0xC0 != 0x80 {
                    let span = source.span(ByteRange(offset, offset))
                    if span.line != line || span.column != column { wrong.append(offset) }
                    column += 1
                }
                if offset < bytes.count, bytes[offset] == 0x0A { (line, column) = (line + 1, 1) }
            }
            #expect(wrong.isEmpty)
        }
    }
}
