/// Evaluates conditions and residuals as far as everything in them is known, by the types of a schema.
///
/// The rules are those of Cedar's typed partial evaluation: what may fail is never dropped, unless evaluation would
/// have stopped before it. Where all operands are values, the rules of full evaluation apply.
struct TypedEvaluator {
    let request: PartialRequest
    let entities: PartialEntities
    let schema: Schema
    let contextType: RecordType
    let source: SourceText?
    /// What was asked for although no such thing is declared.
    private(set) var undeclared: [UndeclaredAttribute] = []
    /// The paths of the unknown resource's attributes that were asked for.
    private(set) var consulted: Set<[CedarString]> = []

    init(
        request: PartialRequest, entities: PartialEntities, schema: Schema, contextType: RecordType,
        source: SourceText? = nil
    ) {
        self.request = request
        self.entities = entities
        self.schema = schema
        self.contextType = contextType
        self.source = source
    }

    // MARK: Walking

    mutating func evaluate(_ expression: Expression) -> TypedResidual {
        let span = source?.span(expression.range)
        switch expression.kind {
        case .literal(let literal): return value(literal, at: span)
        case .variable(.principal): return variable(.principal, at: span)
        case .variable(.action): return value(.entity(request.action), at: span)
        case .variable(.resource): return variable(.resource, at: span)
        case .variable(.context): return variable(.context, at: span)
        case .not(let operand): return not(evaluate(operand), at: span)
        case .negate(let operand): return negate(evaluate(operand), at: span)
        case .and(let operands): return junction(stopsAt: false, operands, at: span) { $0.evaluate($1) }
        case .or(let operands): return junction(stopsAt: true, operands, at: span) { $0.evaluate($1) }
        case .conditional(let condition, let then, let otherwise):
            return conditional(evaluate(condition), then, otherwise, at: span) { $0.evaluate($1) }
        case .binary(let operation, let left, let right):
            return binary(operation, evaluate(left), evaluate(right), at: span)
        case .isEmpty(let operand): return isEmpty(evaluate(operand), at: span)
        case .like(let operand, let pattern): return like(evaluate(operand), pattern, at: span)
        case .is(let operand, let type, in: nil): return isOf(evaluate(operand), type, at: span)
        case .is(let operand, let type, in: .some(let group)):
            let operand = evaluate(operand)
            let isType = isOf(operand, type, at: span)
            return junction(stopsAt: false, [nil, group] as [Expression?], at: span) { evaluator, group in
                group.map { evaluator.binary(.in, operand, evaluator.evaluate($0), at: span) } ?? isType
            }
        case .has(let operand, let path): return has(evaluate(operand), path, at: span)
        case .attribute(let operand, let name): return attribute(evaluate(operand), name, at: span)
        case .set(let elements): return set(elements.map { evaluate($0) }, at: span)
        case .record(let fields):
            return record(fields.map { (key: $0.key, value: evaluate($0.value)) }, at: span)
        case .call(let function, let arguments): return call(function, arguments.map { evaluate($0) }, at: span)
        }
    }

    /// Evaluates again what is left, now that more may be known.
    mutating func evaluate(_ residual: TypedResidual) -> TypedResidual {
        let span = residual.span
        switch residual.kind {
        case .value, .error: return residual
        case .variable(let variable): return self.variable(variable, at: span)
        case .not(let operand): return not(evaluate(operand), at: span)
        case .negate(let operand): return negate(evaluate(operand), at: span)
        case .and(let operands): return junction(stopsAt: false, operands, at: span) { $0.evaluate($1) }
        case .or(let operands): return junction(stopsAt: true, operands, at: span) { $0.evaluate($1) }
        case .if(let condition, let then, let otherwise):
            return conditional(evaluate(condition), then, otherwise, at: span) { $0.evaluate($1) }
        case .binary(let operation, let left, let right):
            return binary(operation, evaluate(left), evaluate(right), at: span)
        case .isEmpty(let operand): return isEmpty(evaluate(operand), at: span)
        case .like(let operand, let pattern): return like(evaluate(operand), pattern, at: span)
        case .is(let operand, let type): return isOf(evaluate(operand), type, at: span)
        case .has(let operand, let path): return has(evaluate(operand), path, at: span)
        case .attribute(let operand, let name, _): return attribute(evaluate(operand), name, at: span)
        case .set(let elements): return set(elements.map { evaluate($0) }, at: span)
        case .record(let fields):
            return record(
                fields.sorted { $0.key < $1.key }.map { (key: $0.key, value: evaluate($0.value)) }, at: span)
        case .call(let function, let arguments): return call(function, arguments.map { evaluate($0) }, at: span)
        }
    }

    // MARK: Leaves

    /// - Parameter declared: The type that the schema gives it, which tells more of an empty set or a record.
    func value(_ value: Value, declared: SchemaType? = nil, at span: SourceSpan?) -> TypedResidual {
        if let declared, value.conforms(to: declared) { return TypedResidual(.value(value), declared, span) }
        return TypedResidual(.value(value), SchemaType(of: value), span)
    }

    func truth(_ truth: Bool, at span: SourceSpan?) -> TypedResidual { value(.bool(truth), at: span) }

    func error(_ reason: EvaluationError.Reason, at span: SourceSpan?) -> TypedResidual {
        TypedResidual(.error(EvaluationError(reason: reason, span: span)), nil, span)
    }

    func variable(_ variable: RequestVariable, at span: SourceSpan?) -> TypedResidual {
        func party(_ party: PartialRequest.Party) -> TypedResidual {
            switch party {
            case .known(let uid): value(.entity(uid), at: span)
            case .unknown(let type): TypedResidual(.variable(variable), .entity(type), span)
            }
        }
        switch variable {
        case .principal: return party(request.principal)
        case .resource: return party(request.resource)
        case .context:
            guard let context = request.context else {
                return TypedResidual(.variable(.context), .record(contextType), span)
            }
            return value(.record(context), declared: .record(contextType), at: span)
        }
    }

    /// Remembers what is asked of `operand`, if that is the unknown resource or a part of it.
    mutating func noteConsulted(_ path: some Sequence<CedarString>, of operand: TypedResidual) {
        guard var whole = operand.resourcePath else { return }
        for name in path {
            whole.append(name)
            consulted.insert(whole)
        }
    }

    /// Remembers an attribute that no type has: a condition that asks for it cannot mean what it says.
    mutating func noteUndeclared(_ name: CedarString, of owner: SchemaType, at span: SourceSpan?) {
        undeclared.append(UndeclaredAttribute(name: name, owner: owner, span: span))
    }
}

/// An attribute that a policy asks for although the schema does not declare it.
public struct UndeclaredAttribute: Sendable, Hashable {
    public let name: CedarString
    /// The entity or record type that lacks it.
    public let owner: SchemaType
    public let span: SourceSpan?
}
