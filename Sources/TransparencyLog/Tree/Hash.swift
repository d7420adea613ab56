import Crypto

/// A SHA-256 hash: of an entry, of an inner node, or of a whole tree.
public struct Hash: Sendable, Hashable, CustomStringConvertible {
    public static let byteCount = 32

    // Four words, in memory order, rather than an array: a tile of them is one contiguous buffer.
    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// Nil unless there are exactly 32 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        words = (0, 0, 0, 0)
        Swift.withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// Nil unless `base64` is the canonical base64 of 32 bytes.
    public init?(base64: String) {
        guard let bytes = Base64.decode(base64.utf8) else { return nil }
        self.init(bytes)
    }

    init(_ digest: SHA256Digest) {
        words = (0, 0, 0, 0)
        Swift.withUnsafeMutableBytes(of: &words) { target in digest.withUnsafeBytes { target.copyMemory(from: $0) } }
    }

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
    public var base64: String { Base64.encode(bytes) }
    public var description: String { base64 }

    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try Swift.withUnsafeBytes(of: words, body)
    }

    public static func == (left: Hash, right: Hash) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// RFC 6962 section 2.1: SHA-256(0x00 ‖ entry).
    public static func leaf(_ entry: some Sequence<UInt8>) -> Hash {
        if let hash = entry.withContiguousStorageIfAvailable({ leaf(UnsafeRawBufferPointer($0)) }) { return hash }
        return Array(entry).withUnsafeBytes { leaf($0) }
    }

    static func leaf(_ entry: UnsafeRawBufferPointer) -> Hash {
        var hasher = SHA256()
        Swift.withUnsafeBytes(of: UInt8(0)) { hasher.update(bufferPointer: $0) }
        hasher.update(bufferPointer: entry)
        return Hash(hasher.finalize())
    }

    /// RFC 6962 section 2.1: SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: Hash, _ right: Hash) -> Hash {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * byteCount, alignment: 8) { input in
            input[0] = 1
            left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: input[1...32]).copyMemory(from: $0) }
            right.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: input[33...64]).copyMemory(from: $0) }
            var hasher = SHA256()
            hasher.update(bufferPointer: UnsafeRawBufferPointer(input))
            return Hash(hasher.finalize())
        }
    }

    /// The root of a tree without entries: SHA-256 of nothing.
    public static let emptyRoot = Hash(SHA256().finalize())
}

extension Hash {
    /// One after the other, as a tile has them.
    static func concatenated(_ hashes: some Collection<Hash>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * byteCount)
        for hash in hashes { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }
}
