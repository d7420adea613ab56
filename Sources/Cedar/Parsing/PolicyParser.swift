/// Reads a policy text by recursive descent; after an error it goes on with the next policy.
struct PolicyParser {
    /// Parentheses, brackets, braces and `if` inside each other.
    static let nestingMax = 64
    static let diagnosticsMax = 50

    struct Failure: Error {
        let message: String
        let range: ByteRange
        var help: String?
    }

    let source: SourceText
    private var lexer: Lexer
    private(set) var token: Token
    /// The token after ``token``.
    private(set) var nextToken: Token
    /// The range of the token before ``token``: where what was just read ends.
    private(set) var lastRange: ByteRange
    var nesting = 0
    /// How many braces are open.
    private var braces = 0
    private var failures: [Failure] = []

    init(_ source: SourceText) {
        self.source = source
        lexer = Lexer(source.bytes)
        token = lexer.next()
        nextToken = lexer.next()
        lastRange = token.range
    }

    /// All policies of the text; named by their position, whatever their `@id` is.
    static func policies(in source: SourceText) throws(PolicyParseError) -> [Policy] {
        guard source.bytes.count <= ByteRange.textBytesMax else {
            throw PolicyParseError(diagnostics: [
                CedarDiagnostic(
                    message: "the text is longer than \(ByteRange.textBytesMax) bytes",
                    span: source.span(ByteRange(0, 0)), help: "split it into several files")
            ])
        }
        var parser = PolicyParser(source)
        var policies: [Policy] = []
        while parser.token.kind != .end, parser.failures.count < diagnosticsMax {
            if let policy = parser.policy(index: policies.count) { policies.append(policy) }
        }
        guard parser.failures.isEmpty else {
            throw PolicyParseError(
                diagnostics: parser.failures.prefix(diagnosticsMax).map {
                    CedarDiagnostic(message: $0.message, span: source.span($0.range), help: $0.help)
                })
        }
        return policies
    }

    // MARK: Tokens

    mutating func advance() {
        guard token.kind != .end else { return }
        lastRange = token.range
        switch token.kind {
        case .punctuation(.leftBrace): braces += 1
        case .punctuation(.rightBrace): braces -= 1
        default: break
        }
        token = nextToken
        nextToken = lexer.next()
    }

    func text(_ token: Token) -> String { source.text(token.range) }

    /// The text of the token here, cut short for a message.
    var foundText: String {
        let textMax = 40
        let scalars = text(token).unicodeScalars
        guard scalars.count > textMax else { return String(scalars) }
        return String(scalars.prefix(textMax)) + "…"
    }

    func isAt(_ punctuation: Punctuation) -> Bool { token.kind == .punctuation(punctuation) }

    func isAt(_ keyword: Keyword) -> Bool { token.keyword == keyword }

    mutating func take(_ punctuation: Punctuation) -> Bool {
        guard isAt(punctuation) else { return false }
        advance()
        return true
    }

    mutating func take(_ keyword: Keyword) -> Bool {
        guard isAt(keyword) else { return false }
        advance()
        return true
    }

    mutating func expect(_ punctuation: Punctuation, _ place: String) throws(Failure) {
        guard take(punctuation) else { throw unexpected("`\(punctuation.rawValue)` \(place)") }
    }

    /// The failure to say that something else was expected here.
    ///
    /// - Parameter words: What could be written here instead of a word that cannot.
    func unexpected(_ expected: String, or words: [Keyword] = [.in, .has, .like, .is]) -> Failure {
        var failure = plainlyUnexpected(expected, or: words)
        failure.help = failure.help ?? longStringHelp
        return failure
    }

    /// A quote that is missing shows only where the next one is.
    private var longStringHelp: String? {
        for range in [lastRange, token.range] where Int(range.start) < source.bytes.count {
            let bytes = source.bytes[Int(range.start)..<Int(range.end)]
            guard bytes.first == UInt8(ascii: "\""), bytes.contains(0x0A) else { continue }
            return
                "the string from line \(source.span(range).line) on spans several lines: is its closing `\"` missing?"
        }
        return nil
    }

