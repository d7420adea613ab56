import NIOCore

/// What words in a text hint at: that what the gateway knows of the session may no longer hold once it has run.
///
/// The search is blind to quoting and so finds too much, which costs precision in the ledger and nothing else. What
/// runs SQL from a string could hide the words, so such a text is taken to have all of them.
struct SQLWords: OptionSet, Sendable {
    let rawValue: UInt8

    /// PREPARE, DEALLOCATE, DISCARD: they share their names with Parse.
    static let statementNames = SQLWords(rawValue: 1)
    /// DECLARE, CLOSE: they share their names with Bind.
    static let portalNames = SQLWords(rawValue: 2)
    /// SET or RESET of how the server reads a text.
    static let parsing = SQLWords(rawValue: 4)
    /// What a text may mean that runs SQL of which it does not show the words.
    static let all: SQLWords = [.statementNames, .portalNames, .parsing]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    private static let words: [(word: [UInt8], meaning: SQLWords)] = [
        (Array("prepare".utf8), .statementNames), (Array("deallocate".utf8), .statementNames),
        (Array("discard".utf8), [.statementNames, .portalNames, .parsing]), (Array("declare".utf8), .portalNames),
        (Array("close".utf8), .portalNames), (Array("standard_conforming".utf8), .parsing),
        (Array("encoding".utf8), .parsing), (Array("names".utf8), .parsing), (Array("reset".utf8), .parsing),
    ]

    init(in text: ByteBuffer, of analysis: StatementAnalysis) {
        self = analysis.redefinesNames ? .all : SQLWords(in: text)
    }

    init(in text: ByteBuffer) {
        self = text.withUnsafeReadableBytes { bytes in
            var found: SQLWords = []
            for start in bytes.indices {
                switch bytes[start] | 0x20 {
                case UInt8(ascii: "p"), UInt8(ascii: "d"), UInt8(ascii: "c"), UInt8(ascii: "s"), UInt8(ascii: "e"),
                    UInt8(ascii: "n"), UInt8(ascii: "r"):
                    for (word, meaning) in Self.words where Self.isWord(word, at: start, in: bytes) {
                        found.formUnion(meaning)
                    }
                default:
                    continue
                }
            }
            return found
        }
    }

    private static func isWord(_ word: [UInt8], at start: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count - start >= word.count else { return false }
        for index in 0..<word.count where bytes[start + index] | 0x20 != word[index] | 0x20 { return false }
        return true
    }
}
