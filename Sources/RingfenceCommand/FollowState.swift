import Evidence
import Foundation
import TransparencyLog

/// The directory in which a monitor keeps what it knows: one process has it at a time.
final class FollowState: Sendable {
    private static let memoryName = "followed"

    private let directory: String
    private let storage = POSIXStorage()
    private let lock: any LogLock

    init(_ directory: String) throws {
        self.directory = directory
        do throws(StorageError) {
            try storage.createDirectory(directory)
            lock = try storage.lock("\(directory)/lock")
        } catch {
            throw Failure(
                message: "cannot use \(directory): \(error)",
                remedy: error.isLocked ? "Another monitor has it." : "Make it writable.")
        }
    }

    deinit { lock.release() }

    var tiles: String { "\(directory)/tiles" }
    var queue: String { "\(directory)/queue" }

    func memory(of key: LogKeys) throws -> FollowMemory {
        let path = "\(directory)/\(Self.memoryName)"
        guard let bytes = try storage.contents(of: path, bytesMax: 2 << 20) else { return FollowMemory() }
        do {
            return try FollowMemory(parsing: bytes, log: key)
        } catch {
            throw Failure(
                message: "\(path) is not what a monitor of \(key.name) keeps: \(error)",
                remedy: "Is --key the key of the ledger that was followed here? A monitor that forgets can be fooled.")
        }
    }

    func store(_ memory: FollowMemory) throws {
        try storage.replace("\(directory)/\(Self.memoryName)", with: memory.bytes, in: directory)
    }

    /// Both notes, once: a fork is shown again with every look.
    func keep(_ evidence: FollowedLedger.Contradiction) throws {
        let folder = "\(directory)/evidence"
        let name = Hash.leaf(evidence.known.bytes + evidence.shown.bytes).base64.prefix(16)
            .replacing("/", with: "_").replacing("+", with: "-")
        try storage.createDirectory(folder)
        if try storage.list(folder).contains("\(name).shown") { return }
        try storage.replace("\(folder)/\(name).known", with: evidence.known.bytes, in: folder)
        try storage.replace("\(folder)/\(name).shown", with: evidence.shown.bytes, in: folder)
        writeToStandardError("ringfence: both checkpoints are kept: \(folder)/\(name).known and .shown")
    }
}
