/// Finds entities that do not exist, and comparisons with values that an attribute never has.
struct ValueReview {
    private let schema: Schema
    private let domains: ValueDomains
    private let reviewed: ReviewedPolicy
    /// What the variables can be where the scope holds.
    private let principals: Set<EntityTypeName>
    private let resources: Set<EntityTypeName>
    private let actions: Set<EntityUID>
    private var found: [ReviewFinding] = []

    init(_ schema: Schema, _ domains: ValueDomains, _ reviewed: ReviewedPolicy) {
        self.schema = schema
        self.domains = domains
        self.reviewed = reviewed
        // Of a policy that is in error, what it applies to is not certain.
        let environments = reviewed.isValid ? reviewed.applicable.map(\.environment) : schema.requestEnvironments
        principals = Set(environments.map(\.principal))
        resources = Set(environments.map(\.resource))
        actions = Set(environments.map(\.action))
    }

    mutating func findings() -> [ReviewFinding] {
        let scope = reviewed.policy.scope
        if let uid = scope.principal.entity { visit(uid, scope.principalRange) }
        if let uid = scope.resource.entity { visit(uid, scope.resourceRange) }
        for condition in reviewed.policy.conditions { visit(condition.body) }
        return found
    }

    private mutating func fail(_ rule: ReviewFinding.Rule, _ message: String, _ range: ByteRange, _ help: String?) {
        let diagnostic = CedarDiagnostic(message: message, span: reviewed.policy.span(of: range), help: help)
        found.append(reviewed.finding(rule, .error, diagnostic))
    }

    private mutating func visit(_ expression: Expression) {
        switch expression.kind {
        case .literal(let value): for uid in value.entities { visit(uid, expression.range) }
        case .like(let operand, let pattern): like(operand, pattern, expression.range)
        case .binary(let operation, let left, let right): compare(operation, left, right)
        default: break
        }
        for operand in expression.operands { visit(operand) }
    }

    // MARK: Entities

    private mutating func visit(_ uid: EntityUID, _ range: ByteRange) {
        // What the schema enumerates, validation looks at.
        guard let population = domains.entities[uid.type], schema.entityTypes[uid.type]?.enumeration == nil,
            !population.identifiers.contains(uid.id)
        else { return }
        let known = population.identifiers
        let meant = Suggestion.nearest(to: uid.id.text, among: known.map(\.text)).map {
            "did you mean `\(EntityUID(type: uid.type, id: CedarString($0)))`?"
        }
        fail(
            .unknownEntity, "\(population.register) has no \(uid)", range,
            meant ?? (known.isEmpty ? "it has none" : "it has \(known.listed())"))
    }

    // MARK: Values

    private mutating func compare(_ operation: BinaryOperator, _ left: Expression, _ right: Expression) {
        switch operation {
        case .equal, .notEqual, .contains, .containsAll, .containsAny:
            if let domain = domain(of: left) { for text in right.texts { check(text, domain, left) } }
            if let domain = domain(of: right) { for text in left.texts { check(text, domain, right) } }
        default: break
        }
    }

    private mutating func check(
        _ text: (value: CedarString, range: ByteRange), _ domain: ValueDomains.Domain, _ path: Expression
    ) {
        guard !domain.values.contains(text.value) else { return }
        fail(
            .impossibleValue, "\(words(path)) \(text.value.literal)", text.range, help(domain, near: text.value))
    }

    private mutating func like(_ operand: Expression, _ pattern: Pattern, _ range: ByteRange) {
        guard let domain = domain(of: operand), !domain.values.contains(where: pattern.matches) else { return }
        fail(.impossibleValue, "`\(reviewed.text(operand))` is never like \(pattern)", range, help(domain))
    }

    private func help(_ domain: ValueDomains.Domain, near text: CedarString = "") -> String {
        if let help = domain.help { return help }
        if let meant = Suggestion.nearest(to: text.text, among: domain.values.map(\.text)) {
            return "did you mean `\(CedarString(meant).literal)`?"
        }
        return domain.values.isEmpty ? "it has no value" : "it is one of \(domain.values.listed(12))"
    }

    private func words(_ path: Expression) -> String {
        let isSet = places(of: path).contains { if case .set = $0.type { true } else { false } }
        return "`\(reviewed.text(path))` never \(isSet ? "contains" : "is")"
    }

    // MARK: Paths

    /// What an expression may stand for: an attribute, or an entity or the context, which have no names.
    private struct Place {
        var path: ValueDomains.Path
        var type: SchemaType
    }

    /// The values it can have in any sort of request; nil if that is open in one of them.
    private func domain(of expression: Expression) -> ValueDomains.Domain? {
        var result: ValueDomains.Domain?
        for place in places(of: expression) {
            guard let domain = domains.attributes[place.path] else { return nil }
            result = result ?? domain
            result?.values.formUnion(domain.values)
        }
        return result
    }

    private func places(of expression: Expression) -> [Place] {
        func entities(_ types: Set<EntityTypeName>) -> [Place] {
            types.map { Place(path: ValueDomains.Path(.entity($0), []), type: .entity($0)) }
        }
        switch expression.kind {
        case .variable(.principal): return entities(principals)
        case .variable(.resource): return entities(resources)
        case .variable(.context):
            return actions.compactMap { schema.actions[$0] }.map {
                Place(path: ValueDomains.Path(.context, []), type: .record($0.context))
            }
        case .attribute(let operand, let name):
            return places(of: operand).compactMap { owner in
                switch owner.type {
                case .entity(let type):
                    guard let attribute = schema.entityTypes[type]?.attributes[name] else { return nil }
                    return Place(path: ValueDomains.Path(.entity(type), [name]), type: attribute.type)
                case .record(let record):
                    guard let attribute = record[name] else { return nil }
                    return Place(
                        path: ValueDomains.Path(owner.path.owner, owner.path.names + [name]), type: attribute.type)
                default: return nil
                }
            }
        default: return []
        }
    }
}

extension Expression {
    /// The literal texts that it is, or is a set of.
    fileprivate var texts: [(value: CedarString, range: ByteRange)] {
        switch kind {
        case .literal(.string(let text)): [(text, range)]
        case .literal(.set(let elements)):
            elements.compactMap { if case .string(let text) = $0 { (text, range) } else { nil } }
        case .set(let elements): elements.flatMap(\.texts)
        default: []
        }
    }
}

extension ReviewedPolicy {
    /// As it is written.
    func text(_ expression: Expression) -> String {
        expression.range == .none ? "…" : policy.source.text(expression.range)
    }
}
