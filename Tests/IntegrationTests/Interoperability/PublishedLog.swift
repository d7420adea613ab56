import Foundation
import TestSupport
import TransparencyLog

/// A log that grows, and its published copy.
final class PublishedLog {
    let folder: TemporaryDirectory
    let key: SigningKey
    private let isRewritten: Bool
    private(set) var size: UInt64 = 0

    var live: String { folder.file("live") }
    var copy: String { folder.file("copy") }
    var keyFile: String { folder.file("log.pub") }
    var directory: LogDirectory { LogDirectory(copy) }

    /// - Parameter key: Another log's, to sign another history of it.
    init(size: UInt64, key: SigningKey? = nil) throws {
        folder = try TemporaryDirectory(prefix: "ringfence-log")
        self.key = try key ?? SigningKey.generate(name: "ledger.example.com/social")
        isRewritten = key != nil
        try folder.write("\(self.key.verifierKey)\n", to: "log.pub")
        try grow(to: size)
    }

    /// Entries of all lengths, the empty one among them.
    static func entry(_ index: UInt64) -> [UInt8] {
        index == 7 ? [] : Array("entry \(index) \(String(repeating: "·", count: Int(index % 90)))".utf8)
    }

    func grow(to newSize: UInt64) throws {
        let log = try LogWriter(directory: live, key: key, seal: { $1 })
        while size < newSize {
            do throws(LogError) {
                _ = try log.append(LogRecord(entry: Self.entry(size) + (isRewritten ? [0x21] : [])))
                size += 1
            } catch {
                guard error.isRetryable else { throw error }
                _ = try log.publishCheckpoint()
            }
        }
        try log.close()
        try LogDirectory(live).publish(to: copy, verifiedBy: key.verifierKey)
    }

    func prune(before minimum: UInt64) throws {
        let log = try LogWriter(directory: live, key: key, seal: { $1 })
        try log.prune(before: minimum)
        try log.close()
    }

    /// Every file of the copy, relative to it.
    func files() throws -> [String] {
        try ChildProcess.run(["sh", "-c", "cd \"$0\" && find tile checkpoint -type f | sort", copy]).output
            .split(separator: "\n").map(String.init)
    }

    /// Runs `body` while one bit of a file is another.
    func withFlippedBit<R>(of path: String, at position: (Int) -> Int, _ body: () throws -> R) throws -> R {
        let url = URL(filePath: path)
        let good = try Data(contentsOf: url)
        var bad = good
        bad[position(good.count)] ^= 1
        try bad.write(to: url)
        defer { try? good.write(to: url) }
        return try body()
    }
}
