/// What is left of a policy's conditions once everything known has been put in: a tree of which each node has a type.
///
/// Operands keep their order, which decides what is evaluated: `and` stops at the first false one, `or` at the first
/// true one. `!=` and `is … in` do not occur: they are expressed by the others. Equality disregards spans.
public struct TypedResidual: Sendable {
    public indirect enum Kind: Sendable, Hashable {
        case value(Value)
        /// Fails whatever the unknowns are.
        case error(EvaluationError)
        case variable(RequestVariable)
        /// At least one operand. One alone, or a constant, stands where its kind must still be checked.
        case and([TypedResidual])
        case or([TypedResidual])
        case not(TypedResidual)
        case negate(TypedResidual)
        case `if`(TypedResidual, then: TypedResidual, else: TypedResidual)
        case binary(BinaryOperator, TypedResidual, TypedResidual)
        case isEmpty(TypedResidual)
        case like(TypedResidual, Pattern)
        case `is`(TypedResidual, EntityTypeName)
        /// At least one name. What is asked for is a part of a part when there are several.
        case has(TypedResidual, [CedarString])
        /// - Parameter isCertain: Whether the schema says that it is always there.
        case attribute(TypedResidual, CedarString, isCertain: Bool)
        case set([TypedResidual])
        case record([CedarString: TypedResidual])
        case call(ExtensionFunction, [TypedResidual])
    }

    /// Of longer paths of `has` nothing is concluded: each name would be a node inside another.
    public static let pathMax = 64

    public let kind: Kind
    /// Nil where nothing tells: of an empty set, of what fails, of policies that are not strictly valid.
    public let type: SchemaType?
    /// The expression that it is left of; nil of what has been put in for an unknown.
    public var span: SourceSpan? { place?.span }
    let place: Place?

    /// A range of a text, of which line and column are looked up only when they are needed: that takes time.
    struct Place: Sendable {
        let source: SourceText
        let range: ByteRange

        var span: SourceSpan { source.span(range) }
    }

    init(_ kind: Kind, _ type: SchemaType?, _ place: Place?) {
        self.kind = kind
        self.type = type
        self.place = place
    }

    /// The value, if it is one.
    public var value: Value? { if case .value(let value) = kind { value } else { nil } }

    /// The error, if it fails whatever the unknowns are.
    public var error: EvaluationError? { if case .error(let error) = kind { error } else { nil } }

    /// The names from the unknown resource to the attribute that is read, none for the resource itself; nil if this
    /// reads no attribute of it.
    public var resourcePath: [CedarString]? {
        switch kind {
        case .variable(.resource): []
        case .attribute(let operand, let name, _): operand.resourcePath.map { $0 + [name] }
        default: nil
        }
    }

    var isBoolean: Bool { type == .bool }

    /// The nodes directly below, in the order of evaluation.
    public var operands: [TypedResidual] {
        switch kind {
        case .value, .error, .variable: []
        case .and(let all), .or(let all), .set(let all), .call(_, let all): all
        case .not(let one), .negate(let one), .isEmpty(let one), .like(let one, _), .is(let one, _), .has(let one, _),
            .attribute(let one, _, _):
            [one]
        case .if(let condition, let then, let otherwise): [condition, then, otherwise]
        case .binary(_, let left, let right): [left, right]
        case .record(let fields): fields.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}

extension TypedResidual: Hashable {
    public static func == (left: TypedResidual, right: TypedResidual) -> Bool {
        left.kind == right.kind && left.type == right.type
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}
