/// Functions and methods of extension types.
extension Typechecker {
    mutating func call(_ expression: Expression, _ function: ExtensionFunction, _ arguments: [Expression]) -> Typed {
        let (parameters, result) = function.signature
        guard arguments.count == parameters.count else {
            for argument in arguments { _ = check(argument) }
            fail(
                "`\(function.rawValue)` takes \(parameters.count) argument\(parameters.count == 1 ? "" : "s"), not \(arguments.count)",
                expression.range, help: function.isConstructor ? nil : "what is before the dot is the first argument")
            return Typed(result)
        }
        for (argument, parameter) in zip(arguments, parameters) {
            if function.isConstructor {
                checkConstructor(function, argument)
            } else {
                _ = expect(.exactly(parameter), argument)
            }
        }
        return Typed(result)
    }

    /// What makes a value must be written out, so that it can be checked now.
    private mutating func checkConstructor(_ function: ExtensionFunction, _ argument: Expression) {
        guard case .literal(let value) = argument.kind else {
            _ = check(argument)
            return fail(
                "the argument of `\(function.rawValue)` is not a string that is written out", argument.range,
                help: "let the attribute have the type \(function.signature.result) in the schema")
        }
        guard case .string = value else {
            _ = expect(.string, argument)
            return
        }
        do throws(EvaluationError) {
            _ = try ExtensionCall(function, [value]).result()
        } catch {
            fail(error.message, argument.range, help: error.help)
        }
    }
}

extension ExtensionFunction {
    var signature: (parameters: [ExpressionType], result: ExpressionType) {
        switch self {
        case .decimal: ([.string], .decimal)
        case .ip: ([.string], .ipaddr)
        case .datetime: ([.string], .datetime)
        case .duration: ([.string], .duration)
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual: ([.decimal, .decimal], .bool(nil))
        case .isIpv4, .isIpv6, .isLoopback, .isMulticast: ([.ipaddr], .bool(nil))
        case .isInRange: ([.ipaddr, .ipaddr], .bool(nil))
        case .offset: ([.datetime, .duration], .datetime)
        case .durationSince: ([.datetime, .datetime], .duration)
        case .toDate: ([.datetime], .datetime)
        case .toTime: ([.datetime], .duration)
        case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: ([.duration], .long)
        }
    }
}
