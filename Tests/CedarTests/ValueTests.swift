import Cedar
import Testing

@Suite struct ValueTests {
    @Test func `strings are equal only if their bytes are`() {
        #expect(CedarString("e\u{301}") != CedarString("\u{e9}"))
        #expect(Set([CedarString("e\u{301}"), CedarString("\u{e9}")]).count == 2)
    }
}
