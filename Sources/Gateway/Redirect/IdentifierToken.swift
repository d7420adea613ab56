/// One identifier of a statement's text, found at a position the parser gave.
struct IdentifierToken {
    /// The name PostgreSQL takes it for: unquoted ones in lower case.
    let name: String
    let range: Range<Int>

    /// Nil unless an unquoted or a plainly quoted identifier starts at `start`; `U&"…"` is left alone, since its
    /// escapes may be declared after it.
    init?(in text: [UInt8], at start: Int) {
        guard text.indices.contains(start) else { return nil }
        if text[start] == UInt8(ascii: "\"") {
            var content: [UInt8] = []
            var index = start + 1
            while index < text.count {
                if text[index] == UInt8(ascii: "\"") {
                    guard index + 1 < text.count, text[index + 1] == UInt8(ascii: "\"") else {
                        name = String(decoding: content, as: UTF8.self)
                        range = start..<index + 1
                        return
                    }
                    index += 1
                }
                content.append(text[index])
                index += 1
            }
            return nil
        }
        guard Self.isStart(text[start]) else { return nil }
        let end = text[start...].firstIndex { !Self.isContinuation($0) } ?? text.count
        if end < text.count, text[end] == UInt8(ascii: "&"), end - start == 1 { return nil }
        name = String(decoding: text[start..<end].map(Self.lowercased), as: UTF8.self)
        range = start..<end
    }

    /// The end of white space and comments that start at `position`; nil inside a comment that does not end.
    static func skipBlank(in text: [UInt8], from position: Int) -> Int? {
        var index = position
        while index < text.count {
            switch text[index] {
            case 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20:
                index += 1
            case UInt8(ascii: "-") where index + 1 < text.count && text[index + 1] == UInt8(ascii: "-"):
                index = text[index...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? text.count
            case UInt8(ascii: "/") where index + 1 < text.count && text[index + 1] == UInt8(ascii: "*"):
                var depth = 0
                repeat {
                    guard index + 1 < text.count else { return nil }
                    switch (text[index], text[index + 1]) {
                    case (UInt8(ascii: "/"), UInt8(ascii: "*")): (depth, index) = (depth + 1, index + 2)
                    case (UInt8(ascii: "*"), UInt8(ascii: "/")): (depth, index) = (depth - 1, index + 2)
                    default: index += 1
                    }
                } while depth > 0
            default:
                return index
            }
        }
        return index
    }

    static func quoted(_ name: String) -> [UInt8] {
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for byte in name.utf8 {
            if byte == UInt8(ascii: "\"") { result.append(byte) }
            result.append(byte)
        }
        result.append(UInt8(ascii: "\""))
        return result
    }

    private static func isStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            0x80...0xFF:
            true
        default: false
        }
    }

    private static func isContinuation(_ byte: UInt8) -> Bool {
        isStart(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "$")
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
