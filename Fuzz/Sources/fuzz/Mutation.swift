/// Damages a text as a seed says: bytes changed, taken out, doubled, spliced in from another text, or nested deeply.
struct Mutation {
    var generator: SplitMix

    private static let pieces = [
        "(", ")", "[", "]", "{", "}", "\"", "\\", "\\u{", "\\ud800", "::", "==", "&&", "||", "!", "-", ".", ",", ";",
        "@",
        "?principal", "has", "like", "is", "in", "if", "then", "else", "when", "forbid", "principal", "resource.a",
        "9223372036854775808", "1e9", "-0", "null", "true", "\u{0}", "\u{301}", "\u{202E}", "//", "/*", "__cedar",
        "{\"__entity\":", "{\"__extn\":", "\"Set\":", "\"&&\":",
    ]

    mutating func text(from seeds: [String]) -> String {
        var bytes = Array(seeds[generator.next(below: seeds.count)].utf8)
        for _ in 0...generator.next(below: 4) { damage(&bytes, seeds) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func damage(_ bytes: inout [UInt8], _ seeds: [String]) {
        let place = generator.next(below: bytes.count + 1)
        let end = min(bytes.count, place + generator.next(below: 40))
        switch generator.next(below: 7) {
        case 0: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: generator.next()) }
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 3, 4: bytes.insert(contentsOf: Self.pieces[generator.next(below: Self.pieces.count)].utf8, at: place)
        case 5:
            let piece = Array(Self.pieces[generator.next(below: Self.pieces.count)].utf8)
            bytes.insert(contentsOf: Array(repeatElement(piece, count: generator.next(below: 400)).joined()), at: place)
        default:
            let other = Array(seeds[generator.next(below: seeds.count)].utf8)
            let start = generator.next(below: other.count + 1)
            let length = min(other.count - start, generator.next(below: 200))
            bytes.insert(contentsOf: other[start..<start + length], at: place)
        }
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func next(below bound: Int) -> Int { bound < 1 ? 0 : Int(next() % UInt64(bound)) }
}
