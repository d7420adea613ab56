internal import Cedar

extension Explanation {
    /// One JSON object on one line, for programs: every decision for every home, ungrouped by outcome.
    public var json: [UInt8] {
        var writer = EntryWriter(capacity: 4096)
        writer.raw("{\"principal\":{\"name\":")
        writer.string(principal.name)
        if case .person = principal { writer.raw(",\"kind\":\"person\"") } else { writer.raw(",\"kind\":\"service\"") }
        writer.raw(",\"location\":")
        writer.string(principal.location.code)
        writer.raw(",\"covered\":")
        writer.bool(principal.isCovered)
        writer.raw(",\"teams\":")
        writer.list(principal.teams) { $0.string($1) }
        writer.raw("},\"store\":")
        writer.string(store)
        writer.raw(",\"profile\":")
        writer.string(digest.description)
        writer.raw(",\"whollyClear\":")
        writer.bool(isWhollyClear)
        writer.raw(",\"tables\":")
        writer.list(tables) { write($1, to: &$0) }
        writer.raw("}")
        return writer.bytes
    }

    private func write(_ table: Table, to writer: inout EntryWriter) {
        writer.raw("{\"name\":")
        writer.string(table.name.description)
        writer.raw(",\"rows\":")
        writer.list(table.rows) { writer, group in
            writer.raw("{\"homes\":")
            writer.list(group.homes) { $0.string($1.description) }
            writer.outcome(group.exist)
            writer.raw("}")
        }
        writer.raw(",\"columns\":")
        writer.list(table.columns) { writer, column in
            writer.raw("{\"name\":")
            writer.string(column.facts.name)
            writer.raw(",\"classification\":")
            writer.string(column.facts.classification.rawValue)
            if let category = column.facts.category {
                writer.raw(",\"category\":")
                writer.string(category)
            }
            writer.raw(",\"mask\":")
            writer.string(column.facts.mask.words)
            writer.raw(",\"catalogued\":")
            writer.bool(column.facts.isCatalogued)
            writer.raw(",\"decisions\":")
            writer.list(column.verdicts) { write($1, to: &$0) }
            writer.raw("}")
        }
        writer.raw("}")
    }

    private func write(_ verdict: Verdict, to writer: inout EntryWriter) {
        writer.raw("{\"action\":")
        writer.string(verdict.action.rawValue)
        writer.raw(",\"homes\":")
        writer.list(verdict.homes) { $0.string($1.description) }
        writer.outcome(verdict.decision.allowed)
        writer.raw(",\"default\":")
        writer.bool(verdict.decision.isDefaultDeny)
        writer.raw(",\"permits\":")
        writer.list(verdict.decision.permits) { write($1, to: &$0) }
        writer.raw(",\"forbids\":")
        writer.list(verdict.decision.forbids) { write($1, to: &$0) }
        writer.raw(",\"failures\":")
        writer.list(verdict.decision.failures) { writer, failure in
            writer.raw("{\"policy\":")
            write(failure.policy, to: &writer)
            writer.raw(",\"effect\":")
            writer.string(failure.effect.rawValue)
            writer.raw(",\"message\":")
            writer.string(failure.message)
            writer.raw("}")
        }
        writer.raw("}")
    }

    private func write(_ policy: PolicyID, to writer: inout EntryWriter) {
        let reference = reference(to: policy)
        writer.raw("{\"id\":")
        writer.string(policy.description)
        writer.raw(",\"file\":")
        writer.string(reference.file)
        writer.raw(",\"line\":")
        writer.decimal(UInt64(clamping: reference.line))
        writer.raw("}")
    }
}

extension EntryWriter {
    fileprivate mutating func list<Element>(
        _ elements: [Element], _ write: (inout EntryWriter, Element) -> Void
    ) {
        raw("[")
        for (position, element) in elements.enumerated() {
            if position > 0 { raw(",") }
            write(&self, element)
        }
        raw("]")
    }

    /// `"allowed":"yes"`, `"no"`, or `"depends"` with what it depends on.
    fileprivate mutating func outcome(_ predicate: KeyPredicate) {
        switch predicate {
        case .always: raw(",\"allowed\":\"yes\"")
        case .never: raw(",\"allowed\":\"no\"")
        case .isOneOf, .isLike, .row, .not, .and, .or:
            raw(",\"allowed\":\"depends\",\"if\":")
            string(predicate.words)
        }
    }
}
