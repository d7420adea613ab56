/// Joins folded operands: a value where all that matters is known, an error where one is certain, else a residual.
///
/// The rules are those of Cedar's typed partial evaluation: an operand that may fail is never dropped, unless
/// evaluation would have stopped before it.
enum Folding {
    static func error(_ reason: EvaluationError.Reason) -> Residual { .error(EvaluationError(reason: reason)) }

    private static func wrong(_ value: Value, _ expected: ValueKind...) -> Residual {
        error(.wrongKind(expected: expected, found: value.kind))
    }

    /// `&&` where `stop` is false, `||` where it is true.
    static func junction(stopsAt stop: Bool, _ operands: some Sequence<Residual>) -> Residual {
        var kept: [Residual] = []
        for operand in operands {
            switch operand {
            case .value(.bool(let value)):
                if value != stop { continue }
                if kept.allSatisfy({ !$0.canFail }) { return .value(.bool(stop)) }
                kept.append(operand)
                return joined(stop, kept)
            case .value(let value):
                if kept.isEmpty { return wrong(value, .bool) }
                kept.append(wrong(value, .bool))
                return joined(stop, kept)
            case .error:
                if kept.isEmpty { return operand }
                kept.append(operand)
                return joined(stop, kept)
            default:
                kept.append(operand)
            }
        }
        guard let first = kept.first else { return .value(.bool(!stop)) }
        return kept.count == 1 && first.isBoolean ? first : joined(stop, kept)
    }

    private static func joined(_ stop: Bool, _ operands: [Residual]) -> Residual {
        stop ? .or(operands) : .and(operands)
    }

    static func not(_ operand: Residual) -> Residual {
        switch operand {
        case .value(.bool(let value)): .value(.bool(!value))
        case .value(let value): wrong(value, .bool)
        case .error: operand
        default: .not(operand)
        }
    }

    static func conditional(_ condition: Residual, then: () -> Residual, else otherwise: () -> Residual) -> Residual {
        switch condition {
        case .value(.bool(let value)): value ? then() : otherwise()
        case .value(let value): wrong(value, .bool)
        case .error: condition
        default: .if(condition, then: then(), else: otherwise())
        }
    }

    static func equal(_ left: Residual, _ right: Residual) -> Residual {
        if let failed = firstError([left, right]) { return failed }
        if case .value(let left) = left, case .value(let right) = right { return .value(.bool(left == right)) }
        return .equal(left, right)
    }

    private static func firstError(_ operands: [Residual]) -> Residual? {
        operands.first { if case .error = $0 { true } else { false } }
    }

    static func ordered(
        _ left: Residual, _ right: Residual, _ test: (Value, Value) -> Bool, _ rest: (Residual, Residual) -> Residual
    ) -> Residual {
        if let failed = firstError([left, right]) { return failed }
        for case .value(let value) in [left, right] where ![.long, .datetime, .duration].contains(value.kind) {
            return wrong(value, .long, .datetime, .duration)
        }
        guard case .value(let first) = left, case .value(let second) = right else { return rest(left, right) }
        guard first.kind == second.kind else { return wrong(second, first.kind) }
        return .value(.bool(test(first, second)))
    }

    static func arithmetic(
        _ left: Residual, _ right: Residual, _ symbol: String,
        _ operation: (Int64) -> (Int64) -> (partialValue: Int64, overflow: Bool),
        _ rest: (Residual, Residual) -> Residual
    ) -> Residual {
        if let failed = firstError([left, right]) { return failed }
        for case .value(let value) in [left, right] where value.kind != .long { return wrong(value, .long) }
        guard case .value(.long(let first)) = left, case .value(.long(let second)) = right else {
            return rest(left, right)
        }
        let (result, overflow) = operation(first)(second)
        return overflow ? error(.overflow("\(first) \(symbol) \(second)")) : .value(.long(result))
    }

    static func negate(_ operand: Residual) -> Residual {
        switch operand {
        case .value(.long(.min)): error(.overflow("-(\(Int64.min))"))
        case .value(.long(let value)): .value(.long(-value))
        case .value(let value): wrong(value, .long)
        case .error: operand
        default: .negate(operand)
        }
    }

    static func member(_ left: Residual, _ right: Residual, _ isMember: (EntityUID, EntityUID) -> Bool) -> Residual {
        if let failed = firstError([left, right]) { return failed }
        if case .value(let value) = left, value.kind != .entity { return wrong(value, .entity) }
        guard case .value(let group) = right else { return .in(left, right) }
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
        guard case .value(.entity(let uid)) = left else { return .in(left, right) }
        return .value(.bool(groups.contains { isMember(uid, $0) }))
    }

    static func isOf(_ operand: Residual, _ type: EntityTypeName) -> Residual {
        switch operand {
        case .value(.entity(let uid)): .value(.bool(uid.type == type))
        case .value(let value): wrong(value, .entity)
        case .error: operand
        default: .is(operand, type)
        }
    }

