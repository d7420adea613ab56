/// Appends the pieces of an entry to a byte array: no formatter and no string is made on the way.
struct EntryWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func raw(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    mutating func decimal(_ value: UInt64) {
        if value < 10 {
            bytes.append(0x30 &+ UInt8(truncatingIfNeeded: value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var start = 20
            while rest > 0 {
                start &-= 1
                digits[start] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start..<20]))
        }
    }

    mutating func bigEndian(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// A SQLSTATE in quotes, or null. PostgreSQL's are five digits and capitals; anything else becomes XX000.
    mutating func sqlstate(_ code: String?) {
        guard let code else { return raw("null") }
        let isValid =
            code.utf8.count == 5
            && code.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) }
        raw("\"")
        if isValid { bytes.append(contentsOf: code.utf8) } else { raw("XX000") }
        raw("\"")
    }

    mutating func bool(_ value: Bool) {
        if value { raw("true") } else { raw("false") }
    }

    /// RFC 3339 in UTC with milliseconds, without quotes.
    mutating func time(_ time: EntryTime) {
        let milliseconds = time.millisecondsSince1970
        let seconds = milliseconds / 1000
        let days = seconds / 86_400
        let date = CivilDate(daysSince1970: days)
        let ofDay = seconds - days * 86_400
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: EntryTime.textBytes) { text in
            func digits(_ value: Int64, at position: Int, count: Int) {
                var rest = value
                for place in stride(from: position + count - 1, through: position, by: -1) {
                    text[place] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
            }
            digits(date.year, at: 0, count: 4)
            digits(date.month, at: 5, count: 2)
            digits(date.day, at: 8, count: 2)
            digits(ofDay / 3600, at: 11, count: 2)
            digits(ofDay / 60 % 60, at: 14, count: 2)
            digits(ofDay % 60, at: 17, count: 2)
            digits(milliseconds - seconds * 1000, at: 20, count: 3)
            text[4] = UInt8(ascii: "-")
            text[7] = UInt8(ascii: "-")
            text[10] = UInt8(ascii: "T")
            text[13] = UInt8(ascii: ":")
            text[16] = UInt8(ascii: ":")
            text[19] = UInt8(ascii: ".")
            text[23] = UInt8(ascii: "Z")
            bytes.append(contentsOf: UnsafeBufferPointer(text))
        }
    }

    mutating func hexadecimal(_ more: some Sequence<UInt8>) {
        for byte in more {
            bytes.append(Self.hexadecimalDigit(byte >> 4))
            bytes.append(Self.hexadecimalDigit(byte & 15))
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 &+ value : 0x57 &+ value }

    mutating func base64(_ more: UnsafeRawBufferPointer) {
        bytes.reserveCapacity(bytes.count + (more.count + 2) / 3 * 4)
        Base64Text.append(more, to: &bytes)
    }

    /// A JSON string with its quotes. `text` must be UTF-8.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// A JSON string with its quotes; only what RFC 8259 section 7 requires to be escaped is.
    mutating func string(utf8 text: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "\""))
        var unescaped = 0
        for position in 0..<text.count {
            let byte = text[position]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: text[unescaped..<position])
            unescaped = position + 1
            escape(byte)
        }
        bytes.append(contentsOf: text[unescaped..<text.count])
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0..<0x20:
            raw("u00")
            hexadecimal(CollectionOfOne(byte))
        default: bytes.append(byte)
        }
    }
}
