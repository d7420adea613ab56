/// RFC 4648 base64 with padding, and hexadecimal in lower case: each only in its one canonical spelling.
enum Base64Text {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    static func append(_ input: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        let alphabet = Self.alphabet.utf8Start
        var position = 0
        while position + 3 <= input.count {
            let group = UInt32(input[position]) << 16 | UInt32(input[position + 1]) << 8 | UInt32(input[position + 2])
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(alphabet[Int(group >> 6 & 63)])
            text.append(alphabet[Int(group & 63)])
            position += 3
        }
        switch input.count - position {
        case 1:
            let group = UInt32(input[position]) << 16
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(UInt8(ascii: "="))
            text.append(UInt8(ascii: "="))
        case 2:
            let group = UInt32(input[position]) << 16 | UInt32(input[position + 1]) << 8
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(alphabet[Int(group >> 6 & 63)])
            text.append(UInt8(ascii: "="))
        default: break
        }
    }

    static func encode(_ input: [UInt8]) -> String {
        var text: [UInt8] = []
        input.withUnsafeBytes { append($0, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for any text that ``encode(_:)`` would not make.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var bits = 0
        var padding = 0
        for character in text {
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(character) else { return nil }
            group = (group << 6 | value) & 0xFFFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        let expected = bits == 0 ? 0 : bits / 2
        guard padding == expected, bits != 6, group & (1 << UInt32(bits) - 1) == 0 else { return nil }
        return bytes
    }

    private static func value(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

enum HexadecimalText {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var writer = EntryWriter(capacity: 64)
        writer.hexadecimal(bytes)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Nil unless `text` is pairs of `0`–`9`, `a`–`f`.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - 0x30
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = character - 0x57
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}
