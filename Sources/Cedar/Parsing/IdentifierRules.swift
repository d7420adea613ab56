/// What may be called what: identifiers are ASCII, and a few words are the language's own.
enum IdentifierRules {
    static func isStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: false
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isPart(_ byte: UInt8) -> Bool { isStart(byte) || isDigit(byte) }

    /// ASCII only reaches here, so canonical equivalence of `String` is equality of bytes.
    static func isReserved(_ word: String) -> Bool {
        switch word {
        case "true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar": true
        default: false
        }
    }

    /// Whether it has the form of an identifier, reserved or not.
    static func isWord(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first, isStart(first) else { return false }
        return bytes.allSatisfy(isPart)
    }

    static func isIdentifier(_ bytes: some Collection<UInt8>) -> Bool {
        guard isWord(bytes) else { return false }
        return !isReserved(String(decoding: bytes, as: UTF8.self))
    }

    /// Identifiers joined by `::` without white space.
    static func isTypeName(_ bytes: some Collection<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            guard isIdentifier(rest[..<colon]), rest.index(after: colon) < rest.endIndex,
                rest[colon + 1] == UInt8(ascii: ":")
            else { return false }
            rest = rest[(colon + 2)...]
        }
        return isIdentifier(rest)
    }
}
