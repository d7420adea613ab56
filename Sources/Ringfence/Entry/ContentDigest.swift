internal import Crypto

/// A SHA-256 digest that names a text or a profile; entries write it in hexadecimal.
public struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    public static let byteCount = 32
    public let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// The digest of a text's bytes.
    public init(of text: some Collection<UInt8>) {
        bytes = Array(SHA256.hash(data: Array(text)))
    }

    init?(parsing text: some Collection<UInt8>) {
        guard let bytes = HexadecimalText.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    public var description: String { HexadecimalText.encode(bytes) }
    /// The first 10 digits, as database roles carry them.
    public var short: String { String(description.prefix(10)) }
}
