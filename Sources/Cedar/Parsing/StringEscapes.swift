/// Resolves the escapes of a string or pattern: `\n \r \t \\ \0 \' \" \xNN \u{N…}`, in patterns also `\*`.
struct StringEscapes {
    struct Failure: Error {
        /// The escape, by its offsets in the text.
        let range: ByteRange
    }

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// - Parameter range: The token, quotes included.
    init(_ source: SourceText, _ range: ByteRange) {
        bytes = source.bytes
        position = Int(range.start) + 1
        end = Int(range.end) - 1
    }

    static func string(_ source: SourceText, _ range: ByteRange) throws(Failure) -> CedarString {
        let content = source.bytes[(Int(range.start) + 1)..<(Int(range.end) - 1)]
        guard content.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\r") }) else {
            return CedarString(String(decoding: content, as: UTF8.self))
        }
        var escapes = StringEscapes(source, range)
        var text = String.UnicodeScalarView()
        while let element = try escapes.next(isPattern: false) { text.append(element.scalar) }
        return CedarString(String(text))
    }

    static func pattern(_ source: SourceText, _ range: ByteRange) throws(Failure) -> Pattern {
        var escapes = StringEscapes(source, range)
        var elements: [Pattern.Element] = []
        while let element = try escapes.next(isPattern: true) {
            // Only `\*` is a star that means itself: one that is written as a number is a wildcard, too.
            elements.append(element.scalar == "*" && !element.isLiteralStar ? .wildcard : .literal(element.scalar))
        }
        return Pattern(elements)
    }

    private mutating func next(isPattern: Bool) throws(Failure) -> (scalar: Unicode.Scalar, isLiteralStar: Bool)? {
        guard position < end else { return nil }
        let start = position
        guard bytes[position] == UInt8(ascii: "\\") else {
            // As in Rust, whose literals these are.
            guard bytes[position] != UInt8(ascii: "\r") else { throw Failure(range: ByteRange(start, start + 1)) }
            return (unescapedScalar(), false)
        }
        position += 1
        let isLiteralStar = position < end && bytes[position] == UInt8(ascii: "*")
        guard let scalar = escapedScalar(isPattern: isPattern) else {
            throw Failure(range: ByteRange(start, min(max(position, start + 2), end)))
        }
        return (scalar, isLiteralStar)
    }

    private mutating func unescapedScalar() -> Unicode.Scalar {
        var decoder = UTF8()
        var rest = bytes[position..<end].prefix(4).makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&rest) else {
            position += 1
            return "\u{FFFD}"
        }
        position += UTF8.width(scalar)
        return scalar
    }

    private mutating func escapedScalar(isPattern: Bool) -> Unicode.Scalar? {
        guard position < end else { return nil }
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "0"): return "\0"
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "'"): return "'"
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "*"): return isPattern ? "*" : nil
        case UInt8(ascii: "x"):
            guard let value = hexadecimal(digits: 2...2), value <= 0x7F else { return nil }
            return Unicode.Scalar(value)
        case UInt8(ascii: "u"):
            guard position < end, bytes[position] == UInt8(ascii: "{") else { return nil }
            position += 1
            guard let value = hexadecimal(digits: 1...6), position < end, bytes[position] == UInt8(ascii: "}") else {
                return nil
            }
            position += 1
            return Unicode.Scalar(value)
        default: return nil
        }
    }

    private mutating func hexadecimal(digits: ClosedRange<Int>) -> UInt32? {
        var value: UInt32 = 0
        var count = 0
        while count < digits.upperBound, position < end, let digit = Hexadecimal.value(bytes[position]) {
            value = value << 4 | UInt32(digit)
            count += 1
            position += 1
        }
        return digits.contains(count) ? value : nil
    }
}
