import Foundation
import TestSupport
import TransparencyLog

/// A log's own directory, and its published copy, at every size that it grew through.
final class GrowingLog {
    let folder: TemporaryDirectory
    let key: SigningKey
    private(set) var size: UInt64 = 0
    private let turn: String

    var live: String { folder.file("live") }
    var copy: String { folder.file("copy") }

    /// - Parameter turn: What makes the entries of another history others.
    init(_ sizes: UInt64..., key: SigningKey? = nil, turn: String = "") throws {
        folder = try TemporaryDirectory(prefix: "ringfence-distribution")
        self.key = try key ?? SigningKey.generate(name: "ledger.example.com/social")
        self.turn = turn
        for size in sizes { try grow(to: size) }
    }

    func entry(_ index: UInt64) -> [UInt8] {
        Array("entry \(index) \(String(repeating: "·", count: Int(index % 90)))\(turn)".utf8)
    }

    /// - Parameter isShown: False leaves the checkpoint where it is: readers know of nothing new.
    func grow(to newSize: UInt64, isShown: Bool = true) throws {
        var options = LogWriter.Options()
        options.awaitsCosignatures = !isShown
        let log = try LogWriter(directory: live, key: key, options: options, seal: { $1 })
        while size < newSize {
            do throws(LogError) {
                _ = try log.append(LogRecord(entry: entry(size), detail: Array("secret \(size)".utf8)))
                size += 1
            } catch {
                guard error.isRetryable else { throw error }
                _ = try log.publishCheckpoint()
            }
        }
        try log.close()
        if isShown { try LogDirectory(live).publish(to: copy, verifiedBy: key.verifierKey) }
    }

    /// Every file of the copy, relative to it.
    func files() throws -> [String] {
        try ChildProcess.run(["sh", "-c", "cd \"$0\" && find tile -type f", copy]).output
            .split(separator: "\n").map(String.init).sorted()
    }

    func contents(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: "\(copy)/\(name)"))) }
}
