#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Salts of 16 random bytes from the system's generator, fetched sixteen at a time: one system call for each would be
/// a good part of what an entry costs.
struct SaltSource: Sendable {
    typealias Salt = (UInt64, UInt64)

    private var words: [UInt64] = []

    mutating func next() -> Salt {
        if words.count < 2 { refill() }
        let first = words.removeLast()
        return (first, words.removeLast())
    }

    private mutating func refill() {
        words = [UInt64](repeating: 0, count: 32)
        let status = words.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
        guard status != 0 else { return }
        var generator = SystemRandomNumberGenerator()
        for index in words.indices { words[index] = generator.next() }
    }
}
