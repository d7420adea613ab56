/// Gives a policy its types in one sort of request after another.
///
/// The rules are the official engine's strict ones. What an error leaves unknown has no type, and is not reported
/// again further out.
struct Typechecker {
    /// The type of an expression, nil if an error leaves it unknown, and what is there wherever it is true.
    struct Typed {
        var type: ExpressionType?
        var capabilities: Set<Capability> = []

        init(_ type: ExpressionType?, _ capabilities: Set<Capability> = []) {
            self.type = type
            self.capabilities = capabilities
        }
    }

    let validator: Validator
    let policy: Policy
    private(set) var environment = RequestEnvironment(
        principal: "", action: EntityUID(type: "", id: ""), resource: "")
    var shapes = ExpressionShapes()
    var known = CapabilityScope()
    private var errors: [CedarDiagnostic] = []
    /// Tests for attributes, by whether they name one that something has.
    private var declaredTests: Set<ByteRange> = []
    private var tests: [ByteRange: CedarDiagnostic] = [:]

    init(_ validator: Validator, _ policy: Policy) {
        self.validator = validator
        self.policy = policy
    }

    mutating func check(in environment: RequestEnvironment) -> EnvironmentCheck {
        self.environment = environment
        errors = []
        known = CapabilityScope()
        var check = EnvironmentCheck()
        let scope = policy.scope
        let conditions = policy.conditions
        check.conditions = Array(repeating: nil, count: conditions.count)
        let result = conjunction(count: 3 + conditions.count) { checker, position in
            switch position {
            case 0: return Typed(checker.type(of: scope.principal, environment.principal))
            case 1: return Typed(checker.actionType())
            case 2: return Typed(checker.type(of: scope.resource, environment.resource))
            default:
                let condition = conditions[position - 3]
                let body = checker.expect(.bool, condition.body)
                check.conditions[position - 3] = body.type
                return condition.kind == .when ? body : Typed(body.type.map(Self.negated))
            }
        }
        check.type = result.type
        check.errors = errors
        return check
    }

    /// Tests for an attribute that nothing has, in whatever request they were reached.
    func undeclaredTests() -> [CedarDiagnostic] {
        tests.filter { !declaredTests.contains($0.key) }.sorted { $0.key.start < $1.key.start }.map(\.value)
    }

    /// - Parameter known: The attributes that there are; nil if the name is one of them.
    mutating func noteTest(_ name: CedarString, _ range: ByteRange, owner: String, among known: [String]?) {
        guard range != .none else { return }
        guard let known else {
            declaredTests.insert(range)
            return
        }
        // Of several sorts of request, the one in which a name is near says most.
        let help = Suggestion.help(for: name.text, among: known)
        guard tests[range]?.help == nil, tests[range] == nil || help != nil else { return }
        tests[range] = CedarDiagnostic(
            message: "the test is always false: \(owner) has no attribute \(name.literal)",
            span: policy.span(of: range), help: help)
    }

    /// - Parameter help: Not looked for where there are too many errors already.
    mutating func fail(_ message: String, _ range: ByteRange, help: @autoclosure () -> String? = nil) {
        guard errors.count < ValidationReport.errorsPerPolicyMax else { return }
        errors.append(CedarDiagnostic(message: message, span: policy.span(of: range), help: help()))
    }

    // MARK: Scope

    /// Slots are of a type that fits, whatever they are linked to: they leave it open whether the scope is satisfied.
    private mutating func type(of constraint: EntityConstraint, _ variable: EntityTypeName) -> ExpressionType? {
        switch constraint {
        case .any: return .bool(true)
        case .equal(.slot), .in(.slot): return .bool(nil)
        case .equal(.entity(let uid)):
            guard validator.type(of: uid) != nil else { return nil }
            return .bool(uid.type == variable ? nil : false)
        case .in(.entity(let uid)):
            guard validator.type(of: uid) != nil else { return nil }
            return .bool(validator.schema.mayBeIn(variable, uid.type) ? nil : false)
        case .is(let type, let group):
            guard type == variable, let group else { return .bool(type == variable) }
            return self.type(of: .in(group), variable)
        }
    }

    private mutating func actionType() -> ExpressionType? {
        switch policy.scope.action {
        case .any: return .bool(true)
        case .equal(let uid):
            guard validator.schema.actions[uid] != nil else { return nil }
            return .bool(uid == environment.action)
        case .in(let groups):
            guard !groups.isEmpty else {
                failEmptySet(policy.scope.actionRange)
                return nil
            }
            guard let isIn = validator.isAction(environment.action, in: groups),
                joined(groups.map { .entity($0.type) }, policy.scope.actionRange, "the actions") != nil
            else { return nil }
            return .bool(isIn)
        }
    }

