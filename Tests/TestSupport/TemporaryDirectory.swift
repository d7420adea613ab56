public import Foundation

/// A folder of its own under the system's temporary folder, removed with its owner or, if the test process is
/// killed, by its watchdog.
public final class TemporaryDirectory: Sendable {
    public let path: String
    private let watchdog: Watchdog

    public var url: URL { URL(filePath: path, directoryHint: .isDirectory) }

    /// - Parameter prefix: what the folder's name starts with, so that a person who finds it knows whose it is.
    public init(prefix: String = "ringfence-test") throws {
        let name = "\(prefix)-\(UUID().uuidString.prefix(8).lowercased())"
        path = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        watchdog = try Watchdog(onDeath: "rm -rf -- \(shellQuoted(path))")
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
