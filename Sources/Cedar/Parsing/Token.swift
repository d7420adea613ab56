/// A piece of a policy text.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        /// Also reserved words: whether one may stand somewhere is the parser's to say.
        case word
        case integer
        /// In quotes; escapes are resolved where it is known whether it is a pattern.
        case string
        case punctuation(Punctuation)
        case slot
        case invalid(Problem)
        case end
    }

    enum Problem: Sendable, Equatable {
        case character, byteOrderMark, unterminatedString, singleQuote, blockComment
    }

    let kind: Kind
    let range: ByteRange
}

enum Punctuation: String, Sendable, CaseIterable {
    case at = "@"
    case comma = ","
    case question = "?"
    case semicolon = ";"
    case dot = "."
    case doubleColon = "::"
    case colon = ":"
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBracket = "["
    case rightBracket = "]"
    case leftBrace = "{"
    case rightBrace = "}"
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case assign = "="
    case and = "&&"
    case or = "||"
    case not = "!"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case slash = "/"
    case percent = "%"
}
