internal import Cedar
internal import CedarSQL

/// Turns what is left of a policy, once all but the subject's key and the row is known, into a ``KeyPredicate``.
///
/// The key is a string that is always there, and row tests are TRUE or FALSE of every row, so what is taken here can
/// neither fail nor be NULL.
struct KeyPredicateTranslation {
    let policy: PolicyID
    let schema: Schema
    /// Of the table whose rows they are; nil where nothing is known of them.
    let table: RowVocabulary.Table?
    /// What must be true of a row for its tests to mean anything.
    private(set) var representability: Set<RowTest> = []
    /// Why a row test could not be translated; nil where it is the key that SQL cannot follow.
    private(set) var rejection: Rejection?

    init(policy: PolicyID, schema: Schema, table: RowVocabulary.Table?) {
        self.policy = policy
        self.schema = schema
        self.table = table
    }

    /// Nil if it may fail, or SQL has no exact equal.
    mutating func predicate(of residual: TypedResidual) -> KeyPredicate? {
        guard let predicate = predicate(residual, present: []), predicate.nodeCount <= KeyPredicate.nodesMax else {
            return nil
        }
        return predicate
    }

    private mutating func predicate(_ residual: TypedResidual, present: Set<TypedResidual>) -> KeyPredicate? {
        if case .bool(let value)? = residual.value { return value ? .always : .never }
        let reads = ResidualReads(residual)
        if reads.row, !reads.key { return rowTest(residual, present: present) }
        switch residual.kind {
        case .and(let operands):
            // Where a guard is false, what stands behind it does not matter, so its row tests may be false there.
            var present = present
            var parts: [KeyPredicate] = []
            for operand in operands {
                guard let part = predicate(operand, present: present) else { return nil }
                parts.append(part)
                present.formUnion(operand.presentWhenTrue)
            }
            return .all(of: parts)
        case .or(let operands):
            var parts: [KeyPredicate] = []
            for operand in operands {
                guard let part = predicate(operand, present: present) else { return nil }
                parts.append(part)
            }
            return .any(of: parts)
        case .not(let operand): return predicate(operand, present: present).map(KeyPredicate.negation)
        case .if(let condition, let then, let otherwise):
            let guarded = present.union(condition.presentWhenTrue)
            guard let condition = predicate(condition, present: present), let then = predicate(then, present: guarded),
                let otherwise = predicate(otherwise, present: present)
            else { return nil }
            return .any(of: [
                .all(of: [condition, then]), .all(of: [.negation(of: condition), otherwise]),
            ])
        default: return keyTest(residual)
        }
    }

    // MARK: The key

    private func keyTest(_ residual: TypedResidual) -> KeyPredicate? {
        switch residual.kind {
        case .binary(.equal, let left, let right):
            if left.isKey, right.isKey { return .always }
            if left.isKey, let value = right.value { return Self.isOneOf([value]) }
            if right.isKey, let value = left.value { return Self.isOneOf([value]) }
            return nil
        case .binary(.contains, let set, let element):
            guard element.isKey else { return nil }
            if case .set(let values)? = set.value { return Self.isOneOf(Array(values)) }
            guard case .set(let elements) = set.kind else { return nil }
            let values = elements.compactMap(\.value)
            return values.count == elements.count ? Self.isOneOf(values) : nil
        case .like(let operand, let pattern): return operand.isKey ? Self.like(pattern) : nil
        default: return nil
        }
    }

    /// A value of another kind equals no string; a text with NUL equals no text of PostgreSQL.
    private static func isOneOf(_ values: [Value]) -> KeyPredicate {
        .oneOf(
            values.compactMap { value in
                guard case .string(let string) = value, !string.text.utf8.contains(0) else { return nil }
                return string.text
            })
    }

    private static func like(_ pattern: Pattern) -> KeyPredicate {
        var parts: [KeyPatternPart] = []
        var literal = ""
        for element in pattern.elements {
            switch element {
            case .literal("\0"): return .never
            case .literal(let scalar): literal.unicodeScalars.append(scalar)
            case .wildcard:
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                if parts.last != .wildcard { parts.append(.wildcard) }
            }
        }
        if parts == [.wildcard], literal.isEmpty { return .always }
        if parts.isEmpty { return .isOneOf([literal]) }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        return .isLike(pattern: parts)
    }

    // MARK: The row

    private mutating func rowTest(_ residual: TypedResidual, present: Set<TypedResidual>) -> KeyPredicate? {
        guard let table else { return nil }
        guard residual.type == .bool, !residual.canFail(present) else {
            rejection = Rejection(
                policy: policy, span: residual.span, construct: "row", reason: "it may fail for some rows",
                remedy: "guard it with `has`")
            return nil
        }
        do throws(RowConditionError) {
            let condition = try ResidualCondition(
                residual, of: policy, at: residual.span, schema: schema, resourceType: CedarModel.column,
                table: table.mapping)
            if let constant = condition.expression.constant { return constant ? .always : .never }
            let columns = condition.paths.compactMap(\.last?.text)
            for (path, expression) in condition.representability {
                let name = (["resource"] + path.map(\.text)).joined(separator: ".")
                representability.insert(
                    RowTest(
                        text: "\(name) is no value that Cedar lacks", columns: path.suffix(1).map(\.text),
                        expression: expression))
            }
            return .row(RowTest(text: residual.description, columns: columns, expression: condition.expression))
        } catch {
            rejection = error.rejections.first
            return nil
        }
    }
}

extension KeyPredicate {
    /// The path of the data subject's key in a residual.
    static let keyPath: [CedarString] = ["subject", "id"]
}
