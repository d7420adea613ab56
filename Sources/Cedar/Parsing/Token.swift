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
    /// Which of the language's own words a word is.
    var keyword: Keyword?
}

/// Words that mean something somewhere. Most may still be names of attributes, types or annotations.
enum Keyword: String, Sendable, CaseIterable {
    case permit, forbid, when, unless
    case principal, action, resource, context
    case `true`, `false`, `if`, then, `else`, `in`, `is`, like, has
    case cedar = "__cedar"

    /// Whether it can be no identifier.
    var isReserved: Bool {
        switch self {
        case .true, .false, .if, .then, .else, .in, .is, .like, .has, .cedar: true
        case .permit, .forbid, .when, .unless, .principal, .action, .resource, .context: false
        }
    }

    /// By length and first letter, so that most words are compared with one keyword or none.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let first = bytes.first else { return nil }
        let candidates: (Keyword, Keyword?, Keyword?)
        switch (bytes.count, first) {
        case (2, UInt8(ascii: "i")): candidates = (.in, .is, .if)
        case (3, UInt8(ascii: "h")): candidates = (.has, nil, nil)
        case (4, UInt8(ascii: "t")): candidates = (.true, .then, nil)
        case (4, UInt8(ascii: "e")): candidates = (.else, nil, nil)
        case (4, UInt8(ascii: "l")): candidates = (.like, nil, nil)
        case (4, UInt8(ascii: "w")): candidates = (.when, nil, nil)
        case (5, UInt8(ascii: "f")): candidates = (.false, nil, nil)
        case (6, UInt8(ascii: "a")): candidates = (.action, nil, nil)
        case (6, UInt8(ascii: "p")): candidates = (.permit, nil, nil)
        case (6, UInt8(ascii: "f")): candidates = (.forbid, nil, nil)
        case (6, UInt8(ascii: "u")): candidates = (.unless, nil, nil)
        case (7, UInt8(ascii: "c")): candidates = (.context, nil, nil)
        case (7, UInt8(ascii: "_")): candidates = (.cedar, nil, nil)
        case (8, UInt8(ascii: "r")): candidates = (.resource, nil, nil)
        case (9, UInt8(ascii: "p")): candidates = (.principal, nil, nil)
        default: return nil
        }
        func isWritten(_ keyword: Keyword) -> Bool { keyword.rawValue.utf8.elementsEqual(bytes) }
        if isWritten(candidates.0) {
            self = candidates.0
        } else if let second = candidates.1, isWritten(second) {
            self = second
        } else if let third = candidates.2, isWritten(third) {
            self = third
        } else {
            return nil
        }
    }
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
