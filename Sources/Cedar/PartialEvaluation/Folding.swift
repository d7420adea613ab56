/// The value where all operands are known, an error where one is certain, else unknown.
enum Folding {
    static func error(_ reason: EvaluationError.Reason) -> FoldedOperand { .error(EvaluationError(reason: reason)) }

    private static func wrong(_ value: Value, _ expected: ValueKind...) -> FoldedOperand {
        error(.wrongKind(expected: expected, found: value.kind))
    }

    static func not(_ operand: FoldedOperand) -> FoldedOperand {
        switch operand {
        case .value(.bool(let value)): .value(.bool(!value))
        case .value(let value): wrong(value, .bool)
        case .error, .unknown: operand
        }
    }

    static func equal(_ left: FoldedOperand, _ right: FoldedOperand) -> FoldedOperand {
        if let failed = firstError([left, right]) { return failed }
        if case .value(let left) = left, case .value(let right) = right { return .value(.bool(left == right)) }
        return .unknown(nil)
    }

    private static func firstError(_ operands: [FoldedOperand]) -> FoldedOperand? {
        operands.first { if case .error = $0 { true } else { false } }
    }

    static func ordered(
        _ left: FoldedOperand, _ right: FoldedOperand, _ test: (Value, Value) -> Bool
    ) -> FoldedOperand {
        if let failed = firstError([left, right]) { return failed }
        for case .value(let value) in [left, right] where ![.long, .datetime, .duration].contains(value.kind) {
            return wrong(value, .long, .datetime, .duration)
        }
        guard case .value(let first) = left, case .value(let second) = right else { return .unknown(nil) }
        guard first.kind == second.kind else { return wrong(second, first.kind) }
        return .value(.bool(test(first, second)))
    }

    static func arithmetic(
        _ left: FoldedOperand, _ right: FoldedOperand, _ symbol: String,
        _ operation: (Int64) -> (Int64) -> (partialValue: Int64, overflow: Bool)
    ) -> FoldedOperand {
        if let failed = firstError([left, right]) { return failed }
        for case .value(let value) in [left, right] where value.kind != .long { return wrong(value, .long) }
        guard case .value(.long(let first)) = left, case .value(.long(let second)) = right else {
            return .unknown(nil)
        }
        let (result, overflow) = operation(first)(second)
        return overflow ? error(.overflow("\(first) \(symbol) \(second)")) : .value(.long(result))
    }

    static func negate(_ operand: FoldedOperand) -> FoldedOperand {
        switch operand {
        case .value(.long(.min)): error(.overflow("-(\(Int64.min))"))
        case .value(.long(let value)): .value(.long(-value))
        case .value(let value): wrong(value, .long)
        case .error, .unknown: operand
        }
    }

    static func member(_ left: FoldedOperand, _ right: FoldedOperand, _ isMember: (EntityUID, EntityUID) -> Bool)
        -> FoldedOperand
    {
        if let failed = firstError([left, right]) { return failed }
        if case .value(let value) = left, value.kind != .entity { return wrong(value, .entity) }
        guard case .value(let group) = right else { return .unknown(nil) }
        let groups: [EntityUID]
        switch group {
        case .entity(let uid): groups = [uid]
        case .set(let elements):
            var found: [EntityUID] = []
            for element in elements {
                guard case .entity(let uid) = element else { return wrong(element, .entity) }
                found.append(uid)
            }
            groups = found
        default: return wrong(group, .entity, .set)
        }
        guard case .value(.entity(let uid)) = left else { return .unknown(nil) }
        return .value(.bool(groups.contains { isMember(uid, $0) }))
    }

    static func isOf(_ operand: FoldedOperand, _ type: EntityTypeName) -> FoldedOperand {
        switch operand {
        case .value(.entity(let uid)): .value(.bool(uid.type == type))
        case .value(let value): wrong(value, .entity)
        case .error, .unknown: operand
        }
    }

    static func like(_ operand: FoldedOperand, _ pattern: Pattern) -> FoldedOperand {
        switch operand {
        case .value(.string(let text)): .value(.bool(pattern.matches(text)))
        case .value(let value): wrong(value, .string)
        case .error, .unknown: operand
        }
    }

    static func contains(_ set: FoldedOperand, _ element: FoldedOperand) -> FoldedOperand {
        if let failed = firstError([set, element]) { return failed }
        if case .value(let value) = set, value.kind != .set { return wrong(value, .set) }
        guard case .value(.set(let elements)) = set, case .value(let value) = element else {
            return .unknown(nil)
        }
        return .value(.bool(elements.contains(value)))
    }

    static func setTest(
        _ left: FoldedOperand, _ right: FoldedOperand, _ test: (ValueSet, ValueSet) -> Bool
    ) -> FoldedOperand {
        if let failed = firstError([left, right]) { return failed }
        for case .value(let value) in [left, right] where value.kind != .set { return wrong(value, .set) }
        guard case .value(.set(let first)) = left, case .value(.set(let second)) = right else {
            return .unknown(nil)
        }
        return .value(.bool(test(first, second)))
    }

    static func isEmpty(_ operand: FoldedOperand) -> FoldedOperand {
        switch operand {
        case .value(.set(let elements)): .value(.bool(elements.isEmpty))
        case .value(let value): wrong(value, .set)
        case .error, .unknown: operand
        }
    }

    static func set(_ elements: [FoldedOperand]) -> FoldedOperand {
        if let failed = firstError(elements) { return failed }
        var values: [Value] = []
        for case .value(let value) in elements { values.append(value) }
        return values.count == elements.count ? .value(.set(ValueSet(values))) : .unknown(nil)
    }

    static func record(_ fields: [(key: CedarString, value: FoldedOperand)]) -> FoldedOperand {
        if let failed = firstError(fields.map(\.value)) { return failed }
        var values: [CedarString: Value] = [:]
        for (key, field) in fields { if case .value(let value) = field { values[key] = value } }
        if values.count == fields.count { return .value(.record(ValueRecord(values))) }
        return .unknown(nil)
    }

    static func call(_ function: ExtensionFunction, _ arguments: [FoldedOperand]) -> FoldedOperand {
        if let failed = firstError(arguments) { return failed }
        guard arguments.count == function.argumentCount else {
            return error(
                .wrongArgumentCount(
                    function: function.rawValue, expected: function.argumentCount, found: arguments.count))
        }
        var values: [Value] = []
        for case .value(let value) in arguments { values.append(value) }
        guard values.count == arguments.count else { return .unknown(nil) }
        do throws(EvaluationError) {
            return .value(try ExtensionCall(function, values).result())
        } catch {
            return .error(error)
        }
    }
}
