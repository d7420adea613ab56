/// Reads a schema text by recursive descent; after an error it goes on with the next declaration.
struct SchemaParser {
    struct Failure: Error {
        let message: String
        let range: ByteRange
        var help: String?
    }

    private let source: SourceText
    private let tokens: [Token]
    private var position = 0
    private var nesting = 0
    private var failures: [Failure] = []

    private init(_ source: SourceText) {
        self.source = source
        tokens = Lexer.tokens(of: source.bytes)
    }

    /// - Throws: One diagnostic for each declaration that could not be read.
    static func syntax(of source: SourceText) throws(SchemaError) -> SchemaSyntax {
        guard source.bytes.count <= ByteRange.textBytesMax else {
            throw SchemaError(diagnostics: [
                CedarDiagnostic(
                    message: "the schema is longer than \(ByteRange.textBytesMax) bytes",
                    span: source.span(ByteRange(0, 0)))
            ])
        }
        var parser = SchemaParser(source)
        let syntax = parser.schema()
        guard parser.failures.isEmpty else {
            throw SchemaError(
                diagnostics: parser.failures.map {
                    CedarDiagnostic(message: $0.message, span: source.span($0.range), help: $0.help)
                })
        }
        return syntax
    }

    // MARK: Tokens

    private var token: Token { tokens[position] }
    private var nextToken: Token { tokens[min(position + 1, tokens.count - 1)] }
    private var lastRange: ByteRange { tokens[max(0, position - 1)].range }

    private mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    private func text(_ token: Token) -> String { source.text(token.range) }

    private func isAt(_ punctuation: Punctuation) -> Bool { token.kind == .punctuation(punctuation) }

    private func isAt(word: String) -> Bool { token.kind == .word && text(token) == word }

    private mutating func take(_ punctuation: Punctuation) -> Bool {
        guard isAt(punctuation) else { return false }
        advance()
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard isAt(word: word) else { return false }
        advance()
        return true
    }

    private mutating func expect(_ punctuation: Punctuation, _ place: String) throws(Failure) {
        guard take(punctuation) else { throw unexpected("`\(punctuation.rawValue)` \(place)") }
    }

    private func unexpected(_ expected: String) -> Failure {
        switch token.kind {
        case .end: Failure(message: "the schema ends where \(expected) is expected", range: token.range)
        case .invalid(let problem):
            Failure(message: problem.message, range: token.range, help: problem.help)
        default: Failure(message: "found `\(text(token))` where \(expected) is expected", range: token.range)
        }
    }

    // MARK: Declarations

    private mutating func schema() -> SchemaSyntax {
        var syntax = SchemaSyntax()
        var outside = SchemaSyntax.Namespace(name: nil)
        while token.kind != .end, failures.count < SchemaSyntax.diagnosticsMax {
            do throws(Failure) {
                try annotations()
                if isAt(word: "namespace") {
                    syntax.namespaces.append(try namespace())
                } else {
                    try declaration(into: &outside)
                }
            } catch {
                failures.append(error)
                skipDeclaration()
                // The brace that closes a namespace whose beginning could not be read.
                _ = take(.rightBrace)
            }
        }
        syntax.namespaces.append(outside)
        return syntax
    }

    private mutating func namespace() throws(Failure) -> SchemaSyntax.Namespace {
        advance()
        var namespace = SchemaSyntax.Namespace(name: try name("the name of the namespace"))
        try expect(.leftBrace, "after the namespace's name")
        while !isAt(.rightBrace) {
            guard token.kind != .end else { throw unexpected("`}` after the namespace's declarations") }
            do throws(Failure) {
                try annotations()
                try declaration(into: &namespace)
            } catch {
                failures.append(error)
                guard failures.count < SchemaSyntax.diagnosticsMax else { break }
                skipDeclaration()
            }
        }
        _ = take(.rightBrace)
        return namespace
    }

    /// A semicolon stands nowhere but at the end of a declaration. Where it is missing, a brace may end the namespace.
    private mutating func skipDeclaration() {
        nesting = 0
        while token.kind != .end {
            if take(.semicolon) { return }
            if isAt(.rightBrace) {
                switch nextToken.kind {
                case .end, .punctuation(.at): return
                case .word where ["namespace", "entity", "action", "type"].contains(text(nextToken)): return
                default: break
                }
            }
            advance()
        }
    }

    /// They say nothing to the engine, but must be well formed.
    private mutating func annotations() throws(Failure) {
        var keys: Set<String> = []
        while isAt(.at) {
            let start = token.range
            advance()
            guard token.kind == .word else { throw unexpected("the name of an annotation") }
            let key = text(token)
            advance()
            if take(.leftParenthesis) {
                _ = try string("an annotation's value in double quotes")
                try expect(.rightParenthesis, "after an annotation's value")
            }
            guard keys.insert(key).inserted else {
                throw Failure(
                    message: "the annotation @\(key) occurs twice", range: start.joined(to: lastRange),
                    help: "keep one of the two")
            }
        }
    }

