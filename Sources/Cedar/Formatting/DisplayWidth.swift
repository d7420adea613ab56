/// How many columns a text takes in a terminal, as far as fixed rules can say (Unicode's annex 11).
enum DisplayWidth {
    static func of(_ bytes: [UInt8], _ range: ByteRange) -> Int {
        let text = bytes[Int(range.start)..<Int(range.end)]
        guard text.contains(where: { $0 >= 0x80 }) else { return text.count }
        var columns = 0
        var last: (scalar: Unicode.Scalar, width: Int)?
        var joinsNext = false
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            var width = of(scalar)
            if let before = last {
                switch scalar.value {
                case 0xFE0F where before.width == 1 && before.scalar.properties.isEmoji: width = 1
                case 0x1F3FB...0x1F3FF where before.scalar.properties.isEmojiModifierBase: width = 2 - before.width
                case 0xFE0E where before.width == 2 && before.scalar.properties.isEmojiPresentation: width = -1
                // Lam and alef are one letter.
                case 0x622...0x627 where before.scalar.value == 0x644: width = 0
                case 0x0A where before.scalar == "\r": width = 0
                default: if joinsNext, scalar.properties.isEmojiPresentation { width = 0 }
                }
            }
            joinsNext = scalar.value == 0x200D && (last?.width ?? 0) == 2
            columns += width
            if width > 0 || last == nil { last = (scalar, width + (scalar.value == 0xFE0F ? 1 : 0)) }
        }
        return columns
    }

    /// The columns of a scalar alone.
    static func of(_ scalar: Unicode.Scalar) -> Int {
        guard scalar.value >= 0x300 else { return scalar.value == 0xAD ? 0 : 1 }
        switch scalar.value {
        // Vowels and finals of Hangul are drawn into the consonant before them.
        case 0x1160...0x11FF, 0xD7B0...0xD7FB: return 0
        case 0x115F: return 2
        // Signs that are drawn around the number or word after them.
        case 0x605, 0x70F, 0x890, 0x891, 0x8E2: return 0
        default: break
        }
        if scalar.properties.isGraphemeExtend || scalar.properties.isDefaultIgnorableCodePoint { return 0 }
        if scalar.properties.isEmojiPresentation { return (0x1F1E6...0x1F1FF).contains(scalar.value) ? 1 : 2 }
        var low = 0
        var high = wide.count
        while low < high {
            let middle = (low + high) / 2
            if wide[middle].upperBound < scalar.value { low = middle + 1 } else { high = middle }
        }
        return low < wide.count && wide[low].contains(scalar.value) ? 2 : 1
    }

    /// East Asian Wide and Fullwidth apart from emoji, in order; what is unassigned between two ranges counts as they do.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2630...0x2637, 0x268A...0x268F, 0x2E80...0x303E, 0x3041...0x3247,
        0x3250...0xA4C6,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAD9, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18D08, 0x1AFF0...0x1B2FB, 0x1D300...0x1D356, 0x1D360...0x1D376, 0x1F200...0x1F265,
        0x20000...0x3FFFD,
    ]
}
