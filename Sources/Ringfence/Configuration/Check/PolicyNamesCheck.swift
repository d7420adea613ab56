internal import Cedar

/// The names in policy texts: entities, attributes and values that can never come up are mistakes, since a condition
/// on them is always false (and a `forbid` that never fires forbids nothing).
struct PolicyNamesCheck {
    private let inputs: RingfenceInputs
    private let vocabulary: PolicyVocabulary
    private let collector: ProblemCollector

    init(inputs: RingfenceInputs, live: LiveSchema?, collector: ProblemCollector) {
        self.inputs = inputs
        self.collector = collector
        vocabulary = PolicyVocabulary(
            catalog: inputs.catalog, directory: inputs.directory, live: live, storeName: inputs.store.name)
    }

    func run() {
        for file in inputs.decidingFiles where file.role == .policy {
            let tokens = PolicyTokens(file.text, file: file.path)
            for index in tokens.tokens.indices {
                entity(tokens, index)
                typeTest(tokens, index)
                constantCondition(tokens, index)
                if let path = AttributePath(tokens, at: index) { attribute(path, tokens) }
            }
        }
        for template in inputs.policies.templates {
            let span = template.span
            collector.report(
                FilePlace(file: span.file, line: span.line, column: span.column).error(
                    "policy \(template.id) is a template, which nothing links, so it decides nothing",
                    "Write a policy without ?principal and ?resource."))
        }
    }

    private func suggestion(_ name: String, _ names: [String]) -> String? {
        nearest(to: name, among: names).map { "Did you mean \"\($0)\"?" }
    }

    private func listed(_ names: [String]) -> String {
        let unique = Set(names).sorted()
        return unique.count > 12 ? unique.prefix(12).joined(separator: ", ") + " …" : unique.joined(separator: ", ")
    }

    /// `Team::"data-security"`.
    private func entity(_ tokens: PolicyTokens, _ index: Int) {
        guard let type = tokens[index]?.word, let place = tokens[index]?.place,
            !(tokens[index - 1]?.isMark("::") ?? false), tokens[index + 1]?.isMark("::") ?? false
        else { return }
        guard let id = tokens[index + 2]?.string else {
            collector.report(place.error("there are no entity types with \"::\" in their names", typesRemedy))
            return
        }
        guard isType(type) else { return unknownType(type, place) }
        let known = vocabulary.identifiers(of: type)
        guard !known.containsExactly(id) else { return }
        let idPlace = tokens[index + 2]?.place ?? place
        let file = ["Person", "Service", "Team"].contains(type) ? "directory" : "catalog"
        collector.report(
            idPlace.error(
                type == "Action" ? "there is no action \"\(id)\"" : "the \(file) has no \(type.lowercased()) \"\(id)\"",
                suggestion(id, known) ?? (known.isEmpty ? nil : "There are: \(listed(known)).")))
    }

    private var typesRemedy: String { "There are: \(CedarModel.types.map(\.description).joined(separator: ", "))." }

    private func isType(_ name: String) -> Bool { CedarModel.types.map(\.description).containsExactly(name) }

    private func unknownType(_ name: String, _ place: FilePlace) {
        let meant = suggestion(name, CedarModel.types.map(\.description))
        collector.report(place.error("there is no entity type \(name)", meant ?? typesRemedy))
    }

    /// `principal is Person`.
    private func typeTest(_ tokens: PolicyTokens, _ index: Int) {
        guard tokens[index]?.isWord("is") ?? false, !(tokens[index - 1]?.isMark(".") ?? false),
            let type = tokens[index + 1]?.word, let place = tokens[index + 1]?.place,
            !(tokens[index + 2]?.isMark("::") ?? false)
        else { return }
        if !isType(type) { unknownType(type, place) }
    }

