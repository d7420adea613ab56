/// Finds the entity types, actions and enumerated entities of a policy that the schema does not have, wherever they
/// stand: also in what no request reaches.
struct NameValidation {
    private let schema: Schema
    private let policy: Policy
    private var found: [CedarDiagnostic] = []

    init(_ schema: Schema, _ policy: Policy) {
        self.schema = schema
        self.policy = policy
    }

    mutating func problems() -> [CedarDiagnostic] {
        let scope = policy.scope
        visit(scope.principal, scope.principalRange)
        switch scope.action {
        case .any: break
        case .equal(let uid): visit(uid, scope.actionRange)
        case .in(let uids): for uid in uids { visit(uid, scope.actionRange) }
        }
        visit(scope.resource, scope.resourceRange)
        for condition in policy.conditions { visit(condition.body) }
        return found
    }

    private mutating func visit(_ constraint: EntityConstraint, _ range: ByteRange) {
        switch constraint {
        case .any: break
        case .equal(let reference), .in(let reference): visit(reference, range)
        case .is(let type, let group):
            visit(type, range)
            if let group { visit(group, range) }
        }
    }

    private mutating func visit(_ reference: EntityReference, _ range: ByteRange) {
        if case .entity(let uid) = reference { visit(uid, range) }
    }

    private mutating func visit(_ expression: Expression) {
        switch expression.kind {
        case .literal(let value): visit(value, expression.range)
        case .variable: break
        case .not(let operand), .negate(let operand), .isEmpty(let operand), .like(let operand, _),
            .has(let operand, _), .attribute(let operand, _):
            visit(operand)
        case .and(let operands), .or(let operands), .set(let operands), .call(_, let operands):
            for operand in operands { visit(operand) }
        case .conditional(let condition, let then, let other):
            visit(condition)
            visit(then)
            visit(other)
        case .binary(_, let left, let right):
            visit(left)
            visit(right)
        case .is(let operand, let type, let group):
            visit(operand)
            visit(type, expression.range)
            if let group { visit(group) }
        case .record(let fields): for field in fields { visit(field.value) }
        }
    }

    private mutating func visit(_ value: Value, _ range: ByteRange) {
        switch value {
        case .entity(let uid): visit(uid, range)
        case .set(let elements): for element in elements { visit(element, range) }
        case .record(let record): for field in record { visit(field.value, range) }
        default: break
        }
    }

    private mutating func visit(_ uid: EntityUID, _ range: ByteRange) {
        guard !uid.type.isActionType else {
            guard schema.actions[uid] == nil else { return }
            let actions = schema.actions.keys
            return fail(
                "the schema has no action \(uid)", range,
                help: Suggestion.help(for: uid.description, among: actions.lazy.map(\.description)))
        }
        visit(uid.type, range)
        guard let identifiers = schema.entityTypes[uid.type]?.enumeration, !identifiers.contains(uid.id) else { return }
        let known = identifiers.prefix(8).map(\.literal) + (identifiers.count > 8 ? ["…"] : [])
        fail(
            "the enumerated type `\(uid.type)` has no entity \(uid.id.literal)", range,
            help: Suggestion.help(for: uid.id.literal, among: identifiers.map(\.literal))
                ?? "it has \(known.joined(separator: ", "))")
    }

    private mutating func visit(_ type: EntityTypeName, _ range: ByteRange) {
        guard !type.isActionType, schema.entityTypes[type] == nil else { return }
        let types = schema.entityTypes.keys
        fail("the schema has no entity type `\(type)`", range, help: Self.suggestion(for: type, among: types.sorted()))
    }

    /// Most often it is the namespace that is missing.
    private static func suggestion(for type: EntityTypeName, among known: [EntityTypeName]) -> String? {
        let namesake = known.first { $0.baseName.utf8.elementsEqual(type.baseName.utf8) }
        return namesake.map { "did you mean `\($0)`?" }
            ?? Suggestion.help(for: type.description, among: known.map(\.description))
    }

    /// - Parameter help: Not looked for where there are too many errors already.
    private mutating func fail(_ message: String, _ range: ByteRange, help: @autoclosure () -> String?) {
        guard found.count < ValidationReport.errorsPerPolicyMax else { return }
        found.append(CedarDiagnostic(message: message, span: policy.span(of: range), help: help()))
    }
}

extension Policy {
    /// Of what stands in a place that is not known, the span of the policy.
    func span(of range: ByteRange) -> SourceSpan { range == .none ? span : source.span(range) }
}
