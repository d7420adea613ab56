/// Expressions: chains of `&&` and `||` have a line for each operand, others break where they must.
extension PolicyLayout {
    mutating func expression() {
        guard isAt(.if) else { return disjunction() }
        group {
            for part in 0..<3 {
                if part > 0 { $0.document.append(.line) }
                $0.token()
                $0.indented {
                    $0.document.append(.line)
                    $0.expression()
                }
            }
        }
    }

    private mutating func disjunction() {
        conjunction()
        while isAt(.or) {
            document.append(.space)
            token(then: .line)
            conjunction()
        }
    }

    private mutating func conjunction() {
        relation()
        while isAt(.and) {
            document.append(.space)
            token(then: .line)
            relation()
        }
    }

    private mutating func relation() {
        let start = document.placeholder()
        sum()
        if isAtComparison {
            document.append(.space)
            token()
            document.append(.space)
            sum()
        } else if isAt(.has) || isAt(.like) {
            document.beginGroup(at: start)
            document.append(.line)
            token()
            document.append(.line)
            indented { $0.sum() }
            document.append(.groupEnd)
        } else if isAt(.is) {
            document.beginGroup(at: start)
            document.append(.space)
            isAndType()
            document.append(.groupEnd)
        }
    }

    private mutating func isAndType() {
        token()
        document.append(.space)
        indented { $0.sum() }
        guard isAt(.in) else { return }
        document.append(.line)
        token()
        document.append(.space)
        indented { $0.sum() }
    }

    private var isAtComparison: Bool {
        isAt(.equal) || isAt(.notEqual) || isAt(.less) || isAt(.lessOrEqual) || isAt(.greater) || isAt(.greaterOrEqual)
            || isAt(.in)
    }

    mutating func sum() {
        group {
            $0.product()
            while $0.isAt(.plus) || $0.isAt(.minus) { $0.operation { $0.product() } }
        }
    }

    private mutating func product() {
        group {
            $0.unary()
            while $0.isAt(.times) { $0.operation { $0.unary() } }
        }
    }

    private mutating func operation(_ right: (inout Self) -> Void) {
        document.append(.space)
        token()
        document.append(.line)
        right(&self)
    }

    private mutating func unary() {
        while isAt(.not) || isAt(.minus) { token() }
        member()
    }

    private mutating func member() {
        group {
            $0.primary()
            guard $0.isAtAccess else { return }
            $0.indented {
                $0.access()
                while $0.isAtAccess {
                    $0.document.append(.softLine)
                    $0.access()
                }
            }
        }
    }

    private var isAtAccess: Bool { isAt(.dot) || isAt(.leftParenthesis) || isAt(.leftBracket) }

    private mutating func access() {
        if isAt(.dot) {
            token()
            token()
        } else if isAt(.leftBracket) {
            token()
            expression()
            token()
        } else {
            token()
            if !isAt(.rightParenthesis) {
                indented {
                    $0.document.append(.softLine)
                    $0.list(until: .rightParenthesis) { $0.expression() }
                }
                document.append(.softLine)
            }
            closingToken()
        }
    }

    private mutating func primary() {
        if isAt(.leftParenthesis) {
            group {
                $0.token()
                // By one column: what is in parentheses or brackets is aligned with its first line.
                $0.indented(by: 1) { $0.expression() }
                $0.token()
            }
        } else if isAt(.leftBracket) {
            token()
            if !isAt(.rightBracket) {
                indented(by: 1) { $0.list(until: .rightBracket) { $0.expression() } }
            }
            closingToken()
        } else if isAt(.leftBrace) {
            token()
            if !isAt(.rightBrace) {
                indented {
                    $0.group {
                        $0.document.append(.line)
                        $0.list(until: .rightBrace) { $0.field() }
                        $0.document.append(.line)
                    }
                }
            }
            closingToken()
        } else {
            token()
            while isAt(.doubleColon) {
                token()
                token()
            }
        }
    }

    private mutating func field() {
        token()
        token()
        document.append(.space)
        expression()
    }

    /// Elements and the commas between them, but not one after the last.
    private mutating func list(until end: Punctuation, _ element: (inout Self) -> Void) {
        element(&self)
        while isAt(.comma), !isAt(end, after: 1) {
            token()
            document.append(.line)
            element(&self)
        }
    }
}