    /// `when { false }`.
    private func constantCondition(_ tokens: PolicyTokens, _ index: Int) {
        guard tokens[index + 1]?.isMark("{") ?? false, tokens[index + 3]?.isMark("}") ?? false,
            let place = tokens[index]?.place
        else { return }
        let isNever =
            tokens[index]?.isWord("when") ?? false && tokens[index + 2]?.isWord("false") ?? false
            || tokens[index]?.isWord("unless") ?? false && tokens[index + 2]?.isWord("true") ?? false
        if isNever {
            collector.report(
                place.error("this condition is always false, so the policy decides nothing", "Take the policy away."))
        }
    }

    private func attribute(_ path: AttributePath, _ tokens: PolicyTokens) {
        var known = [path.variable]
        for (name, place) in path.names {
            known.append(name)
            if PolicyVocabulary.kind(of: known) != nil { continue }
            let owner = known.dropLast().joined(separator: ".")
            let names = PolicyVocabulary.names(after: Array(known.dropLast()))
            let remedy = suggestion(name, names) ?? (names.isEmpty ? nil : "It has: \(names.joined(separator: ", ")).")
            collector.report(place.error("\(owner) has no attribute \"\(name)\"", remedy))
            return
        }
        guard !path.names.isEmpty, !path.isTest, let kind = PolicyVocabulary.kind(of: known) else { return }
        rowArithmetic(path, tokens)
        comparison(path, known, kind, tokens)
    }

    /// `resource.subject.id + 1`, `ip(resource.subject.id)`, `resource.subject.id < "5"`.
    private func rowArithmetic(_ path: AttributePath, _ tokens: PolicyTokens) {
        guard path.variable == "resource" else { return }
        let before = tokens[path.start - 1]
        let after = tokens[path.end]
        let operators = ["+", "-", "*", "<", "<=", ">", ">="]
        let hasOperator = operators.contains { mark in (before?.isMark(mark) ?? false) || (after?.isMark(mark) ?? false)
        }
        let functions = ["ip", "decimal", "datetime", "duration"]
        let isArgument =
            (before?.isMark("(") ?? false) && functions.contains { tokens[path.start - 2]?.isWord($0) ?? false }
        guard hasOperator || isArgument, let place = tokens[path.start]?.place else { return }
        collector.report(
            place.error(
                "SQL cannot express \(isArgument ? "a conversion of" : "arithmetic or order on") \(path.text)",
                "It is a text: compare it with ==, like or [ … ].contains( … )."))
    }

    private func comparison(
        _ path: AttributePath, _ known: [String], _ kind: PolicyVocabulary.Kind, _ tokens: PolicyTokens
    ) {
        let isEquality = { (token: PolicyTokens.Token?) in token.map { $0.isMark("==") || $0.isMark("!=") } ?? false }
        if isEquality(tokens[path.end]) { operand(tokens[path.end + 1], path, known, kind) }
        if isEquality(tokens[path.start - 1]) { operand(tokens[path.start - 2], path, known, kind) }
        // ["DE", "FR"].contains(resource.subject.home)
        if tokens[path.start - 1]?.isMark("(") ?? false, tokens[path.start - 2]?.isWord("contains") ?? false,
            tokens[path.start - 3]?.isMark(".") ?? false, tokens[path.start - 4]?.isMark("]") ?? false
        {
            for token in elements(before: path.start - 4, tokens) { value(token, path, known) }
        }
        // principal.teams.contains("data-security"), containsAny(["DE", "FR"])
        guard kind == .set, tokens[path.end]?.isMark(".") ?? false, let method = tokens[path.end + 1]?.word,
            method.hasPrefix("contains")
        else { return }
        if tokens[path.end + 3]?.string != nil, let token = tokens[path.end + 3] { value(token, path, known) }
        if tokens[path.end + 3]?.isMark("[") ?? false {
            var index = path.end + 4
            while let token = tokens[index], !token.isMark("]") {
                if token.string != nil { value(token, path, known) }
                index += 1
            }
        }
    }

