/// Cuts the bytes of a policy text into tokens. Never fails: what is no token becomes an invalid one.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All tokens; the last one is `.end`.
    static func tokens(of bytes: [UInt8]) -> [Token] {
        var lexer = Lexer(bytes)
        var tokens: [Token] = []
        repeat { tokens.append(lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    /// The next token; `.end` at the end, however often one asks.
    mutating func next() -> Token {
        skipBlanks()
        let start = position
        let kind = read()
        let keyword = kind == .word ? Keyword(bytes[start..<position]) : nil
        return Token(kind: kind, range: ByteRange(start, position), keyword: keyword)
    }

    private func byte(at offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private mutating func read() -> Token.Kind {
        guard let first = byte() else { return .end }
        if IdentifierRules.isStart(first) {
            skip(while: IdentifierRules.isPart)
            return .word
        }
        if IdentifierRules.isDigit(first) {
            skip(while: IdentifierRules.isDigit)
            return .integer
        }
        switch first {
        case UInt8(ascii: "\""):
            return string()
        case UInt8(ascii: "?"):
            guard let second = byte(at: 1), IdentifierRules.isStart(second) else { break }
            position += 1
            skip(while: IdentifierRules.isPart)
            return .slot
        case UInt8(ascii: "/") where byte(at: 1) == UInt8(ascii: "*"):
            position += 2
            return .invalid(.blockComment)
        case UInt8(ascii: "'"):
            position += 1
            return .invalid(.singleQuote)
        default: break
        }
        if let (punctuation, width) = punctuation(first) {
            position += width
            return .punctuation(punctuation)
        }
        let isByteOrderMark = bytes[position...].starts(with: [0xEF, 0xBB, 0xBF])
        position += 1
        skip { $0 & 0xC0 == 0x80 }
        return .invalid(isByteOrderMark ? .byteOrderMark : .character)
    }

    private func punctuation(_ first: UInt8) -> (Punctuation, width: Int)? {
        switch (first, byte(at: 1)) {
        case (UInt8(ascii: ":"), UInt8(ascii: ":")): (.doubleColon, 2)
        case (UInt8(ascii: "="), UInt8(ascii: "=")): (.equal, 2)
        case (UInt8(ascii: "!"), UInt8(ascii: "=")): (.notEqual, 2)
        case (UInt8(ascii: "<"), UInt8(ascii: "=")): (.lessOrEqual, 2)
        case (UInt8(ascii: ">"), UInt8(ascii: "=")): (.greaterOrEqual, 2)
        case (UInt8(ascii: "&"), UInt8(ascii: "&")): (.and, 2)
        case (UInt8(ascii: "|"), UInt8(ascii: "|")): (.or, 2)
        case (UInt8(ascii: "@"), _): (.at, 1)
        case (UInt8(ascii: ","), _): (.comma, 1)
        case (UInt8(ascii: "?"), _): (.question, 1)
        case (UInt8(ascii: ";"), _): (.semicolon, 1)
        case (UInt8(ascii: "."), _): (.dot, 1)
        case (UInt8(ascii: ":"), _): (.colon, 1)
        case (UInt8(ascii: "("), _): (.leftParenthesis, 1)
        case (UInt8(ascii: ")"), _): (.rightParenthesis, 1)
        case (UInt8(ascii: "["), _): (.leftBracket, 1)
        case (UInt8(ascii: "]"), _): (.rightBracket, 1)
        case (UInt8(ascii: "{"), _): (.leftBrace, 1)
        case (UInt8(ascii: "}"), _): (.rightBrace, 1)
        case (UInt8(ascii: "<"), _): (.less, 1)
        case (UInt8(ascii: ">"), _): (.greater, 1)
        case (UInt8(ascii: "="), _): (.assign, 1)
        case (UInt8(ascii: "!"), _): (.not, 1)
        case (UInt8(ascii: "+"), _): (.plus, 1)
        case (UInt8(ascii: "-"), _): (.minus, 1)
        case (UInt8(ascii: "*"), _): (.times, 1)
        case (UInt8(ascii: "/"), _): (.slash, 1)
        case (UInt8(ascii: "%"), _): (.percent, 1)
        default: nil
        }
    }

    /// A line feed inside is allowed; a backslash takes the next byte with it.
    private mutating func string() -> Token.Kind {
        position += 1
        while let byte = byte() {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return .string
            case UInt8(ascii: "\\"): position = min(position + 2, bytes.count)
            default: position += 1
            }
        }
        return .invalid(.unterminatedString)
    }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while let byte = byte(), condition(byte) { position += 1 }
    }

    /// White space is Unicode's; comments run to the end of the line.
    private mutating func skipBlanks() {
        while let first = byte() {
            if first == UInt8(ascii: "/"), byte(at: 1) == UInt8(ascii: "/") {
                skip { $0 != 0x0A && $0 != 0x0D }
                continue
            }
            let width = Self.blankWidth(bytes, at: position)
            guard width > 0 else { return }
            position += width
        }
    }

    /// How many bytes the white space takes that begins at `position`; 0 if there is none.
    static func blankWidth(_ bytes: [UInt8], at position: Int) -> Int {
        func byte(_ offset: Int) -> UInt8 { position + offset < bytes.count ? bytes[position + offset] : 0 }
        return switch (byte(0), byte(1), byte(2)) {
        case (0x09...0x0D, _, _), (0x20, _, _): 1
        case (0xC2, 0x85, _), (0xC2, 0xA0, _): 2
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF),
            (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
            3
        default: 0
        }
    }
}
