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
    private let tokens: [Token]
    private var position = 0
    var nesting = 0

    init(_ source: SourceText) {
        self.source = source
        tokens = Lexer.tokens(of: source.bytes)
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
        var diagnostics: [CedarDiagnostic] = []
        while parser.token.kind != .end, diagnostics.count < diagnosticsMax {
            do {
                policies.append(try parser.policy(index: policies.count))
            } catch {
                diagnostics.append(
                    CedarDiagnostic(message: error.message, span: source.span(error.range), help: error.help))
                parser.skipToNextPolicy()
            }
        }
        guard diagnostics.isEmpty else { throw PolicyParseError(diagnostics: diagnostics) }
        return policies
    }

    // MARK: Tokens

    var token: Token { tokens[position] }

    func token(after count: Int) -> Token { tokens[min(position + count, tokens.count - 1)] }

    /// The range of the token before this one: where what was just read ends.
    var lastRange: ByteRange { tokens[max(0, position - 1)].range }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    func text(_ token: Token) -> String { source.text(token.range) }

    func isAt(_ punctuation: Punctuation) -> Bool { token.kind == .punctuation(punctuation) }

    func isAt(word: String) -> Bool { token.kind == .word && text(token) == word }

    mutating func take(_ punctuation: Punctuation) -> Bool {
        guard isAt(punctuation) else { return false }
        advance()
        return true
    }

    mutating func take(word: String) -> Bool {
        guard isAt(word: word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ punctuation: Punctuation, _ place: String) throws(Failure) {
        guard take(punctuation) else { throw unexpected("`\(punctuation.rawValue)` \(place)") }
    }

    /// The failure to say that something else was expected here.
    func unexpected(_ expected: String) -> Failure {
        switch token.kind {
        case .end:
            return Failure(message: "the text ends where \(expected) is expected", range: token.range)
        case .invalid(let problem):
            return Failure(message: problem.message, range: token.range, help: problem.help)
        case .punctuation(.assign):
            return Failure(message: "`=` is no operator", range: token.range, help: "write `==` to compare")
        case .punctuation(.slash), .punctuation(.percent):
            return Failure(message: "division is not supported", range: token.range)
        case .slot:
            return Failure(
                message: "the slot \(text(token)) cannot stand here", range: token.range,
                help: "only `principal == ?principal`, `principal in ?principal` and the same of resource have slots")
        case .word, .integer, .string, .punctuation:
            return Failure(message: "found `\(text(token))` where \(expected) is expected", range: token.range)
        }
    }

    /// Goes to the next semicolon that a policy may follow; one inside a broken condition rarely is.
    private mutating func skipToNextPolicy() {
        while token.kind != .end {
            if take(.semicolon) {
                if token.kind == .end || isAt(.at) { return }
                let isEffect = isAt(word: "permit") || isAt(word: "forbid")
                if isEffect, self.token(after: 1).kind == .punctuation(.leftParenthesis) { return }
            } else {
                advance()
            }
        }
    }

    // MARK: Policies

    private mutating func policy(index: Int) throws(Failure) -> Policy {
        nesting = 0
        let start = token.range
        let annotations = try annotations()
        let effect = try effect()
        let scope = try scope()
        var conditions: [Condition] = []
        while let condition = try condition() { conditions.append(condition) }
        guard take(.semicolon) else {
            if token.kind == .word {
                throw Failure(
                    message: "`\(text(token))` is no condition", range: token.range,
                    help: "conditions begin with `when` or `unless`")
            }
            throw unexpected("`;` at the end of the policy")
        }
        return Policy(
            id: PolicyID("policy\(index)"), effect: effect, annotations: annotations,
            span: source.span(start.joined(to: lastRange)), scope: scope, conditions: conditions, source: source)
    }

    private mutating func annotations() throws(Failure) -> [Annotation] {
        var annotations: [Annotation] = []
        while isAt(.at) {
            let start = token.range
            advance()
            guard token.kind == .word else { throw unexpected("the name of an annotation") }
            let key = CedarString(text(token))
            advance()
            var value: CedarString = ""
            if take(.leftParenthesis) {
                value = try string("an annotation's value in double quotes")
                try expect(.rightParenthesis, "after an annotation's value")
            }
            let range = start.joined(to: lastRange)
            guard !annotations.contains(where: { $0.key == key }) else {
                throw Failure(
                    message: "the annotation @\(key) occurs twice", range: range, help: "keep one of the two")
            }
            annotations.append(Annotation(key: key, value: value, span: source.span(range)))
        }
        return annotations
    }

    private mutating func effect() throws(Failure) -> Effect {
        guard token.kind == .word else { throw unexpected("`permit` or `forbid`") }
        guard let effect = Effect(rawValue: text(token)) else {
            throw Failure(
                message: "`\(text(token))` is no effect", range: token.range,
                help: "a policy begins with `permit` or `forbid`")
        }
        advance()
        return effect
    }

    private mutating func condition() throws(Failure) -> Condition? {
        let kind: Condition.Kind
        if take(word: "when") {
            kind = .when
        } else if take(word: "unless") {
            kind = .unless
        } else {
            return nil
        }
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
        guard !IdentifierRules.isReserved(word) else {
            throw Failure(
                message: "`\(word)` is a reserved word", range: token.range,
                help: word == "__cedar" ? nil : "an attribute of this name is written in brackets, `[\"\(word)\"]`")
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
        Failure(
            message: "`\(source.text(failure.range))` is no escape", range: failure.range,
            help: "the escapes are \\n \\r \\t \\\\ \\0 \\' \\\" \\x41 \\u{1F600}, in patterns also \\*")
    }

    /// Identifiers joined by `::`; stops before a `::` that a string follows.
    mutating func typeName(_ expected: String) throws(Failure) -> EntityTypeName {
        var name = try identifier(expected)
        while isAt(.doubleColon), token(after: 1).kind == .word {
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