    /// The strings of a literal set that ends at `index`.
    private func elements(before index: Int, _ tokens: PolicyTokens) -> [PolicyTokens.Token] {
        var found: [PolicyTokens.Token] = []
        var index = index - 1
        while let token = tokens[index], !token.isMark("[") {
            guard token.string != nil || token.isMark(",") else { return [] }
            if token.string != nil { found.append(token) }
            index -= 1
        }
        return found
    }

    private func operand(
        _ token: PolicyTokens.Token?, _ path: AttributePath, _ known: [String], _ kind: PolicyVocabulary.Kind
    ) {
        guard let token else { return }
        let found: PolicyVocabulary.Kind? =
            switch token.kind {
            case .string: .text
            case .word("true"), .word("false"): .flag
            case .mark("["): .set
            case .mark("{"): .record
            case .word, .number, .mark: nil
            }
        if found != nil && found != kind || token.kind == .number {
            let remedy =
                switch kind {
                case .set: "Write \(path.text).contains( … )."
                case .flag: "Write \(path.text), or !\(path.text)."
                case .text: "Compare it with a text, or write [ … ].contains(\(path.text))."
                case .record: "Compare \(path.text).home."
                }
            collector.report(
                token.place.error("\(path.text) is a \(kind.rawValue) and never equals this", remedy))
            return
        }
        if found == .text { value(token, path, known) }
    }

    private func value(_ token: PolicyTokens.Token, _ path: AttributePath, _ known: [String]) {
        guard let text = token.string else { return }
        if PolicyVocabulary.isJurisdiction(known) {
            guard Jurisdiction(code: text) == nil else { return }
            let remedy = "A jurisdiction is an ISO 3166-1 code of two capitals, such as US."
            collector.report(token.place.error("\(path.text) never is \"\(text)\"", remedy))
            return
        }
        guard let values = vocabulary.values(of: known), !values.containsExactly(text) else { return }
        collector.report(
            token.place.error(
                "\(path.text) never is \"\(text)\"",
                suggestion(text, values) ?? (values.isEmpty ? nil : "It is one of: \(listed(values)).")))
    }
}

/// `resource.subject.home`, or `resource.subject has home`: a variable and the names that follow it.
struct AttributePath {
    let variable: String
    var names: [(name: String, place: FilePlace)] = []
    /// The token of the variable, and the one after the path.
    let start: Int
    var end: Int
    /// Whether it ends in a `has`.
    var isTest = false

    var text: String { ([variable] + names.map(\.name)).joined(separator: ".") }

    /// Nil if no path begins at this token.
    init?(_ tokens: PolicyTokens, at index: Int) {
        guard let word = tokens[index]?.word, ["principal", "resource", "action", "context"].contains(word),
            !(tokens[index - 1]?.isMark(".") ?? false), !(tokens[index - 1]?.isMark("@") ?? false),
            !(tokens[index - 1]?.isMark("?") ?? false), !(tokens[index + 1]?.isMark(":") ?? false),
            !(tokens[index - 1]?.isWord("has") ?? false)
        else { return nil }
        variable = word
        start = index
        end = index + 1
        while let token = tokens[end] {
            if token.isMark("."), let name = tokens[end + 1]?.word, !(tokens[end + 2]?.isMark("(") ?? false) {
                names.append((name, tokens[end + 1]?.place ?? token.place))
                end += 2
            } else if token.isMark("["), let name = tokens[end + 1]?.string, tokens[end + 2]?.isMark("]") ?? false {
                names.append((name, tokens[end + 1]?.place ?? token.place))
                end += 3
            } else {
                break
            }
        }
        guard tokens[end]?.isWord("has") ?? false else { return }
        isTest = true
        if let name = tokens[end + 1]?.string {
            names.append((name, tokens[end + 1]?.place ?? tokens.tokens[end].place))
            end += 2
            return
        }
        var next = end + 1
        while let name = tokens[next]?.word {
            names.append((name, tokens[next]?.place ?? tokens.tokens[end].place))
            guard tokens[next + 1]?.isMark(".") ?? false else { break }
            next += 2
        }
        end = next + 1
    }
}
