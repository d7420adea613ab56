/// Makes text from outside safe to print on a terminal.
///
/// Names, statements and messages that strangers wrote may hold sequences that move the cursor, retitle the window or
/// answer for whoever reads them; directional controls show letters in another order than the one they stand in.
public enum TerminalText {
    /// One line: controls become visible escapes, `\n` and `\t` by their names, others as `\u{1b}`.
    public static func line(_ text: String) -> String { escaped(text) { isUnsafe($0) } }

    /// Several lines: line feeds stay.
    public static func lines(_ text: String) -> String { escaped(text) { $0 != "\n" && isUnsafe($0) } }

    /// JSON with the same value: controls become JSON's own escapes. White space between members stays; there is none
    /// of it within.
    public static func json(_ text: String) -> String {
        func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\t" }
        guard text.unicodeScalars.contains(where: { !isWhiteSpace($0) && isUnsafe($0) }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard !isWhiteSpace(scalar), isUnsafe(scalar) else {
                result.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result.append(contentsOf: "\\u".unicodeScalars)
                result.append(contentsOf: String(repeating: "0", count: 4 - digits.utf8.count).unicodeScalars)
                result.append(contentsOf: digits.unicodeScalars)
            }
        }
        return String(result)
    }

    /// The same for UTF-8.
    public static func json(_ bytes: [UInt8]) -> String { json(String(decoding: bytes, as: UTF8.self)) }

    private static func escaped(_ text: String, where isUnsafe: (Unicode.Scalar) -> Bool) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case _ where !isUnsafe(scalar): result.append(scalar)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            default: result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            }
        }
        return String(result)
    }

    /// C0, DEL and C1, line and paragraph separators, the controls of Unicode's bidirectional algorithm (UAX #9), and
    /// what nobody sees: zero-width spaces, the byte order mark, tags. Joiners stay: scripts need them.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x206A...0x206F, 0x200B, 0x2060...0x2064, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: scalar.properties.isBidiControl
        }
    }
}
