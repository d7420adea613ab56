/// An operand as the rules of full evaluation take it: a value, a failure, or something whose value is not known, of
/// which only the kind counts. What is left of operators with such operands is for ``TypedResidual`` to hold.
enum FoldedOperand: Sendable, Hashable {
    case value(Value)
    case error(EvaluationError)
    case unknown(ValueKind?)
}