    private func plainlyUnexpected(_ expected: String, or words: [Keyword]) -> Failure {
        switch token.kind {
        case .end:
            return Failure(message: "the text ends where \(expected) is expected", range: token.range)
        case .invalid(let problem):
            let doubled = ["&": "&&", "|": "||"][text(token)].map { "write `\($0)`" }
            return Failure(message: problem.message, range: token.range, help: problem.help ?? doubled)
        case .punctuation(.assign):
            return Failure(message: "`=` is no operator", range: token.range, help: "write `==` to compare")
        case .punctuation(.slash), .punctuation(.percent):
            return Failure(message: "division is not supported", range: token.range)
        case .slot:
            return Failure(
                message: "the slot \(text(token)) cannot stand here", range: token.range,
                help: "only `principal == ?principal`, `principal in ?principal` and the same of resource have slots")
        case .word:
            return Failure(
                message: "found `\(foundText)` where \(expected) is expected", range: token.range,
                help: Self.replacement(for: text(token))
                    ?? Suggestion.help(for: text(token), among: words.map(\.rawValue)))
        case .integer, .string, .punctuation:
            return Failure(message: "found `\(foundText)` where \(expected) is expected", range: token.range)
        }
    }

    private static let otherLanguages = [
        "and": "&&", "AND": "&&", "or": "||", "OR": "||", "not": "!", "NOT": "!", "equals": "==", "True": "true",
        "False": "false",
    ]

    /// What Cedar has for a word that other languages have.
    static func replacement(for word: String) -> String? { otherLanguages[word].map { "write `\($0)`" } }

    /// Goes to where the conditions of a policy begin, or to its end.
    private mutating func skipToConditions() {
        while token.kind != .end, !isAt(.semicolon) {
            if isAt(.when) || isAt(.unless), nextToken.kind == .punctuation(.leftBrace) { return }
            advance()
        }
    }

    /// Goes past the brace that closes a condition, or to the end of the policy: nothing in braces has a semicolon.
    ///
    /// - Parameter outside: How many braces were open before it.
    private mutating func skipCondition(outside: Int) {
        while token.kind != .end, !isAt(.semicolon) {
            let isClosing = isAt(.rightBrace)
            advance()
            if isClosing, braces <= outside { return }
        }
    }

    /// Goes to the next semicolon that a policy may follow; one inside a broken condition rarely is.
    private mutating func skipToNextPolicy() {
        while token.kind != .end {
            if take(.semicolon) {
                if token.kind == .end || isAt(.at) { return }
                let isEffect = isAt(.permit) || isAt(.forbid)
                if isEffect, nextToken.kind == .punctuation(.leftParenthesis) { return }
            } else {
                advance()
            }
        }
    }

    // MARK: Policies

    /// Nil if it is wrong: what is, is noted, and the text goes on after it.
    private mutating func policy(index: Int) -> Policy? {
        let failuresBefore = failures.count
        do {
            let policy = try wholePolicy(index: index)
            return failures.count == failuresBefore ? policy : nil
        } catch {
            // After one failure, what does not fit is rather its consequence than another.
            if failures.count == failuresBefore { failures.append(error) }
            skipToNextPolicy()
            return nil
        }
    }

    /// Failures in the scope and in each condition are noted; without a scope there is no policy.
    private mutating func wholePolicy(index: Int) throws(Failure) -> Policy? {
        nesting = 0
        braces = 0
        let start = token.range
        let annotations = try annotations()
        let effect = try effect()
        var scope: Scope?
        do {
            scope = try self.scope()
        } catch {
            failures.append(error)
            skipToConditions()
        }
        var conditions: [Condition] = []
        while isAt(.when) || isAt(.unless) {
            let outside = braces
            do {
                conditions.append(try condition())
            } catch {
                failures.append(error)
                nesting = 0
                skipCondition(outside: outside)
            }
        }
        guard take(.semicolon) else {
            if token.kind == .word {
                throw Failure(
                    message: "`\(foundText)` is no condition", range: token.range,
                    help: Suggestion.help(for: text(token), among: ["when", "unless"])
                        ?? (isAt(.permit) || isAt(.forbid)
                            ? "end the policy before it with `;`" : "conditions begin with `when` or `unless`"))
            }
            throw unexpected("`;` at the end of the policy")
        }
        guard let scope else { return nil }
        return Policy(
            id: PolicyID("policy\(index)"), effect: effect, annotations: annotations,
            span: source.span(start.joined(to: lastRange)), scope: scope, conditions: conditions, source: source)
    }

