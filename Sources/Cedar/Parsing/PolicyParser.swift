/// Reads policies, one after the other; after an error it goes on behind the next semicolon.
struct PolicyParser {
    struct Failure: Error {
        var message: String
        var range: ByteRange
        var help: String?
    }

    static let textBytesMax = 4 << 20
    static let nestingMax = 64

    let source: SourceText
    let tokens: [Token]
    var position = 0
    var nesting = 0

    static func parse(_ text: String, fileName: String) throws(PolicyParseError) -> [Policy] {
        let bytes = Array(text.utf8)
        let source = SourceText(name: fileName, bytes: bytes)
        guard bytes.count <= textBytesMax else {
            throw PolicyParseError(diagnostics: [
                CedarDiagnostic(
                    message: "the text is longer than \(textBytesMax) bytes", span: source.span(ByteRange(0, 0)),
                    help: "split it into several files")
            ])
        }
        let (tokens, lexical) = Lexer.tokens(of: bytes)
        var parser = PolicyParser(source: source, tokens: tokens)
        var policies: [Policy] = []
        var problems = lexical.map { CedarDiagnostic(message: $0.message, span: source.span($0.range)) }
        var names: Set<PolicyID> = []
        while parser.current.kind != .end {
            do throws(Failure) {
                let policy = try parser.policy(number: policies.count)
                guard names.insert(policy.id).inserted else {
                    throw Failure(
                        message: "there are two policies with the name \"\(policy.id)\"",
                        range: ByteRange(policy.span.startOffset, policy.span.endOffset),
                        help: "give one of them another @id")
                }
                policies.append(policy)
            } catch {
                if lexical.isEmpty || problems.count > lexical.count || !problems.isEmpty {
                    problems.append(
                        CedarDiagnostic(message: error.message, span: source.span(error.range), help: error.help))
                }
                parser.skipPolicy()
            }
        }
        guard problems.isEmpty else {
            throw PolicyParseError(diagnostics: problems.sorted { $0.span.startOffset < $1.span.startOffset })
        }
        return policies
    }

    init(source: SourceText, tokens: [Token]) {
        self.source = source
        self.tokens = tokens
    }

    // MARK: Tokens

    var current: Token { tokens[min(position, tokens.count - 1)] }
    var following: Token { tokens[min(position + 1, tokens.count - 1)] }

    mutating func advance() { position = min(position + 1, tokens.count - 1) }

    func isAt(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }
    func isAt(word: String) -> Bool { current.kind == .identifier(word) }

    mutating func accept(_ symbol: String) -> Bool {
        guard isAt(symbol) else { return false }
        advance()
        return true
    }

    mutating func accept(word: String) -> Bool {
        guard isAt(word: word) else { return false }
        advance()
        return true
    }

    func unexpected(_ expected: String, help: String? = nil) -> Failure {
        let found =
            switch current.kind {
            case .identifier(let text), .number(let text), .symbol(let text): "“\(text)”"
            case .string(let text): text.literal
            case .slot(let name): "“?\(name)”"
            case .end: "the end of the text"
            }
        return Failure(message: "expected \(expected), found \(found)", range: current.range, help: help)
    }

    mutating func expect(_ symbol: String, help: String? = nil) throws(Failure) {
        guard accept(symbol) else { throw unexpected("“\(symbol)”", help: help) }
    }

    private mutating func skipPolicy() {
        while current.kind != .end {
            let isEnd = isAt(";")
            advance()
            if isEnd { return }
        }
    }

    mutating func identifier(_ what: String) throws(Failure) -> String {
        guard case .identifier(let name) = current.kind else { throw unexpected(what) }
        guard !IdentifierRules.isReserved(name) else {
            throw Failure(
                message: "“\(name)” is a word of the language", range: current.range,
                help: "write [\"\(name)\"] instead")
        }
        advance()
        return name
    }

    func string(_ raw: CedarString, _ range: ByteRange) throws(Failure) -> CedarString {
        do throws(EscapeError) {
            var text = ""
            for scalar in try Escapes.read(raw.text, asPattern: false) { scalar.map { text.unicodeScalars.append($0) } }
            return CedarString(text)
        } catch {
            throw Failure(message: error.message, range: range)
        }
    }

    mutating func string(_ what: String) throws(Failure) -> CedarString {
        guard case .string(let raw) = current.kind else { throw unexpected(what) }
        let value = try string(raw, current.range)
        advance()
        return value
    }

