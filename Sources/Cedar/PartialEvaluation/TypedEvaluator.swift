/// Evaluates conditions and residuals as far as everything in them is known, by the types of a schema.
///
/// The rules are those of Cedar's typed partial evaluation: what may fail is never dropped, unless evaluation would
/// have stopped before it. Where all operands are values, the rules of full evaluation apply.
struct TypedEvaluator {
    typealias Place = TypedResidual.Place

    let request: PartialRequest
    let entities: PartialEntities
    let schema: Schema
    let contextType: RecordType
    let source: SourceText?
    /// What was asked for although no such thing is declared.
    private(set) var undeclared: [UndeclaredAttribute] = []
    static let undeclaredMax = 50
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
        let place = source.map { Place(source: $0, range: expression.range) }
        switch expression.kind {
        case .literal(let literal): return value(literal, at: place)
        case .variable(.principal): return variable(.principal, at: place)
        case .variable(.action): return value(.entity(request.action), at: place)
        case .variable(.resource): return variable(.resource, at: place)
        case .variable(.context): return variable(.context, at: place)
        case .not(let operand): return not(evaluate(operand), at: place)
        case .negate(let operand): return negate(evaluate(operand), at: place)
        case .and(let operands): return junction(stopsAt: false, operands, at: place) { $0.evaluate($1) }
        case .or(let operands): return junction(stopsAt: true, operands, at: place) { $0.evaluate($1) }
        case .conditional(let condition, let then, let otherwise):
            return conditional(evaluate(condition), then, otherwise, at: place) { $0.evaluate($1) }
        case .binary(let operation, let left, let right):
            return binary(operation, evaluate(left), evaluate(right), at: place)
        case .isEmpty(let operand): return isEmpty(evaluate(operand), at: place)
        case .like(let operand, let pattern): return like(evaluate(operand), pattern, at: place)
        case .is(let operand, let type, in: nil): return isOf(evaluate(operand), type, at: place)
        case .is(let operand, let type, in: .some(let group)):
            let operand = evaluate(operand)
            let isType = isOf(operand, type, at: place)
            return junction(stopsAt: false, [nil, group] as [Expression?], at: place) { evaluator, group in
                group.map { evaluator.binary(.in, operand, evaluator.evaluate($0), at: place) } ?? isType
            }
        case .has(let operand, let path): return has(evaluate(operand), path, at: place)
        case .attribute(let operand, let name): return attribute(evaluate(operand), name, at: place)
        case .set(let elements): return set(elements.map { evaluate($0) }, at: place)
        case .record(let fields):
            return record(fields.map { (key: $0.key, value: evaluate($0.value)) }, at: place)
        case .call(let function, let arguments): return call(function, arguments.map { evaluate($0) }, at: place)
        }
    }

    /// Evaluates again what is left, now that more may be known.
    mutating func evaluate(_ residual: TypedResidual) -> TypedResidual {
        let place = residual.place
        switch residual.kind {
        case .value, .error: return residual
        case .variable(let variable): return self.variable(variable, at: place)
        case .not(let operand): return not(evaluate(operand), at: place)
        case .negate(let operand): return negate(evaluate(operand), at: place)
        case .and(let operands): return junction(stopsAt: false, operands, at: place) { $0.evaluate($1) }
        case .or(let operands): return junction(stopsAt: true, operands, at: place) { $0.evaluate($1) }
        case .if(let condition, let then, let otherwise):
            return conditional(evaluate(condition), then, otherwise, at: place) { $0.evaluate($1) }
        case .binary(let operation, let left, let right):
            return binary(operation, evaluate(left), evaluate(right), at: place)
        case .isEmpty(let operand): return isEmpty(evaluate(operand), at: place)
        case .like(let operand, let pattern): return like(evaluate(operand), pattern, at: place)
        case .is(let operand, let type): return isOf(evaluate(operand), type, at: place)
        case .has(let operand, let path): return has(evaluate(operand), path, at: place)
        case .attribute(let operand, let name, _): return attribute(evaluate(operand), name, at: place)
        case .set(let elements): return set(elements.map { evaluate($0) }, at: place)
        case .record(let fields):
            return record(
                fields.sorted { $0.key < $1.key }.map { (key: $0.key, value: evaluate($0.value)) }, at: place)
        case .call(let function, let arguments): return call(function, arguments.map { evaluate($0) }, at: place)
        }
    }

    // MARK: Leaves

    /// - Parameter declared: The type that the schema gives it, which tells more of an empty set or a record.
    func value(_ value: Value, declared: SchemaType? = nil, at place: Place?) -> TypedResidual {
        if let declared, value.conforms(to: declared) { return TypedResidual(.value(value), declared, place) }
        return TypedResidual(.value(value), SchemaType(of: value), place)
    }

    func truth(_ truth: Bool, at place: Place?) -> TypedResidual { value(.bool(truth), at: place) }

    func error(_ reason: EvaluationError.Reason, at place: Place?) -> TypedResidual {
        TypedResidual(.error(EvaluationError(reason: reason, span: place?.span)), nil, place)
    }

    func variable(_ variable: RequestVariable, at place: Place?) -> TypedResidual {
        func party(_ party: PartialRequest.Party) -> TypedResidual {
            switch party {
            case .known(let uid): value(.entity(uid), at: place)
            case .unknown(let type): TypedResidual(.variable(variable), .entity(type), place)
            }
        }
        switch variable {
        case .principal: return party(request.principal)
        case .resource: return party(request.resource)
        case .context:
            guard let context = request.context else {
                return TypedResidual(.variable(.context), .record(contextType), place)
            }
            return value(.record(context), declared: .record(contextType), at: place)
        }
    }

    /// Remembers what is asked of `operand`, if that is the unknown resource or a part of it.
    mutating func noteConsulted(_ path: some Collection<CedarString>, of operand: TypedResidual) {
        guard var whole = operand.resourcePath else { return }
        for name in path.prefix(TypedResidual.pathMax) {
            whole.append(name)
            consulted.insert(whole)
        }
    }

    /// Remembers an attribute that no type has: a condition that asks for it cannot mean what it says.
    mutating func noteUndeclared(_ name: CedarString, of owner: SchemaType, at place: Place?) {
        guard undeclared.count < Self.undeclaredMax else { return }
        undeclared.append(UndeclaredAttribute(name: name, owner: owner, span: place?.span))
    }
}

/// An attribute that a policy asks for although the schema does not declare it.
public struct UndeclaredAttribute: Sendable, Hashable {
    public let name: CedarString
    /// The entity or record type that lacks it.
    public let owner: SchemaType
    public let span: SourceSpan?
}
