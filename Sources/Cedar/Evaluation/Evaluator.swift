/// Evaluates conditions about a request of which everything is known.
struct Evaluator {
    let request: Request
    let entities: Entities
    let source: SourceText

    /// - Throws: The first error in the order of evaluation, with the span of the innermost expression that failed.
    func evaluate(_ expression: Expression) throws(EvaluationError) -> Value {
        do throws(EvaluationError) {
            return try value(expression)
        } catch {
            throw located(error, expression)
        }
    }

    /// The truth value of `expression`; an error if it is of another kind.
    func isTrue(_ expression: Expression) throws(EvaluationError) -> Bool {
        do throws(EvaluationError) {
            return try truth(expression)
        } catch {
            throw located(error, expression)
        }
    }

    private func located(_ error: EvaluationError, _ expression: Expression) -> EvaluationError {
        error.span == nil ? error.located(at: source.span(expression.range)) : error
    }

    private func value(_ expression: Expression) throws(EvaluationError) -> Value {
        switch expression.kind {
        case .literal(let value): return value
        case .variable(.principal): return .entity(request.principal)
        case .variable(.action): return .entity(request.action)
        case .variable(.resource): return .entity(request.resource)
        case .variable(.context): return .record(request.context)
        case .negate(let operand): return .long(try Operators.negated(evaluate(operand)))
        case .conditional(let condition, let then, let otherwise):
            return try evaluate(isTrue(condition) ? then : otherwise)
        case .binary(.add, let left, let right): return .long(try Operators.sum(evaluate(left), evaluate(right)))
        case .binary(.subtract, let left, let right):
            return .long(try Operators.difference(evaluate(left), evaluate(right)))
        case .binary(.multiply, let left, let right):
            return .long(try Operators.product(evaluate(left), evaluate(right)))
        case .binary(.getTag, let operand, let key): return try entities.tag(evaluate(operand), evaluate(key))
        case .attribute(let operand, let name): return try attribute(operand, name)
        case .set, .record, .call:
            if let constant = expression.constant { return constant }
            return try composed(expression)
        case .not, .and, .or, .isEmpty, .like, .is, .has, .binary: return .bool(try truth(expression))
        }
    }

    private func composed(_ expression: Expression) throws(EvaluationError) -> Value {
        switch expression.kind {
        case .set(let elements):
            var values: [Value] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try evaluate(element)) }
            return .set(ValueSet(values))
        case .record(let fields):
            var values: [CedarString: Value] = [:]
            for field in fields { values[field.key] = try evaluate(field.value) }
            return .record(ValueRecord(values))
        case .call(let function, let arguments):
            var values: [Value] = []
            values.reserveCapacity(arguments.count)
            for argument in arguments { values.append(try evaluate(argument)) }
            return try ExtensionCall(function, values).result()
        default: return try evaluate(expression)
        }
    }

    /// Truth values are kept out of ``Value``: nearly every node of a condition is one.
    private func truth(_ expression: Expression) throws(EvaluationError) -> Bool {
        switch expression.kind {
        case .not(let operand): return try !isTrue(operand)
        case .and(let operands):
            for operand in operands where try !isTrue(operand) { return false }
            return true
        case .or(let operands):
            for operand in operands where try isTrue(operand) { return true }
            return false
        case .conditional(let condition, let then, let otherwise):
            return try isTrue(isTrue(condition) ? then : otherwise)
        case .isEmpty(let operand): return try Operators.set(evaluate(operand)).isEmpty
        case .like(let operand, let pattern): return try pattern.matches(Operators.string(evaluate(operand)))
        case .is(let operand, let type, let group):
            let uid = try Operators.entity(evaluate(operand))
            guard uid.type == type, let group else { return uid.type == type }
            return try entities.isMember(uid, ofAny: evaluate(group))
        case .has(let operand, let path): return try entities.has(evaluate(operand), path)
        case .binary(let operation, let left, let right): return try truth(operation, left, right, of: expression)
        case .literal, .variable, .negate, .attribute, .set, .record, .call:
            return try Operators.bool(value(expression))
        }
    }

    private func truth(
        _ operation: BinaryOperator, _ left: Expression, _ right: Expression, of expression: Expression
    ) throws(EvaluationError) -> Bool {
        switch operation {
        case .add, .subtract, .multiply, .getTag: return try Operators.bool(value(expression))
        case .in:
            let (member, group) = (try evaluate(left), try evaluate(right))
            return try entities.isMember(Operators.entity(member), ofAny: group)
        case .hasTag: return try entities.hasTag(evaluate(left), evaluate(right))
        case .equal: return try evaluate(left) == evaluate(right)
        case .notEqual: return try evaluate(left) != evaluate(right)
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            let (first, second) = try Operators.comparands(evaluate(left), evaluate(right))
            return switch operation {
            case .less: first < second
            case .lessOrEqual: first <= second
            case .greater: first > second
            default: first >= second
            }
        case .contains:
            let (set, element) = (try evaluate(left), try evaluate(right))
            return try Operators.set(set).contains(element)
        case .containsAll, .containsAny:
            let (first, second) = (try evaluate(left), try evaluate(right))
            let (set, other) = (try Operators.set(first), try Operators.set(second))
            return operation == .containsAll ? set.isSuperset(of: other) : set.intersects(other)
        }
    }

    private func attribute(_ operand: Expression, _ name: CedarString) throws(EvaluationError) -> Value {
        // The variables' records are looked into where they are: a copy of each would be made and dropped.
        switch operand.kind {
        case .variable(.context):
            guard let found = request.context[name] else {
                throw EvaluationError(reason: .noSuchAttribute(name, owner: nil))
            }
            return found
        case .variable(.principal): return try entities.attribute(name, of: request.principal)
        case .variable(.resource): return try entities.attribute(name, of: request.resource)
        default: break
        }
        switch try evaluate(operand) {
        case .entity(let uid): return try entities.attribute(name, of: uid)
        case .record(let record):
            guard let found = record[name] else { throw EvaluationError(reason: .noSuchAttribute(name, owner: nil)) }
            return found
        case let other: throw .wrongKind(other, .entity, .record)
        }
    }
}
