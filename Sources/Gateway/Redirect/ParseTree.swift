/// PostgreSQL's parse tree of a statement, as libpg_query writes it in JSON.
///
/// A reader for that one writer's output, not for JSON at large: it is bounded in depth and answers nil to anything
/// it does not expect, which leaves the statement unparsed.
indirect enum ParseTree {
    case object([Member])
    case array([ParseTree])
    case string(String)
    case number(Int)
    case other

    struct Member {
        let key: String
        let value: ParseTree
    }

    static let depthMax = 400

    init?(json: UnsafeBufferPointer<UInt8>) {
        var reader = Reader(bytes: json)
        guard let tree = reader.value(depth: 0), reader.isAtEnd else { return nil }
        self = tree
    }

    subscript(key: String) -> ParseTree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    var number: Int? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    var elements: [ParseTree] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    /// The names in a list of String nodes; nil where another node stands among them (as `*` does).
    var names: [String?] { elements.map { $0["String"]?["sval"]?.string } }

    private struct Reader {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0

        init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }
        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func value(depth: Int) -> ParseTree? {
            guard depth < ParseTree.depthMax, let next else { return nil }
            switch next {
            case UInt8(ascii: "{"): return object(depth: depth)
            case UInt8(ascii: "["): return array(depth: depth)
            case UInt8(ascii: "\""): return string().map(ParseTree.string)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
            case UInt8(ascii: "t"): return literal("true")
            case UInt8(ascii: "f"): return literal("false")
            case UInt8(ascii: "n"): return literal("null")
            default: return nil
            }
        }

        private mutating func accept(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            position += 1
            return true
        }

        private mutating func object(depth: Int) -> ParseTree? {
            position += 1
            var members: [Member] = []
            if accept(UInt8(ascii: "}")) { return .object(members) }
            repeat {
                guard next == UInt8(ascii: "\""), let key = string(), accept(UInt8(ascii: ":")),
                    let value = value(depth: depth + 1)
                else { return nil }
                members.append(Member(key: key, value: value))
            } while accept(UInt8(ascii: ","))
            return accept(UInt8(ascii: "}")) ? .object(members) : nil
        }

        private mutating func array(depth: Int) -> ParseTree? {
            position += 1
            var values: [ParseTree] = []
            if accept(UInt8(ascii: "]")) { return .array(values) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
            } while accept(UInt8(ascii: ","))
            return accept(UInt8(ascii: "]")) ? .array(values) : nil
        }

        private mutating func number() -> ParseTree? {
            let start = position
            while let byte = next,
                !(byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]"))
            {
                position += 1
            }
            return Int(String(decoding: bytes[start..<position], as: UTF8.self)).map(ParseTree.number) ?? .other
        }

        private mutating func literal(_ word: StaticString) -> ParseTree? {
            let end = position + word.utf8CodeUnitCount
            guard end <= bytes.count else { return nil }
            position = end
            return .other
        }

        private mutating func string() -> String? {
            position += 1
            let start = position
            while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
            if accept(UInt8(ascii: "\"")) { return String(decoding: bytes[start..<position - 1], as: UTF8.self) }
            var content = Array(bytes[start..<position])
            while let byte = next {
                position += 1
                if byte == UInt8(ascii: "\"") { return String(decoding: content, as: UTF8.self) }
                guard byte == UInt8(ascii: "\\") else {
                    content.append(byte)
                    continue
                }
                guard let escaped = next else { return nil }
                position += 1
                switch escaped {
                case UInt8(ascii: "n"): content.append(0x0A)
                case UInt8(ascii: "t"): content.append(0x09)
                case UInt8(ascii: "r"): content.append(0x0D)
                case UInt8(ascii: "b"): content.append(0x08)
                case UInt8(ascii: "f"): content.append(0x0C)
                case UInt8(ascii: "u"):
                    guard position + 4 <= bytes.count,
                        let scalar = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
                        let unicode = Unicode.Scalar(scalar)
                    else { return nil }
                    position += 4
                    content += Array(Character(unicode).utf8)
                default: content.append(escaped)
                }
            }
            return nil
        }
    }
}
