/// One call of an extension function with all of its arguments known, however many there are.
struct ExtensionCall {
    private let function: ExtensionFunction
    private let arguments: [Value]

    init(_ function: ExtensionFunction, _ arguments: [Value]) {
        self.function = function
        self.arguments = arguments
    }

    func result() throws(EvaluationError) -> Value {
        guard arguments.count == function.argumentCount else {
            let reason = EvaluationError.Reason.wrongArgumentCount(
                function: function.rawValue, expected: function.argumentCount, found: arguments.count)
            throw EvaluationError(reason: reason)
        }
        return try value()
    }

    private func value() throws(EvaluationError) -> Value {
        switch function {
        case .decimal: .decimal(try parsed { text throws(MalformedValueError) in try CedarDecimal(parsing: text) })
        case .ip: .address(try parsed { text throws(MalformedValueError) in try CedarAddress(parsing: text) })
        case .datetime: .datetime(try parsed { text throws(MalformedValueError) in try CedarDatetime(parsing: text) })
        case .duration: .duration(try parsed { text throws(MalformedValueError) in try CedarDuration(parsing: text) })
        case .lessThan: .bool(try decimal(0) < decimal(1))
        case .lessThanOrEqual: .bool(try !(decimal(1) < decimal(0)))
        case .greaterThan: .bool(try decimal(1) < decimal(0))
        case .greaterThanOrEqual: .bool(try !(decimal(0) < decimal(1)))
        case .isIpv4: .bool(try address(0).version == .v4)
        case .isIpv6: .bool(try address(0).version == .v6)
        case .isLoopback: .bool(try address(0).isLoopback)
        case .isMulticast: .bool(try address(0).isMulticast)
        case .isInRange: .bool(try address(0).isInRange(address(1)))
        case .offset:
            .datetime(
                CedarDatetime(millisecondsSince1970: try checked(datetime(0).addingReportingOverflow(duration(1)))))
        case .durationSince:
            .duration(CedarDuration(milliseconds: try checked(datetime(0).subtractingReportingOverflow(datetime(1)))))
        case .toDate:
            .datetime(
                CedarDatetime(millisecondsSince1970: try checked(datetime(0).subtractingReportingOverflow(timeOfDay())))
            )
        case .toTime: .duration(CedarDuration(milliseconds: try timeOfDay()))
        case .toMilliseconds: .long(try duration(0))
        case .toSeconds: .long(try duration(0) / 1000)
        case .toMinutes: .long(try duration(0) / 60_000)
        case .toHours: .long(try duration(0) / 3_600_000)
        case .toDays: .long(try duration(0) / 86_400_000)
        }
    }

    private func parsed<T>(_ parse: (String) throws(MalformedValueError) -> T) throws(EvaluationError) -> T {
        guard case .string(let text) = arguments[0] else { throw wrong(0, .string) }
        do throws(MalformedValueError) {
            return try parse(text.text)
        } catch {
            throw EvaluationError(
                reason: .malformedArgument(function: function.rawValue, argument: text, reason: error.reason))
        }
    }

    private func wrong(_ index: Int, _ kind: ValueKind) -> EvaluationError {
        EvaluationError(reason: .wrongKind(expected: [kind], found: arguments[index].kind))
    }

    private func decimal(_ index: Int) throws(EvaluationError) -> CedarDecimal {
        guard case .decimal(let value) = arguments[index] else { throw wrong(index, .decimal) }
        return value
    }

    private func address(_ index: Int) throws(EvaluationError) -> CedarAddress {
        guard case .address(let value) = arguments[index] else { throw wrong(index, .address) }
        return value
    }

    private func datetime(_ index: Int) throws(EvaluationError) -> Int64 {
        guard case .datetime(let value) = arguments[index] else { throw wrong(index, .datetime) }
        return value.millisecondsSince1970
    }

    private func duration(_ index: Int) throws(EvaluationError) -> Int64 {
        guard case .duration(let value) = arguments[index] else { throw wrong(index, .duration) }
        return value.milliseconds
    }

    /// Since the last midnight, also before 1970.
    private func timeOfDay() throws(EvaluationError) -> Int64 {
        let day: Int64 = 86_400_000
        let rest = try datetime(0) % day
        return rest < 0 ? rest + day : rest
    }

    private func checked(_ result: (partialValue: Int64, overflow: Bool)) throws(EvaluationError) -> Int64 {
        guard !result.overflow else { throw EvaluationError(reason: .overflow(function.rawValue)) }
        return result.partialValue
    }
}
