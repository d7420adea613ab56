public import Cedar

/// A constant of a condition.
public enum SQLValue: Sendable, Hashable {
    case boolean(Bool)
    case bigint(Int64)
    case text(CedarString)
    case numeric(CedarDecimal)
    case inet(CedarAddress)
    indirect case array([SQLValue], of: ElementType)

    public enum ElementType: String, Sendable, Hashable { case boolean, bigint, text, numeric, inet }

    /// The name of its type in PostgreSQL, to which a parameter is cast.
    public var typeName: String {
        switch self {
        case .boolean: "boolean"
        case .bigint: "bigint"
        case .text: "text"
        case .numeric: "numeric"
        case .inet: "inet"
        case .array(_, let type): type.rawValue + "[]"
        }
    }

    /// As the value of a parameter in text format.
    public var parameterText: String {
        switch self {
        case .boolean(let value): value ? "true" : "false"
        case .bigint(let value): String(value)
        case .text(let value): value.text
        case .numeric(let value): value.description
        case .inet(let value): value.description
        case .array(let elements, _):
            "{" + elements.map { Self.arrayElement($0.parameterText) }.joined(separator: ",") + "}"
        }
    }

    private static func arrayElement(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }

    /// As a literal that means the same whatever `standard_conforming_strings` is.
    public var literal: String {
        switch self {
        case .boolean(let value): value ? "TRUE" : "FALSE"
        // Its magnitude alone would be a `numeric`.
        case .bigint(.min): "'\(Int64.min)'::bigint"
        case .bigint(let value): value < 0 ? "(\(value))" : String(value)
        case .text(let value): Self.quoted(value.text)
        case .numeric(let value): value.tenThousandths < 0 ? "(\(value))" : value.description
        case .inet(let value): "'\(value)'::inet"
        case .array(let elements, let type):
            elements.isEmpty || type != .text
                ? "ARRAY[\(elements.map(\.literal).joined(separator: ", "))]::\(typeName)"
                : "ARRAY[\(elements.map(\.literal).joined(separator: ", "))]"
        }
    }

    /// Quotes are doubled. A backslash is doubled in an `E''` literal, where it means the same under both settings;
    /// without one, a plain literal does.
    static func quoted(_ text: String) -> String {
        var result = "'"
        var hasBackslash = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": result += "''"
            case "\\":
                result += "\\\\"
                hasBackslash = true
            default: result.unicodeScalars.append(scalar)
            }
        }
        return (hasBackslash ? "E" : "") + result + "'"
    }

    /// Whether PostgreSQL can hold it: no text there has a NUL.
    public var isRepresentable: Bool {
        switch self {
        case .text(let value): !value.text.utf8.contains(0)
        case .array(let elements, _): elements.allSatisfy(\.isRepresentable)
        case .boolean, .bigint, .numeric, .inet: true
        }
    }
}
