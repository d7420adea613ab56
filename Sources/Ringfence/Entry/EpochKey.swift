internal import Crypto

/// The key that details are encrypted under for at most one day of one process.
public struct EpochKey: Sendable {
    static let byteCount = 32
    let key: SymmetricKey
    public let commitment: EpochKeyCommitment

    public static func generate() -> EpochKey { EpochKey(key: SymmetricKey(size: .bits256)) }

    private init(key: SymmetricKey) {
        self.key = key
        commitment = EpochKeyCommitment(of: key)
    }

    /// Nil unless there are 32 bytes.
    init?(bytes: [UInt8]) {
        let key = SymmetricKey(data: bytes)
        guard key.bitCount == 8 * Self.byteCount else { return nil }
        self.init(key: key)
    }
}

/// SHA-256("ringfence/epoch-key/v1\0" ‖ key): an entry that states it can only ever be opened with that one key,
/// which AES-GCM by itself does not ensure.
public struct EpochKeyCommitment: Sendable, Hashable {
    static let label: StaticString = "ringfence/epoch-key/v1\0"
    public let bytes: [UInt8]

    init(of key: SymmetricKey) {
        var hasher = SHA256()
        hasher.update(Self.label)
        key.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        bytes = Array(hasher.finalize())
    }

    /// Nil unless there are 32 bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == SHA256.byteCount else { return nil }
        self.bytes = bytes
    }
}

/// SHA-256("ringfence/detail/v1\0" ‖ commitment of the epoch's key ‖ detail): what an entry says of its detail.
public struct DetailCommitment: Sendable, Hashable {
    static let label: StaticString = "ringfence/detail/v1\0"
    public let bytes: [UInt8]

    public init(to detail: [UInt8], under key: EpochKeyCommitment) {
        bytes = detail.withUnsafeBytes { detail in
            Self.digest(of: detail, under: key).withUnsafeBytes { Array($0) }
        }
    }

    static func digest(of detail: UnsafeRawBufferPointer, under key: EpochKeyCommitment) -> SHA256Digest {
        var hasher = SHA256()
        hasher.update(label)
        key.bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        hasher.update(bufferPointer: detail)
        return hasher.finalize()
    }

    /// Nil unless there are 32 bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == SHA256.byteCount else { return nil }
        self.bytes = bytes
    }

    public var base64: String { Base64Text.encode(bytes) }
}

extension SHA256 {
    mutating func update(_ text: StaticString) {
        text.withUTF8Buffer { update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }
}