    mutating func failEmptySet(_ range: ByteRange) {
        fail("the empty set has no type", range, help: "use `isEmpty()` to test for it")
    }

    static func negated(_ type: ExpressionType) -> ExpressionType {
        if case .bool(let known) = type { .bool(known.map { !$0 }) } else { type }
    }

    // MARK: Expressions

    mutating func check(_ expression: Expression) -> Typed {
        switch expression.kind {
        case .literal(let value): return Typed(type(of: value, expression.range))
        case .variable(let variable): return Typed(type(of: variable))
        case .not(let operand): return Typed(expect(.bool, operand).type.map(Self.negated) ?? .bool(nil))
        case .negate(let operand):
            _ = expect(.long, operand)
            return Typed(.long)
        case .and(let operands):
            return conjunction(count: operands.count) { $0.expect(.bool, operands[$1]) }
        case .or(let operands): return disjunction(operands)
        case .conditional(let condition, let then, let other): return conditional(expression, condition, then, other)
        case .binary(let operation, let left, let right): return binary(expression, operation, left, right)
        case .isEmpty(let operand):
            _ = expect(.set, operand)
            return Typed(.bool(nil))
        case .like(let operand, _):
            _ = expect(.string, operand)
            return Typed(.bool(nil))
        case .is(let operand, let type, let group): return isOf(operand, type, group)
        case .has(let operand, let path): return has(expression, operand, path)
        case .attribute(let operand, let name): return attribute(expression, operand, name)
        case .set(let elements): return set(expression, elements)
        case .record(let fields): return record(fields)
        case .call(let function, let arguments): return call(expression, function, arguments)
        }
    }

    private func type(of variable: Variable) -> ExpressionType {
        switch variable {
        case .principal: .entity(environment.principal)
        case .action: .entity(environment.action.type)
        case .resource: .entity(environment.resource)
        case .context: validator.contextType(of: environment.action)
        }
    }

    private mutating func type(of value: Value, _ range: ByteRange) -> ExpressionType? {
        switch value {
        case .bool(let value): return .bool(value)
        case .long: return .long
        case .string: return .string
        case .decimal: return .decimal
        case .address: return .ipaddr
        case .datetime: return .datetime
        case .duration: return .duration
        // A name that the schema does not have is reported with all names.
        case .entity(let uid): return validator.type(of: uid)
        case .set(let elements):
            var types: [ExpressionType?] = []
            for element in elements { types.append(type(of: element, range)) }
            return setType(types, range)
        case .record(let record):
            var attributes: [CedarString: ExpressionType.Attribute] = [:]
            for field in record {
                guard let type = type(of: field.value, range) else { return nil }
                attributes[field.key] = ExpressionType.Attribute(type: type, isRequired: true)
            }
            return .record(attributes)
        }
    }

    private mutating func set(_ expression: Expression, _ elements: [Expression]) -> Typed {
        var types: [ExpressionType?] = []
        for element in elements { types.append(check(element).type) }
        return Typed(setType(types, expression.range))
    }

    private mutating func setType(_ types: [ExpressionType?], _ range: ByteRange) -> ExpressionType? {
        guard !types.isEmpty else {
            failEmptySet(range)
            return nil
        }
        let known = types.compactMap { $0 }
        guard known.count == types.count else { return nil }
        return joined(known, range, "the elements of a set").map { .set($0) }
    }

    /// The type of all of these, which an error says there is not.
    mutating func joined(_ types: [ExpressionType], _ range: ByteRange, _ noun: String) -> ExpressionType? {
        guard var result = types.first else { return nil }
        for type in types.dropFirst() {
            guard let both = result.joined(with: type) else {
                failIncompatible(result, type, range, noun)
                return nil
            }
            result = both
        }
        return result
    }

    mutating func failIncompatible(
        _ left: ExpressionType, _ right: ExpressionType, _ range: ByteRange, _ noun: String
    ) {
        let help: String? =
            switch (left, right) {
            case (.entity, .record), (.record, .entity): "an entity is not a record, whatever attributes it has"
            case (.entity, .entity): "test the type first, as in `… is \(left)`"
            case (.record, .record): "records are of one type only if they have the same attributes, required alike"
            default: nil
            }
        fail("\(noun) are of types that do not go together, \(left) and \(right)", range, help: help)
    }

    private mutating func record(_ fields: [(key: CedarString, value: Expression)]) -> Typed {
        var attributes: [CedarString: ExpressionType.Attribute] = [:]
        var isKnown = true
        for field in fields {
            if let type = check(field.value).type {
                attributes[field.key] = ExpressionType.Attribute(type: type, isRequired: true)
            } else {
                isKnown = false
            }
        }
        return Typed(isKnown ? .record(attributes) : nil)
    }
}
