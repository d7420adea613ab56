/// What operators make of values, entities apart.
enum Operators {
    // MARK: Kinds

    static func bool(_ value: Value) throws(EvaluationError) -> Bool {
        guard case .bool(let truth) = value else { throw .wrongKind(value, .bool) }
        return truth
    }

    static func string(_ value: Value) throws(EvaluationError) -> CedarString {
        guard case .string(let text) = value else { throw .wrongKind(value, .string) }
        return text
    }

    static func entity(_ value: Value) throws(EvaluationError) -> EntityUID {
        guard case .entity(let uid) = value else { throw .wrongKind(value, .entity) }
        return uid
    }

    static func set(_ value: Value) throws(EvaluationError) -> ValueSet {
        guard case .set(let elements) = value else { throw .wrongKind(value, .set) }
        return elements
    }

    private static func long(_ value: Value) throws(EvaluationError) -> Int64 {
        guard case .long(let number) = value else { throw .wrongKind(value, .long) }
        return number
    }

    // MARK: Arithmetic

    static func negated(_ value: Value) throws(EvaluationError) -> Int64 {
        let number = try long(value)
        guard number != .min else { throw EvaluationError(reason: .overflow("-(\(number))")) }
        return -number
    }

    static func sum(_ left: Value, _ right: Value) throws(EvaluationError) -> Int64 {
        try arithmetic(left, right, "+") { $0.addingReportingOverflow($1) }
    }

    static func difference(_ left: Value, _ right: Value) throws(EvaluationError) -> Int64 {
        try arithmetic(left, right, "-") { $0.subtractingReportingOverflow($1) }
    }

    static func product(_ left: Value, _ right: Value) throws(EvaluationError) -> Int64 {
        try arithmetic(left, right, "*") { $0.multipliedReportingOverflow(by: $1) }
    }

    private static func arithmetic(
        _ left: Value, _ right: Value, _ symbol: String,
        _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(EvaluationError) -> Int64 {
        let first = try long(left)
        let second = try long(right)
        let (result, overflow) = operation(first, second)
        guard !overflow else { throw EvaluationError(reason: .overflow("\(first) \(symbol) \(second)")) }
        return result
    }

    // MARK: Order

    /// Two values that `<` and its like compare: both numbers, both instants or both durations.
    static func comparands(_ left: Value, _ right: Value) throws(EvaluationError) -> (Int64, Int64) {
        let first = try comparand(left)
        let second = try comparand(right)
        guard left.kind == right.kind else { throw .wrongKind(right, left.kind) }
        return (first, second)
    }

    private static func comparand(_ value: Value) throws(EvaluationError) -> Int64 {
        switch value {
        case .long(let number): number
        case .datetime(let instant): instant.millisecondsSince1970
        case .duration(let duration): duration.milliseconds
        default: throw .wrongKind(value, .long, .datetime, .duration)
        }
    }
}

extension EvaluationError {
    static func wrongKind(_ value: Value, _ expected: ValueKind...) -> EvaluationError {
        EvaluationError(reason: .wrongKind(expected: expected, found: value.kind))
    }
}
