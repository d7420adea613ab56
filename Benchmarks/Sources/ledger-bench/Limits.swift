import Crypto
import Glibc

/// What disk and processor do by themselves: nothing that writes and hashes entries can be faster.
enum Limits {
    static func measure(in directory: String) throws {
        try synchronise("\(directory)/limits")
        // One leaf and, on average, one node for each entry: 257 and 65 bytes with RFC 6962's prefixes.
        hash("leafHash", bytes: 1 + Traffic.typicalEntryBytes)
        hash("nodeHash", bytes: 65)
        let key = SymmetricKey(size: .bits256)
        let detail = [UInt8](repeating: 7, count: Traffic.typicalDetailBytes)
        time("seal") { _ = try? AES.GCM.seal(detail, using: key) }
    }

    /// 512 bytes, then fdatasync, over a file that was written before, as the write-ahead log's segments are.
    private static func synchronise(_ path: String) throws {
        let count = 2000
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw BenchmarkError("cannot create \(path)") }
        defer {
            close(file)
            unlink(path)
        }
        let block = [UInt8](repeating: 1, count: 512)
        for position in 0..<count { pwrite(file, block, 512, off_t(position * 512)) }
        fsync(file)
        var took: [Double] = []
        let start = clock.now
        for position in 0..<count {
            let before = clock.now
            pwrite(file, block, 512, off_t(position * 512))
            guard fdatasync(file) == 0 else { throw BenchmarkError("fdatasync failed") }
            took.append(seconds(clock.now - before))
        }
        report("syncsPerSecond", Double(count) / seconds(clock.now - start))
        report("sync", quantile(took, 0.5))
        report("syncP99", quantile(took, 0.99))
    }

    private static func hash(_ name: String, bytes: Int) {
        let input = [UInt8](repeating: 7, count: bytes)
        time(name) { input.withUnsafeBytes { _ = SHA256.hash(data: $0) } }
    }

    private static func time(_ name: String, _ body: () -> Void) {
        let count = 300_000
        for _ in 0..<1000 { body() }
        let start = clock.now
        for _ in 0..<count { body() }
        report(name, seconds(clock.now - start) / Double(count))
    }
}
