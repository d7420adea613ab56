/// The words of a policy text with their places, for checks that need to say where a name stands.
///
/// Only for texts that the Cedar parser took: what is wrong with the text itself, it says.
struct PolicyTokens {
    enum Kind: Hashable {
        case word(String)
        case string(String)
        case number
        /// An operator or a bracket.
        case mark(String)
    }

    struct Token {
        var kind: Kind
        var place: FilePlace

        func isMark(_ text: String) -> Bool { kind == .mark(text) }
        func isWord(_ text: String) -> Bool { kind == .word(text) }

        var string: String? { if case .string(let text) = kind { text } else { nil } }
        var word: String? { if case .word(let text) = kind { text } else { nil } }
    }

    private(set) var tokens: [Token] = []

    init(_ text: [UInt8], file: String) {
        var lexer = Lexer(bytes: text, file: file)
        while let token = lexer.next() { tokens.append(token) }
    }

    subscript(index: Int) -> Token? { tokens.indices.contains(index) ? tokens[index] : nil }

    private struct Lexer {
        let bytes: [UInt8]
        let file: String
        var offset = 0
        var line = 1
        var column = 1

        init(bytes: [UInt8], file: String) {
            self.bytes = bytes
            self.file = file
        }

        private var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

        private mutating func advance() {
            guard let byte else { return }
            offset += 1
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }

        private mutating func skipBlanks() {
            while let byte {
                if byte == UInt8(ascii: "/"), offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "/") {
                    while offset < bytes.count, bytes[offset] != 0x0A { advance() }
                } else if byte <= 0x20 {
                    advance()
                } else {
                    return
                }
            }
        }

        mutating func next() -> Token? {
            skipBlanks()
            guard let first = byte else { return nil }
            let place = FilePlace(file: file, line: line, column: column)
            if first == UInt8(ascii: "\"") { return Token(kind: .string(string()), place: place) }
            if Self.isWordPart(first) {
                let start = offset
                while let byte, Self.isWordPart(byte) { advance() }
                let word = String(decoding: bytes[start..<offset], as: UTF8.self)
                return Token(kind: (0x30...0x39).contains(first) ? .number : .word(word), place: place)
            }
            for mark in ["::", "==", "!=", "<=", ">=", "&&", "||"] where bytes[offset...].starts(with: mark.utf8) {
                advance()
                advance()
                return Token(kind: .mark(mark), place: place)
            }
            let start = offset
            repeat { advance() } while byte.map { $0 & 0xC0 == 0x80 } ?? false
            return Token(kind: .mark(String(decoding: bytes[start..<offset], as: UTF8.self)), place: place)
        }

        /// With its escapes resolved; a pattern's `\*` is a star, which no name has.
        private mutating func string() -> String {
            advance()
            var text: [UInt8] = []
            while let byte, byte != UInt8(ascii: "\"") {
                advance()
                guard byte == UInt8(ascii: "\\"), let escape = self.byte else {
                    text.append(byte)
                    continue
                }
                advance()
                switch escape {
                case UInt8(ascii: "n"): text.append(0x0A)
                case UInt8(ascii: "r"): text.append(0x0D)
                case UInt8(ascii: "t"): text.append(0x09)
                case UInt8(ascii: "0"): text.append(0)
                case UInt8(ascii: "x"): append(hexadecimal(2), to: &text)
                case UInt8(ascii: "u"):
                    advance()
                    append(hexadecimal(6), to: &text)
                    advance()
                default: text.append(escape)
                }
            }
            advance()
            return String(decoding: text, as: UTF8.self)
        }

        private mutating func hexadecimal(_ digitsMax: Int) -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<digitsMax {
                guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { break }
                value = value << 4 | UInt32(digit)
                advance()
            }
            return value
        }

        private func append(_ value: UInt32, to text: inout [UInt8]) {
            guard let scalar = Unicode.Scalar(value) else { return }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
        }

        private static func isWordPart(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39,
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}

extension RingfenceInputs {
    /// Whether a policy can tell one person or service from another of the same attributes: it names one.
    var namesPrincipals: Bool {
        decidingFiles.contains { file in
            guard file.role == .policy else { return false }
            let tokens = PolicyTokens(file.text, file: file.path).tokens
            return zip(tokens, tokens.dropFirst()).contains { token, next in
                (token.isWord("Person") || token.isWord("Service")) && next.isMark("::")
            }
        }
    }
}