    private mutating func declaration(into namespace: inout SchemaSyntax.Namespace) throws(Failure) {
        if take(word: "entity") {
            namespace.entityTypes.append(try entityType())
        } else if take(word: "action") {
            namespace.actions.append(try action())
        } else if take(word: "type") {
            namespace.commonTypes.append(try commonType())
        } else {
            guard token.kind == .word else { throw unexpected("a declaration") }
            let keywords = ["entity", "action", "type", "namespace"]
            throw Failure(
                message: isAt(word: "namespace")
                    ? "namespaces cannot be inside each other" : "`\(text(token))` begins no declaration",
                range: token.range,
                help: isAt(word: "namespace")
                    ? "write `namespace A::B { … }`"
                    : Suggestion.help(for: text(token), among: keywords)
                        ?? "declarations begin with `entity`, `action`, `type` or `namespace`")
        }
    }

    private mutating func entityType() throws(Failure) -> SchemaSyntax.EntityTypeDeclaration {
        var names: [SchemaSyntax.Name] = []
        repeat { names.append(try declaredName("the name of an entity type")) } while take(.comma)
        if take(word: "enum") {
            try expect(.leftBracket, "before the identifiers")
            var identifiers: [CedarString] = []
            repeat { identifiers.append(try string("an identifier in double quotes")) } while take(.comma)
            try expect(.rightBracket, "after the identifiers")
            try endDeclaration()
            return SchemaSyntax.EntityTypeDeclaration(names: names, kind: .enumeration(identifiers))
        }
        let parents = take(word: "in") ? try nameOrNames("the name of an entity type") : []
        var shape: SchemaSyntax.TypeExpression?
        if take(.assign) || isAt(.leftBrace) { shape = try record() }
        let tags = take(word: "tags") ? try type() : nil
        try endDeclaration()
        return SchemaSyntax.EntityTypeDeclaration(
            names: names, kind: .standard(parents: parents, shape: shape, tags: tags))
    }

    private mutating func endDeclaration() throws(Failure) {
        try expect(.semicolon, "at the end of the declaration")
    }

    private mutating func commonType() throws(Failure) -> SchemaSyntax.CommonTypeDeclaration {
        let name = try declaredName("the name of a type")
        try expect(.assign, "after the type's name")
        let type = try type()
        try endDeclaration()
        return SchemaSyntax.CommonTypeDeclaration(name: name, type: type)
    }

    private mutating func action() throws(Failure) -> SchemaSyntax.ActionDeclaration {
        var names: [SchemaSyntax.ActionName] = []
        repeat {
            let range = token.range
            names.append(SchemaSyntax.ActionName(id: try nameOrString("the name of an action"), range: range))
        } while take(.comma)
        var parents: [SchemaSyntax.ActionReference] = []
        if take(word: "in") {
            if take(.leftBracket) {
                repeat { parents.append(try actionReference()) } while take(.comma)
                try expect(.rightBracket, "after the actions")
            } else {
                parents = [try actionReference()]
            }
        }
        let appliesTo = take(word: "appliesTo") ? try appliesTo() : nil
        if take(word: "attributes") {
            try expect(.leftBrace, "after `attributes`")
            guard take(.rightBrace) else {
                throw Failure(message: "actions have no attributes", range: token.range, help: "leave them out")
            }
        }
        try endDeclaration()
        return SchemaSyntax.ActionDeclaration(names: names, parents: parents, appliesTo: appliesTo)
    }

    /// A name or string alone, or a type's name, `::` and a string.
    private mutating func actionReference() throws(Failure) -> SchemaSyntax.ActionReference {
        let start = token.range
        guard token.kind == .word, nextToken.kind == .punctuation(.doubleColon) else {
            return SchemaSyntax.ActionReference(type: nil, id: try nameOrString("the name of an action"), range: start)
        }
        let type = try name("the type of an action")
        try expect(.doubleColon, "before the action's identifier")
        let id = try string("the action's identifier in double quotes")
        return SchemaSyntax.ActionReference(type: type, id: id, range: start.joined(to: lastRange))
    }

    private mutating func appliesTo() throws(Failure) -> SchemaSyntax.AppliesTo {
        let start = lastRange
        try expect(.leftBrace, "after `appliesTo`")
        var appliesTo = SchemaSyntax.AppliesTo()
        var parts: Set<String> = []
        repeat {
            let part = token
            let key = text(part)
            guard part.kind == .word, ["principal", "resource", "context"].contains(key) else {
                throw unexpected("`principal`, `resource` or `context`")
            }
            advance()
            try expect(.colon, "after `\(key)`")
            guard parts.insert(key).inserted else {
                throw Failure(message: "`\(key)` occurs twice", range: part.range, help: "keep one of the two")
            }
            if key == "context" {
                appliesTo.context = isAt(.leftBrace) ? try record() : .name(try name("a type"), .commonType)
            } else {
                let names = try nameOrNames("the name of an entity type")
                guard !names.isEmpty else {
                    throw Failure(
                        message: "the list of \(key) types is empty", range: part.range.joined(to: lastRange),
                        help: "leave out `appliesTo` if no request names the action")
                }
                if key == "principal" { appliesTo.principals = names } else { appliesTo.resources = names }
            }
        } while take(.comma) && !isAt(.rightBrace)
        try expect(.rightBrace, "after what the action applies to")
        for part in ["principal", "resource"] where !parts.contains(part) {
            throw Failure(
                message: "`appliesTo` lacks `\(part)`", range: start, help: "add `\(part): …`, the types it applies to")
        }
        return appliesTo
    }