    static func like(_ operand: Residual, _ pattern: Pattern) -> Residual {
        switch operand {
        case .value(.string(let text)): .value(.bool(pattern.matches(text)))
        case .value(let value): wrong(value, .string)
        case .error: operand
        default: .like(operand, pattern)
        }
    }

    static func contains(_ set: Residual, _ element: Residual) -> Residual {
        if let failed = firstError([set, element]) { return failed }
        if case .value(let value) = set, value.kind != .set { return wrong(value, .set) }
        guard case .value(.set(let elements)) = set, case .value(let value) = element else {
            return .contains(set, element)
        }
        return .value(.bool(elements.contains(value)))
    }

    static func setTest(
        _ left: Residual, _ right: Residual, _ test: (ValueSet, ValueSet) -> Bool,
        _ rest: (Residual, Residual) -> Residual
    ) -> Residual {
        if let failed = firstError([left, right]) { return failed }
        for case .value(let value) in [left, right] where value.kind != .set { return wrong(value, .set) }
        guard case .value(.set(let first)) = left, case .value(.set(let second)) = right else {
            return rest(left, right)
        }
        return .value(.bool(test(first, second)))
    }

    static func isEmpty(_ operand: Residual) -> Residual {
        switch operand {
        case .value(.set(let elements)): .value(.bool(elements.isEmpty))
        case .value(let value): wrong(value, .set)
        case .error: operand
        default: .isEmpty(operand)
        }
    }

    static func set(_ elements: [Residual]) -> Residual {
        if let failed = firstError(elements) { return failed }
        var values: [Value] = []
        for case .value(let value) in elements { values.append(value) }
        return values.count == elements.count ? .value(.set(ValueSet(values))) : .set(elements)
    }

    static func record(_ fields: [(key: CedarString, value: Residual)]) -> Residual {
        if let failed = firstError(fields.map(\.value)) { return failed }
        var values: [CedarString: Value] = [:]
        for (key, field) in fields { if case .value(let value) = field { values[key] = value } }
        if values.count == fields.count { return .value(.record(ValueRecord(values))) }
        return .record(Dictionary(fields.map { ($0.key, $0.value) }) { $1 })
    }

    static func call(_ function: ExtensionFunction, _ arguments: [Residual]) -> Residual {
        if let failed = firstError(arguments) { return failed }
        guard arguments.count == function.argumentCount else {
            return error(
                .wrongArgumentCount(
                    function: function.rawValue, expected: function.argumentCount, found: arguments.count))
        }
        var values: [Value] = []
        for case .value(let value) in arguments { values.append(value) }
        guard values.count == arguments.count else { return .call(function, arguments) }
        do throws(EvaluationError) {
            return .value(try ExtensionCall(function, values).result())
        } catch {
            return .error(error)
        }
    }
}

extension Residual {
    /// Whether it is a truth value if it is anything.
    var isBoolean: Bool {
        switch self {
        case .value(let value): value.kind == .bool
        case .unknown(let unknown): unknown.kind == .bool
        case .and, .or, .not, .equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .in, .is, .like, .contains,
            .containsAll,
            .containsAny, .isEmpty, .has, .hasTag:
            true
        case .if(_, let then, let otherwise): then.isBoolean && otherwise.isBoolean
        case .call(let function, _):
            switch function {
            case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual, .isIpv4, .isIpv6, .isLoopback,
                .isMulticast, .isInRange:
                true
            default: false
            }
        case .error, .add, .subtract, .multiply, .negate, .attribute, .getTag, .set, .record: false
        }
    }

    private var knownKind: ValueKind? {
        switch self {
        case .value(let value): value.kind
        case .unknown(let unknown): unknown.kind
        default: isBoolean ? .bool : nil
        }
    }

    /// Whether it may fail for some values of its unknowns. True where that is not certain.
    var canFail: Bool {
        switch self {
        case .value, .unknown: false
        case .and(let operands), .or(let operands): operands.contains { $0.canFail || !$0.isBoolean }
        case .not(let operand): operand.canFail || !operand.isBoolean
        case .equal(let left, let right): left.canFail || right.canFail
        case .less(let left, let right), .lessOrEqual(let left, let right), .greater(let left, let right),
            .greaterOrEqual(let left, let right):
            left.canFail || right.canFail || left.knownKind != .long || right.knownKind != .long
        case .like(let operand, _): operand.canFail || operand.knownKind != .string
        case .contains(let set, let element): set.canFail || element.canFail || set.knownKind != .set
        case .containsAll(let left, let right), .containsAny(let left, let right):
            left.canFail || right.canFail || left.knownKind != .set || right.knownKind != .set
        case .isEmpty(let operand): operand.canFail || operand.knownKind != .set
        case .if(let condition, let then, let otherwise):
            condition.canFail || !condition.isBoolean || then.canFail || otherwise.canFail
        case .set(let elements): elements.contains(where: \.canFail)
        case .record(let fields): fields.values.contains(where: \.canFail)
        case .error, .add, .subtract, .multiply, .negate, .in, .is, .has, .attribute, .hasTag, .getTag, .call: true
        }
    }
}
