/// A token of policy text.
struct Token {
    enum Kind: Equatable {
        case identifier(String)
        case string(CedarString)
        /// Digits, without a sign.
        case number(String)
        /// An operator or a bracket.
        case symbol(String)
        /// `?principal` or `?resource`.
        case slot(String)
        case end
    }

    let kind: Kind
    let range: ByteRange
}

struct LexicalError: Error {
    let message: String
    let range: ByteRange
}

/// Cuts policy text into tokens. Works on bytes: Swift's characters would join `\r\n`, and letters with their accents.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0
    private static let symbols = [
        "==", "!=", "<=", ">=", "&&", "||", "::", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}",
        ",", ";", ":", ".", "@", "=",
    ].map { Array($0.utf8) }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All tokens; lexical errors are tokens' neighbours, so that later policies are still read.
    static func tokens(of bytes: [UInt8]) -> (tokens: [Token], errors: [LexicalError]) {
        var lexer = Lexer(bytes)
        var tokens: [Token] = []
        var errors: [LexicalError] = []
        while true {
            do throws(LexicalError) {
                let token = try lexer.next()
                tokens.append(token)
                if token.kind == .end { return (tokens, errors) }
            } catch {
                errors.append(error)
                if errors.count > 100 {
                    tokens.append(Token(kind: .end, range: ByteRange(bytes.count, bytes.count)))
                    return (tokens, errors)
                }
            }
        }
    }

    private mutating func skipBlank() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D, 0x0B, 0x0C: position += 1
            case UInt8(ascii: "/") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "/"):
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            default: return
            }
        }
    }

    private mutating func next() throws(LexicalError) -> Token {
        skipBlank()
        let start = position
        guard position < bytes.count else { return Token(kind: .end, range: ByteRange(start, start)) }
        let byte = bytes[position]
        if IdentifierRules.isStart(byte) {
            while position < bytes.count, IdentifierRules.isPart(bytes[position]) { position += 1 }
            return token(.identifier(text(from: start)), start)
        }
        if IdentifierRules.isDigit(byte) {
            while position < bytes.count, IdentifierRules.isDigit(bytes[position]) { position += 1 }
            if position < bytes.count, IdentifierRules.isPart(bytes[position]) {
                throw failed("a number cannot run into a word", from: start)
            }
            return token(.number(text(from: start)), start)
        }
        if byte == UInt8(ascii: "\"") { return try stringLiteral(from: start) }
        if byte == UInt8(ascii: "?") {
            position += 1
            while position < bytes.count, IdentifierRules.isPart(bytes[position]) { position += 1 }
            return token(.slot(text(from: start + 1)), start)
        }
        for symbol in Self.symbols where bytes[position...].starts(with: symbol) {
            position += symbol.count
            return token(.symbol(String(decoding: symbol, as: UTF8.self)), start)
        }
        // One whole scalar, so that the next token starts at a boundary.
        position += 1
        while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
        throw failed("unexpected character “\(text(from: start))”", from: start)
    }

    private func token(_ kind: Token.Kind, _ start: Int) -> Token {
        Token(kind: kind, range: ByteRange(start, position))
    }
    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }
    private func failed(_ message: String, from start: Int) -> LexicalError {
        LexicalError(message: message, range: ByteRange(start, position))
    }

    /// Keeps escapes for ``unescaped(_:allowsStar:)``: a pattern reads them otherwise than a string.
    private mutating func stringLiteral(from start: Int) throws(LexicalError) -> Token {
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard position < bytes.count else {
            position = bytes.count
            throw failed("the string does not end", from: start)
        }
        position += 1
        guard let raw = String(validating: bytes[(start + 1)..<(position - 1)], as: UTF8.self) else {
            throw failed("the string is not UTF-8", from: start)
        }
        return token(.string(CedarString(raw)), start)
    }
}

/// Escapes in strings and patterns.
enum Escapes {
    /// The scalars of a literal; nil stands for a wildcard. Throws the reason for an escape that there is not.
    static func read(_ raw: String, asPattern: Bool) throws(EscapeError) -> [Unicode.Scalar?] {
        var result: [Unicode.Scalar?] = []
        var rest = Array(raw.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                result.append(asPattern && scalar == "*" ? nil : scalar)
                continue
            }
            guard let escape = rest.popFirst() else { throw EscapeError(message: "the string ends in a backslash") }
            switch escape {
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "\\": result.append("\\")
            case "0": result.append("\0")
            case "'": result.append("'")
            case "\"": result.append("\"")
            case "*" where asPattern: result.append("*")
            case "x": result.append(try hexadecimal(&rest))
            case "u": result.append(try braced(&rest))
            default: throw EscapeError(message: "there is no escape “\\\(escape)”")
            }
        }
        return result
    }

    private static func hexadecimal(_ rest: inout ArraySlice<Unicode.Scalar>) throws(EscapeError) -> Unicode.Scalar {
        let digits = rest.prefix(2)
        rest = rest.dropFirst(2)
        guard digits.count == 2, let value = number(digits), value <= 0x7F, let scalar = Unicode.Scalar(value) else {
            throw EscapeError(message: "“\\x” takes two hexadecimal digits up to 7F")
        }
        return scalar
    }

    private static func braced(_ rest: inout ArraySlice<Unicode.Scalar>) throws(EscapeError) -> Unicode.Scalar {
        let refused = EscapeError(message: "“\\u” takes one to six hexadecimal digits in braces, of a Unicode scalar")
        guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}") else { throw refused }
        let digits = rest[rest.startIndex..<end]
        rest = rest[(end + 1)...]
        guard (1...6).contains(digits.count), let value = number(digits), let scalar = Unicode.Scalar(value) else {
            throw refused
        }
        return scalar
    }

    private static func number(_ digits: ArraySlice<Unicode.Scalar>) -> UInt32? {
        var value: UInt32 = 0
        for digit in digits {
            guard let nibble = Character(digit).hexDigitValue, digit.isASCII else { return nil }
            value = value << 4 | UInt32(nibble)
        }
        return value
    }
}

struct EscapeError: Error {
    let message: String
}