    // MARK: Policies

    private mutating func policy(number: Int) throws(Failure) -> Policy {
        let start = current.range
        var annotations: [Annotation] = []
        while accept("@") {
            guard case .identifier(let key) = current.kind else { throw unexpected("the annotation's name") }
            let range = current.range
            advance()
            var value: CedarString = ""
            if accept("(") {
                value = try string("the annotation's text in quotes")
                try expect(")")
            }
            guard !annotations.contains(where: { $0.key == CedarString(key) }) else {
                throw Failure(
                    message: "the annotation @\(key) is there twice", range: range, help: "keep one of the two")
            }
            annotations.append(Annotation(key: CedarString(key), value: value, span: source.span(range)))
        }
        guard case .identifier(let word) = current.kind, let effect = Effect(rawValue: word) else {
            throw unexpected("“permit” or “forbid”")
        }
        advance()
        try expect("(")
        let scope = try scope()
        try expect(")")
        var conditions: [Condition] = []
        while isAt(word: "when") || isAt(word: "unless") {
            let kind: Condition.Kind = isAt(word: "when") ? .when : .unless
            advance()
            try expect("{")
            conditions.append(Condition(kind: kind, body: try expression()))
            try expect("}", help: "an operator may be missing")
        }
        let end = current.range
        try expect(";", help: "a policy ends with a semicolon")
        let id = annotations.first { $0.key == "id" }.map { PolicyID($0.value.text) } ?? PolicyID("policy\(number)")
        return Policy(
            id: id, effect: effect, annotations: annotations, span: source.span(start.joined(to: end)), scope: scope,
            conditions: conditions, source: source)
    }

    private mutating func scope() throws(Failure) -> Scope {
        let principal = try entityConstraint("principal")
        try expect(",")
        let action = try actionConstraint()
        try expect(",")
        let resource = try entityConstraint("resource")
        _ = accept(",")
        return Scope(principal: principal, action: action, resource: resource)
    }

    private mutating func entityConstraint(_ variable: String) throws(Failure) -> EntityConstraint {
        guard accept(word: variable) else { throw unexpected("“\(variable)”") }
        if accept("==") { return .equal(try reference(variable)) }
        if accept(word: "in") { return .in(try reference(variable)) }
        guard accept(word: "is") else {
            guard isAt(",") || isAt(")") else {
                throw unexpected("“==”, “in”, “is” or a comma", help: "other conditions stand in “when { … }”")
            }
            return .any
        }
        let type = try typeName()
        return .is(type, in: accept(word: "in") ? try reference(variable) : nil)
    }

    private mutating func reference(_ variable: String) throws(Failure) -> EntityReference {
        if case .slot(let name) = current.kind {
            guard name == variable else {
                throw Failure(
                    message: "“?\(name)” cannot stand here", range: current.range,
                    help: "the slot here is “?\(variable)”")
            }
            advance()
            return .slot
        }
        return .entity(try entity())
    }

    private mutating func actionConstraint() throws(Failure) -> ActionConstraint {
        guard accept(word: "action") else { throw unexpected("“action”") }
        if accept("==") { return .equal(try actionEntity()) }
        guard accept(word: "in") else {
            guard isAt(",") else {
                throw unexpected("“==”, “in” or a comma", help: "other conditions stand in “when { … }”")
            }
            return .any
        }
        guard accept("[") else { return .in([try actionEntity()]) }
        var actions: [EntityUID] = []
        while !isAt("]") {
            actions.append(try actionEntity())
            guard accept(",") else { break }
        }
        try expect("]")
        return .in(actions)
    }

    private mutating func actionEntity() throws(Failure) -> EntityUID {
        let range = current.range
        let uid = try entity()
        guard uid.type.baseName == "Action" else {
            throw Failure(message: "\(uid) is not an action", range: range, help: "an action is written Action::\"…\"")
        }
        return uid
    }

    mutating func typeName() throws(Failure) -> EntityTypeName {
        var name = try identifier("the name of an entity type")
        while isAt("::"), case .identifier = following.kind {
            advance()
            name += "::" + (try identifier("the name of an entity type"))
        }
        return EntityTypeName(CedarString(name))
    }

    private mutating func entity() throws(Failure) -> EntityUID {
        let type = try typeName()
        guard accept("::") else { throw unexpected("“::” and the entity's name in quotes") }
        return EntityUID(type: type, id: try string("the entity's name in quotes"))
    }
}
