/// What the ledger calls a session: 16 random bytes, drawn anew for each, so that they lead to nobody.
public struct SessionPseudonym: Sendable, Hashable, Comparable, CustomStringConvertible {
    static let byteCount = 16
    private let high: UInt64
    private let low: UInt64

    public static func random() -> SessionPseudonym {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    public static func random(using generator: inout some RandomNumberGenerator) -> SessionPseudonym {
        SessionPseudonym(high: generator.next(), low: generator.next())
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses 32 hexadecimal digits in lower case.
    public init?(parsing text: some Collection<UInt8>) {
        guard let bytes = HexadecimalText.decode(text), bytes.count == Self.byteCount else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    var bytes: [UInt8] {
        [high, low].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    public var description: String { HexadecimalText.encode(bytes) }

    public static func < (left: SessionPseudonym, right: SessionPseudonym) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