    private mutating func annotations() throws(Failure) -> [Annotation] {
        var annotations: [Annotation] = []
        var keys: Set<CedarString> = []
        while isAt(.at) {
            let start = token.range
            advance()
            guard token.kind == .word else { throw unexpected("the name of an annotation") }
            let key = CedarString(text(token))
            advance()
            var value: CedarString = ""
            let isBare = !take(.leftParenthesis)
            if !isBare {
                value = try string("an annotation's value in double quotes")
                try expect(.rightParenthesis, "after an annotation's value")
            }
            let range = start.joined(to: lastRange)
            guard keys.insert(key).inserted else {
                throw Failure(
                    message: "the annotation @\(key) occurs twice", range: range, help: "keep one of the two")
            }
            annotations.append(Annotation(key: key, value: value, isBare: isBare, span: source.span(range)))
        }
        return annotations
    }

    private mutating func effect() throws(Failure) -> Effect {
        guard token.kind == .word else { throw unexpected("`permit` or `forbid`") }
        let effect: Effect
        switch token.keyword {
        case .permit: effect = .permit
        case .forbid: effect = .forbid
        default:
            throw Failure(
                message: "`\(foundText)` is no effect", range: token.range,
                help: Suggestion.help(for: text(token), among: ["permit", "forbid"])
                    ?? "a policy begins with `permit` or `forbid`")
        }
        advance()
        return effect
    }

    private mutating func condition() throws(Failure) -> Condition {
        let kind: Condition.Kind = isAt(.when) ? .when : .unless
        advance()
        try expect(.leftBrace, "before a condition")
        guard !isAt(.rightBrace) else {
            throw Failure(
                message: "the condition is empty", range: token.range, help: "write `true`, or leave the clause out")
        }
        let body = try expression()
        try expect(.rightBrace, "after a condition")
        return Condition(kind: kind, body: body)
    }

    // MARK: Names and strings

    /// An identifier that is not reserved.
    mutating func identifier(_ expected: String) throws(Failure) -> String {
        guard token.kind == .word else { throw unexpected(expected) }
        let word = text(token)
        if let keyword = token.keyword, keyword.isReserved {
            throw Failure(
                message: "`\(word)` is a reserved word", range: token.range,
                help: keyword == .cedar ? nil : "an attribute of this name is written in brackets, `[\"\(word)\"]`")
        }
        advance()
        return word
    }

    mutating func string(_ expected: String) throws(Failure) -> CedarString {
        guard token.kind == .string else { throw unexpected(expected) }
        let range = token.range
        advance()
        do {
            return try StringEscapes.string(source, range)
        } catch {
            throw escapeFailure(error)
        }
    }

    func escapeFailure(_ failure: StringEscapes.Failure) -> Failure {
        let text = source.text(failure.range)
        return Failure(
            message: text == "\r" ? "a carriage return stands in the text" : "`\(text)` is no escape",
            range: failure.range,
            help: "the escapes are \\n \\r \\t \\\\ \\0 \\' \\\" \\x41 \\u{1F600}, in patterns also \\*")
    }

    /// Identifiers joined by `::`; stops before a `::` that a string follows.
    mutating func typeName(_ expected: String) throws(Failure) -> EntityTypeName {
        var name = try identifier(expected)
        while isAt(.doubleColon), nextToken.kind == .word {
            advance()
            name += "::" + (try identifier("a name"))
        }
        return EntityTypeName(CedarString(name))
    }

    mutating func entity(_ expected: String) throws(Failure) -> EntityUID {
        let type = try typeName(expected)
        guard take(.doubleColon), token.kind == .string else {
            throw unexpected("an entity's identifier, as in \(type)::\"…\",")
        }
        return EntityUID(type: type, id: try string("an entity's identifier"))
    }
}

extension Token.Problem {
    var message: String {
        switch self {
        case .character: "this character means nothing outside a string"
        case .byteOrderMark: "a byte order mark is not allowed"
        case .unterminatedString: "the string is not closed"
        case .singleQuote: "strings are in double quotes"
        case .blockComment: "there are no block comments"
        }
    }

    var help: String? {
        switch self {
        case .character: nil
        case .byteOrderMark: "save the file as UTF-8 without one"
        case .unterminatedString: "add `\"`"
        case .singleQuote: "write \"…\" instead of '…'"
        case .blockComment: "begin each line with `//`"
        }
    }
}
