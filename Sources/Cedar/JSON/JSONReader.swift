/// Reads a JSON text (RFC 8259) by recursive descent, no deeper than ``depthMax``.
struct JSONReader {
    /// Arrays and objects inside each other: what the official engine takes.
    static let depthMax = 127

    private let source: SourceText
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private init(_ source: SourceText) {
        self.source = source
        bytes = source.bytes
    }

    static func value(in source: SourceText) throws(CedarDiagnostic) -> JSONValue {
        var reader = JSONReader(source)
        guard source.bytes.count <= ByteRange.textBytesMax else {
            throw reader.failure("the text is longer than \(ByteRange.textBytesMax) bytes")
        }
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == reader.bytes.count else { throw reader.failure("something follows the JSON value") }
        return value
    }

    // MARK: Bytes

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar, _ place: String) throws(CedarDiagnostic) {
        guard take(character) else { throw failure("`\(character)` is expected \(place)") }
    }

    private func failure(_ message: String, at start: Int? = nil) -> CedarDiagnostic {
        let start = start ?? position
        let message = start >= bytes.count ? "\(message), but the JSON ends" : message
        return CedarDiagnostic(message: message, span: source.span(ByteRange(start, max(start, position) + 1)))
    }

    // MARK: Values

    private mutating func value() throws(CedarDiagnostic) -> JSONValue {
        skipSpace()
        let start = position
        let kind: JSONValue.Kind
        switch byte {
        case UInt8(ascii: "{"): kind = try nested { (reader) throws(CedarDiagnostic) in try reader.object() }
        case UInt8(ascii: "["): kind = try nested { (reader) throws(CedarDiagnostic) in try reader.array() }
        case UInt8(ascii: "\""): kind = .string(try string())
        case UInt8(ascii: "t"): kind = try word("true", .bool(true))
        case UInt8(ascii: "f"): kind = try word("false", .bool(false))
        case UInt8(ascii: "n"): kind = try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): kind = try number()
        default: throw failure("a JSON value is expected")
        }
        return JSONValue(kind, at: ByteRange(start, position))
    }

    private mutating func nested(
        _ body: (inout JSONReader) throws(CedarDiagnostic) -> JSONValue.Kind
    ) throws(CedarDiagnostic) -> JSONValue.Kind {
        depth += 1
        guard depth <= Self.depthMax else { throw failure("the JSON nests deeper than \(Self.depthMax) levels") }
        position += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func object() throws(CedarDiagnostic) -> JSONValue.Kind {
        var members: [JSONValue.Member] = []
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            let start = position
            guard byte == UInt8(ascii: "\"") else { throw failure("a key in double quotes is expected") }
            let key = try string()
            let range = ByteRange(start, position)
            skipSpace()
            try expect(":", "after a key")
            members.append(JSONValue.Member(key, try value(), at: range))
            skipSpace()
        } while take(",")
        try expect("}", "after the last member")
        return .object(members)
    }

    private mutating func array() throws(CedarDiagnostic) -> JSONValue.Kind {
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        repeat {
            elements.append(try value())
            skipSpace()
        } while take(",")
        try expect("]", "after the last element")
        return .array(elements)
    }

    private mutating func word(
        _ word: StaticString, _ kind: JSONValue.Kind
    ) throws(CedarDiagnostic) -> JSONValue.Kind {
        let end = position + word.utf8CodeUnitCount
        let isThere = end <= bytes.count && word.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
        guard isThere else { throw failure("a JSON value is expected") }
        position = end
        return kind
    }

    private mutating func number() throws(CedarDiagnostic) -> JSONValue.Kind {
        let start = position
        let isNegative = take("-")
        let firstDigit = position
        guard skipDigits() else { throw failure("a digit is expected") }
        guard bytes[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1 else {
            throw failure("a number has no leading zeros", at: start)
        }
        var isInteger = !(isNegative && bytes[firstDigit] == UInt8(ascii: "0"))
        if take(".") {
            isInteger = false
            guard skipDigits() else { throw failure("a digit is expected after the point") }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard skipDigits() else { throw failure("a digit is expected in the exponent") }
        }
        let digits = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(digits) { return .integer(integer) }
        return .number(digits)
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    // MARK: Strings

    private mutating func string() throws(CedarDiagnostic) -> CedarString {
        position += 1
        let start = position
        while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        var scalars = try text(start..<position)
        while true {
            guard let byte else { throw failure("the string is not closed") }
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return CedarString(scalars)
            case UInt8(ascii: "\\"):
                scalars.unicodeScalars.append(try escape())
            case 0..<0x20:
                throw failure("a control character in a string must be escaped")
            default:
                let start = position
                while let byte = self.byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
                    position += 1
                }
                scalars += try text(start..<position)
            }
        }
    }

    private func text(_ range: Range<Int>) throws(CedarDiagnostic) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw failure("the string is not UTF-8", at: range.lowerBound)
        }
        return text
    }

    private mutating func escape() throws(CedarDiagnostic) -> Unicode.Scalar {
        let start = position
        position += 1
        guard let byte else { throw failure("the string is not closed") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try codeUnit(start)
            guard UTF16.isLeadSurrogate(first) else {
                guard let scalar = Unicode.Scalar(first) else {
                    throw failure("half a surrogate pair is no character", at: start)
                }
                return scalar
            }
            guard take("\\"), take("u") else { throw failure("half a surrogate pair is no character", at: start) }
            let second = try codeUnit(start)
            guard UTF16.isTrailSurrogate(second) else {
                throw failure("half a surrogate pair is no character", at: start)
            }
            return UTF16.decode(UTF16.EncodedScalar([first, second]))
        default:
            throw failure("there is no such escape in JSON", at: start)
        }
    }

    private mutating func codeUnit(_ start: Int) throws(CedarDiagnostic) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("four hexadecimal digits are expected", at: start)
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}

extension JSONValue {
    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: What is not JSON, and where.
    public init(parsing text: String, fileName: String) throws(CedarDiagnostic) {
        try self.init(parsing: Array(text.utf8), fileName: fileName)
    }

    /// The same for bytes that may be no UTF-8.
    public init(parsing bytes: [UInt8], fileName: String) throws(CedarDiagnostic) {
        self = try JSONReader.value(in: SourceText(name: fileName, bytes: bytes))
    }
}
