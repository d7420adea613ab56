/// What is left of a policy's conditions once everything known has been put in.
///
/// `!=`, `is … in` and `has a.b` do not occur: they are expressed by the others. Operands keep their order, which
/// decides what is evaluated: `and` stops at the first false one, `or` at the first true one.
public indirect enum Residual: Sendable, Hashable {
    case value(Value)
    /// Fails whatever the unknowns are.
    case error(EvaluationError)
    case unknown(Unknown)
    /// At least one operand. One alone, or a constant, stands where its kind must still be checked.
    case and([Residual])
    case or([Residual])
    case not(Residual)
    case `if`(Residual, then: Residual, else: Residual)
    case equal(Residual, Residual)
    case less(Residual, Residual)
    case lessOrEqual(Residual, Residual)
    case greater(Residual, Residual)
    case greaterOrEqual(Residual, Residual)
    case add(Residual, Residual)
    case subtract(Residual, Residual)
    case multiply(Residual, Residual)
    case negate(Residual)
    case `in`(Residual, Residual)
    case `is`(Residual, EntityTypeName)
    case like(Residual, Pattern)
    case contains(Residual, Residual)
    case containsAll(Residual, Residual)
    case containsAny(Residual, Residual)
    case isEmpty(Residual)
    case has(Residual, CedarString)
    case attribute(Residual, CedarString)
    case hasTag(Residual, Residual)
    case getTag(Residual, Residual)
    case set([Residual])
    case record([CedarString: Residual])
    case call(ExtensionFunction, [Residual])
}