    // MARK: Types

    private mutating func type() throws(Failure) -> SchemaSyntax.TypeExpression {
        if isAt(.leftBrace) { return try record() }
        guard isAt(word: "Set"), nextToken.kind == .punctuation(.less) else {
            return .name(try name("a type"), .either)
        }
        let start = token.range
        advance()
        advance()
        let element = try nested { (parser) throws(Failure) in try parser.type() }
        try expect(.greater, "after the type of the set's elements")
        return .set(element, start.joined(to: lastRange))
    }

    private mutating func record() throws(Failure) -> SchemaSyntax.TypeExpression {
        let start = token.range
        try expect(.leftBrace, "before the attributes")
        var attributes: [SchemaSyntax.Attribute] = []
        while !isAt(.rightBrace) {
            try annotations()
            let nameRange = token.range
            let name = try nameOrString("the name of an attribute or `}`")
            let isRequired = !take(.question)
            try expect(.colon, "after the attribute's name")
            let type = try nested { (parser) throws(Failure) in try parser.type() }
            attributes.append(
                SchemaSyntax.Attribute(name: name, nameRange: nameRange, type: type, isRequired: isRequired))
            guard take(.comma) else { break }
        }
        guard take(.rightBrace) else { throw unexpected("`,` or `}`") }
        return .record(attributes, start.joined(to: lastRange))
    }

    private mutating func nested(
        _ body: (inout SchemaParser) throws(Failure) -> SchemaSyntax.TypeExpression
    ) throws(Failure) -> SchemaSyntax.TypeExpression {
        nesting += 1
        guard nesting <= SchemaSyntax.nestingMax else {
            throw Failure(
                message: "the type nests deeper than \(SchemaSyntax.nestingMax) levels", range: token.range)
        }
        let result = try body(&self)
        nesting -= 1
        return result
    }

    // MARK: Names and strings

    private mutating func identifier(_ expected: String, isDeclared: Bool = false) throws(Failure) -> String {
        guard token.kind == .word else { throw unexpected(expected) }
        let word = text(token)
        // `__cedar` is the namespace of the built-in types: it can be named, but not declared.
        guard !IdentifierRules.isReserved(word) || (word == "__cedar" && !isDeclared) else {
            throw Failure(message: "`\(word)` is a reserved word", range: token.range)
        }
        advance()
        return word
    }

    private mutating func declaredName(_ expected: String) throws(Failure) -> SchemaSyntax.Name {
        let name = SchemaSyntax.Name(text: try identifier(expected, isDeclared: true), range: lastRange)
        guard !isAt(.doubleColon) else {
            throw Failure(
                message: "a declared name has no namespace", range: token.range,
                help: "put the declaration into `namespace \(name.text) { … }`")
        }
        return name
    }

    private mutating func name(_ expected: String) throws(Failure) -> SchemaSyntax.Name {
        let start = token.range
        var parts = [try identifier(expected)]
        while isAt(.doubleColon), nextToken.kind == .word {
            advance()
            parts.append(try identifier("a name"))
        }
        return SchemaSyntax.Name(text: parts.joined(separator: "::"), range: start.joined(to: lastRange))
    }

    private mutating func nameOrNames(_ expected: String) throws(Failure) -> [SchemaSyntax.Name] {
        guard take(.leftBracket) else { return [try name(expected)] }
        guard !take(.rightBracket) else { return [] }
        var names: [SchemaSyntax.Name] = []
        repeat { names.append(try name(expected)) } while take(.comma)
        try expect(.rightBracket, "after the names")
        return names
    }

    private mutating func nameOrString(_ expected: String) throws(Failure) -> CedarString {
        guard token.kind != .string else { return try string(expected) }
        guard token.kind == .word, IdentifierRules.isReserved(text(token)), !isAt(word: "__cedar") else {
            return CedarString(try identifier(expected))
        }
        throw Failure(
            message: "`\(text(token))` is a reserved word", range: token.range,
            help: "write it in double quotes, \"\(text(token))\"")
    }

    private mutating func string(_ expected: String) throws(Failure) -> CedarString {
        guard token.kind == .string else { throw unexpected(expected) }
        let range = token.range
        advance()
        do {
            return try StringEscapes.string(source, range)
        } catch {
            throw Failure(
                message: "`\(source.text(error.range))` is no escape", range: error.range,
                help: "the escapes are \\n \\r \\t \\\\ \\0 \\' \\\" \\x41 \\u{1F600}")
        }
    }
}
