public import Foundation

/// A folder of its own under the system's temporary folder, removed with its owner or, if the test process is
/// killed, by its watchdog.
public final class TemporaryDirectory: Sendable {
    public let path: String
    private let watchdog: Watchdog

    public var url: URL { URL(filePath: path, directoryHint: .isDirectory) }

    /// - Parameter prefix: what the folder's name starts with, so that a person who finds it knows whose it is.
    public convenience init(prefix: String = "ringfence-test") throws {
        try self.init(prefix: prefix, stopping: nil)
    }

    /// - Parameter stopping: given the folder's path, the shell command that ends what lives in it, run before it is
    ///   removed.
    init(prefix: String, stopping: ((String) -> String)?) throws {
        let name = "\(prefix)-\(UUID().uuidString.prefix(8).lowercased())"
        path = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        var commands = "rm -rf -- \(shellQuoted(path))"
        if let stopping { commands = "\(stopping(path))\n\(commands)" }
        watchdog = try Watchdog(onDeath: commands)
    }

    deinit { watchdog.performNow() }

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, making the folders on the way.
    @discardableResult
    public func write(_ text: String, to name: String, permissions: Int = 0o644) throws -> String {
        let target = file(name)
        let folder = (target as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: target))
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: target)
        return target
    }

    public func read(_ name: String) throws -> String {
        try String(decoding: Data(contentsOf: URL(filePath: file(name))), as: UTF8.self)
    }
}
