/// A value of the JSON that entries and details are written in.
///
/// It is RFC 8259 with fewer freedoms: UTF-8, no white space between tokens, no member twice, numbers are integers
/// from 0 to 2^63−1 without leading zero, and nothing nests deeper than ``depthMax``.
enum EntryJSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(UInt64)
    case string(EntryText)
    case array([EntryJSON])
    /// In the order in which they stand.
    case object([Member])

    struct Member: Sendable, Hashable {
        let name: EntryText
        let value: EntryJSON
    }

    static let depthMax = 8

    init(parsing bytes: [UInt8]) throws(EntryError) {
        var parser = Parser(bytes: bytes)
        self = try parser.value(depth: 0)
        guard parser.position == bytes.count else { throw parser.error("something follows the value") }
    }
}

extension EntryJSON {
    private struct Parser {
        /// Comparing so many names with each other is faster than hashing them.
        private static let membersComparedMax = 16

        let bytes: [UInt8]
        var position = 0

        func error(_ what: String) -> EntryError { .notJSON(what: what, offset: position) }

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func skip(_ character: UInt8) -> Bool {
            guard next == character else { return false }
            position += 1
            return true
        }

        mutating func value(depth: Int) throws(EntryError) -> EntryJSON {
            guard depth < EntryJSON.depthMax else { throw error("values nest too deep") }
            switch next {
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "\""): return .string(try string())
            case .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .integer(try integer())
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: throw error("no value")
            }
        }

        private mutating func word(_ word: String, _ value: EntryJSON) throws(EntryError) -> EntryJSON {
            guard bytes[position...].starts(with: word.utf8) else { throw error("no value") }
            position += word.utf8.count
            return value
        }

        private mutating func object(depth: Int) throws(EntryError) -> EntryJSON {
            position += 1
            var members: [EntryJSON.Member] = []
            var names: Set<EntryText> = []
            if skip(UInt8(ascii: "}")) { return .object(members) }
            while true {
                guard next == UInt8(ascii: "\"") else { throw error("no member") }
                let name = try string()
                guard skip(UInt8(ascii: ":")) else { throw error("no colon") }
                if members.count < Self.membersComparedMax {
                    guard !members.contains(where: { $0.name == name }) else { throw error("a member stands twice") }
                } else {
                    if names.isEmpty { names = Set(members.map(\.name)) }
                    guard names.insert(name).inserted else { throw error("a member stands twice") }
                }
                members.append(EntryJSON.Member(name: name, value: try value(depth: depth + 1)))
                if skip(UInt8(ascii: "}")) { return .object(members) }
                guard skip(UInt8(ascii: ",")) else { throw error("no comma") }
            }
        }

        private mutating func array(depth: Int) throws(EntryError) -> EntryJSON {
            position += 1
            var elements: [EntryJSON] = []
            if skip(UInt8(ascii: "]")) { return .array(elements) }
            while true {
                elements.append(try value(depth: depth + 1))
                if skip(UInt8(ascii: "]")) { return .array(elements) }
                guard skip(UInt8(ascii: ",")) else { throw error("no comma") }
            }
        }

        private mutating func integer() throws(EntryError) -> UInt64 {
            let isZero = next == UInt8(ascii: "0")
            var value: UInt64 = 0
            var digits = 0
            while let digit = next, digit >= 0x30, digit <= 0x39 {
                guard digits < 19 else { throw error("a number is too large") }
                value = value * 10 + UInt64(digit - 0x30)
                digits += 1
                position += 1
            }
            guard !isZero || digits == 1 else { throw error("a number has a leading zero") }
            guard value <= UInt64(Int64.max) else { throw error("a number is too large") }
            return value
        }

        private mutating func string() throws(EntryError) -> EntryText {
            position += 1
            let start = position
            let (end, isASCII) = endOfPlainText()
            position = end
            if next == UInt8(ascii: "\"") {
                position += 1
                return try text(bytes[start..<end], isASCII: isASCII)
            }
            var unescaped = Array(bytes[start..<position])
            while let byte = next {
                switch byte {
                case UInt8(ascii: "\""):
                    position += 1
                    return try text(unescaped[...], isASCII: false)
                case UInt8(ascii: "\\"):
                    position += 1
                    try escape(&unescaped)
                case 0..<0x20: throw error("a control character in a string")
                default:
                    unescaped.append(byte)
                    position += 1
                }
            }
            throw error("a string does not end")
        }

        /// Where a quotation mark, an escape or what is not allowed stands next.
        private func endOfPlainText() -> (end: Int, isASCII: Bool) {
            bytes.withUnsafeBufferPointer { bytes in
                var end = position
                var all: UInt8 = 0
                while end < bytes.count {
                    let byte = bytes[end]
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
                    all |= byte
                    end += 1
                }
                return (end, all < 0x80)
            }
        }

        private func text(_ bytes: ArraySlice<UInt8>, isASCII: Bool) throws(EntryError) -> EntryText {
            guard isASCII || String(validating: bytes, as: UTF8.self) != nil else {
                throw error("a string is not UTF-8")
            }
            return EntryText(utf8: bytes)
        }

        private mutating func escape(_ text: inout [UInt8]) throws(EntryError) {
            guard let character = next else { throw error("a string does not end") }
            position += 1
            switch character {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(character)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = try codeUnit()
                if (0xD800..<0xDC00).contains(scalar) {
                    guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else { throw error("half a character") }
                    let low = try codeUnit()
                    guard (0xDC00..<0xE000).contains(low) else { throw error("half a character") }
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                }
                guard let scalar = Unicode.Scalar(scalar) else { throw error("half a character") }
                text.append(contentsOf: Array(String(Character(scalar)).utf8))
            default: throw error("an unknown escape")
            }
        }

        private mutating func codeUnit() throws(EntryError) -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<4 {
                guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }), digit >= 0 else {
                    throw error("not four hexadecimal digits")
                }
                value = value << 4 | UInt32(digit)
                position += 1
            }
            return value
        }
    }
}

/// A text in an entry's JSON: a part of the entry's own bytes, where nothing in it is escaped.
struct EntryText: Sendable, Hashable {
    /// Well-formed.
    let utf8: ArraySlice<UInt8>

    var string: String { String(decoding: utf8, as: UTF8.self) }

    func equals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { utf8.count == $0.count && utf8.elementsEqual($0) }
    }

    func choice<Choice: RawRepresentable & CaseIterable>() -> Choice? where Choice.RawValue == String {
        Choice.allCases.first { utf8.elementsEqual($0.rawValue.utf8) }
    }
}

extension [EntryJSON.Member] {
    subscript(_ name: StaticString) -> EntryJSON? { first { $0.name.equals(name) }?.value }
}
