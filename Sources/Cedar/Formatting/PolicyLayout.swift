/// Walks through the tokens of a text that is known to be Cedar and says where its lines may end.
///
/// A token that nothing expects is passed over as what stands there, so that no input can hold the walk up.
struct PolicyLayout {
    enum Separator { case none, space, line, hardLine }

    private let source: SourceText
    private let comments: CommentReader
    private var tokens: [CommentedToken]
    private let rest: ByteRange
    private var position = 0
    let indentWidth: Int
    var document = LayoutDocument()

    init(_ source: SourceText, indentWidth: Int) {
        self.source = source
        self.indentWidth = indentWidth
        comments = CommentReader(source: source)
        (tokens, rest) = comments.tokens()
    }

    /// The comments after the last policy.
    var remainingComments: [ByteRange] { comments.comments(in: rest) }

    mutating func nextPolicy() -> LayoutDocument? {
        guard position < tokens.count else { return nil }
        document = LayoutDocument()
        policy()
        return document
    }

    // MARK: Tokens

    func isAt(_ punctuation: Punctuation, after count: Int = 0) -> Bool {
        position + count < tokens.count && tokens[position + count].token.kind == .punctuation(punctuation)
    }

    func isAt(_ keyword: Keyword) -> Bool {
        position < tokens.count && tokens[position].token.keyword == keyword
    }

    /// The comments on the lines before the next token, each on a line of its own. They are then spent.
    mutating func leadingComments() {
        guard position < tokens.count else { return }
        write(leading: comments.comments(in: tokens[position].leading))
        tokens[position].leading.end = tokens[position].leading.start
    }

    /// The next token without the comments around it.
    mutating func bareToken() {
        guard position < tokens.count else { return }
        var range = tokens[position].token.range
        if tokens[position].token.kind == .integer {
            while range.start + 1 < range.end, source.bytes[Int(range.start)] == 0x30 { range.start += 1 }
        }
        document.append(.text(range, isVerbatim: tokens[position].token.kind == .string))
        position += 1
    }

    /// The comment after the token just written, which ends the line; the separator if there is none.
    mutating func trailingComment(or separator: Separator) {
        let trailing = position > 0 ? tokens[position - 1].trailing : ByteRange(0, 0)
        guard trailing.start == trailing.end else {
            document.append(.space)
            document.append(.text(trailing, isVerbatim: true))
            document.append(.hardLine)
            return
        }
        switch separator {
        case .none: break
        case .space: document.append(.space)
        case .line: document.append(.line)
        case .hardLine: document.append(.hardLine)
        }
    }

    /// The next token with its comments.
    mutating func token(then separator: Separator = .none) {
        leadingComments()
        bareToken()
        trailingComment(or: separator)
    }

    /// The next token, which closes a list. A comma before it goes; the comma's comments stay.
    ///
    /// - Parameter keepsPlace: The comma's comments are written as if they were at the closing token.
    mutating func closingToken(keepsPlace: Bool = false, then separator: Separator = .none) {
        guard isAt(.comma), position + 1 < tokens.count else { return token(then: separator) }
        let comma = tokens[position]
        position += 1
        var found = comments.comments(in: comma.leading)
        if comma.trailing.start < comma.trailing.end {
            if keepsPlace, tokens[position].trailing.start == tokens[position].trailing.end {
                tokens[position].trailing = comma.trailing
            } else {
                found.append(comma.trailing)
            }
        }
        found += comments.comments(in: tokens[position].leading)
        write(leading: found)
        tokens[position].leading.end = tokens[position].leading.start
        token(then: separator)
    }

    private mutating func write(leading comments: [ByteRange]) {
        guard !comments.isEmpty else { return }
        document.append(.hardLine)
        for comment in comments {
            document.append(.text(comment, isVerbatim: true))
            document.append(.hardLine)
        }
    }

    // MARK: Nesting

    mutating func group(_ content: (inout Self) -> Void) {
        document.append(.groupStart)
        content(&self)
        document.append(.groupEnd)
    }

    mutating func indented(by width: Int? = nil, _ content: (inout Self) -> Void) {
        document.append(.indent(width ?? indentWidth))
        content(&self)
        document.append(.outdent(width ?? indentWidth))
    }

    // MARK: Policies

    private mutating func policy() {
        while isAt(.at) { annotation() }
        leadingComments()
        group {
            $0.bareToken()
            $0.trailingComment(or: .none)
            $0.document.append(.line)
            $0.token()
        }
        scope()
        let isLast = isAt(.semicolon, after: isAt(.comma) ? 2 : 1)
        closingToken(keepsPlace: true, then: isLast ? .none : .hardLine)
        var isFirst = true
        while !isAt(.semicolon), position < tokens.count {
            if !isFirst { document.append(.hardLine) }
            condition()
            isFirst = false
        }
        token()
    }

    private mutating func annotation() {
        token()
        token()
        guard isAt(.leftParenthesis) else { return document.append(.hardLine) }
        token()
        token()
        token(then: .hardLine)
    }

    /// Three bare variables share a line, all others have one each.
    private mutating func scope() {
        let isBare =
            isAt(.comma, after: 1) && isAt(.comma, after: 3)
            && (isAt(.rightParenthesis, after: 5) || isAt(.comma, after: 5) && isAt(.rightParenthesis, after: 6))
        func variables(_ layout: inout Self) {
            layout.scopeVariable()
            layout.token(then: isBare ? .space : .hardLine)
            layout.scopeVariable()
            layout.token(then: isBare ? .space : .hardLine)
            layout.scopeVariable()
        }
        if isBare {
            group { $0.indented(variables) }
        } else {
            indented {
                $0.document.append(.hardLine)
                variables(&$0)
            }
            document.append(.hardLine)
        }
    }

    private mutating func scopeVariable() {
        leadingComments()
        let whole = document.placeholder()
        let left = document.placeholder()
        bareToken()
        trailingComment(or: .none)
        if isAt(.is) {
            group {
                $0.indented {
                    $0.group {
                        $0.document.append(.line)
                        $0.token()
                    }
                    $0.document.append(.line)
                    $0.sum()
                }
            }
        }
        guard isAt(.in) || isAt(.equal) else { return }
        document.beginGroup(at: whole)
        document.beginGroup(at: left)
        document.append(.line)
        token()
        document.append(.groupEnd)
        indented {
            $0.document.append(.line)
            $0.expression()
        }
        document.append(.groupEnd)
    }

    private mutating func condition() {
        leadingComments()
        group {
            $0.bareToken()
            $0.trailingComment(or: .line)
            $0.leadingComments()
            $0.bareToken()
            $0.group {
                $0.indented {
                    $0.trailingComment(or: .line)
                    $0.leadingComments()
                    $0.group { $0.expression() }
                }
                $0.document.append(.line)
                $0.token()
            }
        }
    }
}
