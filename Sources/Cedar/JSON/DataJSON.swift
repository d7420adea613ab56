/// One level of a value in Cedar's JSON data format, where `__entity` and `__extn` escape what JSON lacks.
enum DataJSON {
    case scalar(Value)
    case entity(EntityUID)
    case call(ExtensionFunction, [JSONValue])
    case set([JSONValue])
    case record([JSONValue.Member])

    init(_ value: JSONValue, in source: SourceText) throws(CedarDiagnostic) {
        switch value.kind {
        case .bool(let bool): self = .scalar(.bool(bool))
        case .integer(let integer): self = .scalar(.long(integer))
        case .string(let string): self = .scalar(.string(string))
        case .array(let elements): self = .set(elements)
        case .object:
            // An escape stands alone; beside other keys the official engine takes it for an attribute.
            let members = try source.members(of: value, "a value")
            guard members.count == 1, let only = members.first else {
                self = .record(members)
                return
            }
            switch only.key {
            case "__entity": self = .entity(try source.typeAndID(only.value))
            case "__extn":
                let (function, arguments) = try source.functionAndArguments(only.value)
                self = .call(function, arguments)
            case "__expr":
                throw source.diagnostic(
                    "`__expr` is no longer part of Cedar", at: only.keyRange, help: "use `__entity` or `__extn`")
            default: self = .record(members)
            }
        case .number(let digits):
            throw source.diagnostic(
                "\(digits) is no Cedar value", at: value.range,
                help: "numbers are integers of 64 bits; write others as `decimal`")
        case .null:
            throw source.diagnostic("null is no Cedar value", at: value.range, help: "leave the member out")
        }
    }
}

extension SourceText {
    /// `{"type": …, "id": …}`; other keys are ignored, as the official engine does.
    func typeAndID(_ value: JSONValue) throws(CedarDiagnostic) -> EntityUID {
        var fields = try JSONFields(value, "an entity's name", in: self)
        return EntityUID(
            type: try typeName(try fields.require("type"), "an entity's type"), id: try fields.requireString("id"))
    }

    /// An entity where nothing else may stand: `{"type": …, "id": …}`, or the same inside `__entity`.
    func entityUID(_ value: JSONValue) throws(CedarDiagnostic) -> EntityUID {
        var fields = try JSONFields(value, "an entity's name", in: self)
        return try typeAndID(fields.take("__entity") ?? value)
    }

    /// `{"fn": …, "arg": …}` or `{"fn": …, "args": […]}`.
    func functionAndArguments(_ value: JSONValue) throws(CedarDiagnostic) -> (ExtensionFunction, [JSONValue]) {
        var fields = try JSONFields(value, "an extension value", in: self)
        let name = try fields.require("fn")
        let function = try extensionFunction(try string(name, "`fn`"), at: name.range)
        switch (fields.take("arg"), fields.take("args")) {
        case (.some(let argument), nil): return (function, [argument])
        case (nil, .some(let arguments)): return (function, try elements(of: arguments, "`args`"))
        default:
            throw diagnostic(
                "an extension value has either `arg` or `args`", at: value.range,
                help: "write {\"fn\": \"ip\", \"arg\": \"10.0.0.1\"}")
        }
    }

    func extensionFunction(_ name: CedarString, at range: ByteRange) throws(CedarDiagnostic) -> ExtensionFunction {
        // Names of functions are ASCII without singletons, so that canonical equivalence is equality of bytes.
        guard let function = ExtensionFunction(rawValue: name.text) else {
            throw diagnostic(
                "there is no function \(name.literal)", at: range,
                help: "the functions are \(ExtensionFunction.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return function
    }
}
