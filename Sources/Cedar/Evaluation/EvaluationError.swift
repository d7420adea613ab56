/// Why an expression has no value.
public struct EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        case wrongKind(expected: [ValueKind], found: ValueKind)
        /// The operation in words, with its operands.
        case overflow(String)
        /// - Parameter owner: Nil for a record.
        case noSuchAttribute(CedarString, owner: EntityUID?)
        case noSuchTag(CedarString, owner: EntityUID)
        case noSuchEntity(EntityUID)
        case malformedArgument(function: String, argument: CedarString, reason: String)
        case wrongArgumentCount(function: String, expected: Int, found: Int)
    }

    public let reason: Reason
    /// The expression that failed; nil after partial evaluation has left the text behind.
    public let span: SourceSpan?

    public init(reason: Reason, span: SourceSpan? = nil) {
        self.reason = reason
        self.span = span
    }

    public var message: String {
        switch reason {
        case .wrongKind(let expected, let found):
            "expected \(expected.map(\.rawValue).joined(separator: " or ")), found \(found.rawValue)"
        case .overflow(let operation): "\(operation) overflows a 64-bit integer"
        case .noSuchAttribute(let attribute, .some(let owner)): "\(owner) has no attribute \(attribute.literal)"
        case .noSuchAttribute(let attribute, nil): "the record has no attribute \(attribute.literal)"
        case .noSuchTag(let tag, let owner): "\(owner) has no tag \(tag.literal)"
        case .noSuchEntity(let uid): "\(uid) is not known"
        case .malformedArgument(let function, let argument, let reason):
            "\(function)(\(argument.literal)): \(reason)"
        case .wrongArgumentCount(let function, let expected, let found):
            "\(function) takes \(expected) argument\(expected == 1 ? "" : "s"), not \(found)"
        }
    }

    /// What the policy's author can do about it.
    public var help: String? {
        switch reason {
        case .noSuchAttribute(let attribute, _):
            IdentifierRules.isIdentifier(attribute.text.utf8)
                ? "test `… has \(attribute)` first" : "test `… has \(attribute.literal)` first"
        case .noSuchTag(let tag, _): "test `….hasTag(\(tag.literal))` first"
        case .noSuchEntity: "test `… has …` first, or add the entity"
        case .wrongKind, .overflow, .malformedArgument, .wrongArgumentCount: nil
        }
    }

    public var description: String { (span.map { "\($0): " } ?? "") + message }

    func located(at span: SourceSpan) -> EvaluationError {
        self.span == nil ? EvaluationError(reason: reason, span: span) : self
    }
}
