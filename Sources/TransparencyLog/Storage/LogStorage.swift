/// The file operations the log needs, so that tests can put faults and crashes between any two of them.
///
/// Nothing is durable before it was synchronised: a file's bytes by its own `synchronize`, its name by the
/// directory's.
public protocol LogStorage: Sendable {
    /// Creates the directory and its parents; one that is there is fine.
    func createDirectory(_ path: String) throws(StorageError)
    /// Takes the lock that the file or directory stands for, until the result is released.
    /// - Throws: ``StorageError/isLocked`` if somebody has it.
    func lock(_ path: String) throws(StorageError) -> any LogLock
    /// The names in a directory; none if there is no such directory.
    func list(_ directory: String) throws(StorageError) -> [String]
    /// Opens for reading and, with `writing`, for writing; nil if the file is missing and not `creating`.
    func open(_ path: String, writing: Bool, creating: Bool) throws(StorageError) -> (any LogFile)?
    func rename(_ path: String, to newPath: String) throws(StorageError)
    func remove(_ path: String) throws(StorageError)
    func synchronizeDirectory(_ path: String) throws(StorageError)
}

/// An open file; closed when released.
public protocol LogFile: AnyObject, Sendable {
    func size() throws(StorageError) -> UInt64
    /// The number of bytes read: fewer than asked for only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StorageError) -> Int
    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError)
    /// `fdatasync`: the bytes and the size.
    func synchronize() throws(StorageError)
    func truncate(to size: UInt64) throws(StorageError)
    /// Makes sure that writes up to `size` will find space.
    func reserve(_ size: UInt64) throws(StorageError)
}

public protocol LogLock: AnyObject, Sendable {
    func release()
}

public struct StorageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system's `errno`.
    public var code: Int32
    public var operation: String
    public var path: String

    public init(code: Int32, operation: String, path: String) {
        self.code = code
        self.operation = operation
        self.path = path
    }
}

extension LogStorage {
    /// All of a file, nil if it is missing.
    package func contents(of path: String, bytesMax: Int) throws(StorageError) -> [UInt8]? {
        guard let file = try open(path, writing: false, creating: false) else { return nil }
        let count = Int(clamping: min(try file.size(), UInt64(bytesMax)))
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(StorageError) {
                initialized = try file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]),
                    at: 0)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Replaces a file whole: after a crash there is the old one or the new one, and the new one once this returned.
    package func replace(_ path: String, with bytes: [UInt8], in directory: String) throws(StorageError) {
        let draft = path + ".new"
        guard let file = try open(draft, writing: true, creating: true) else { return }
        try file.truncate(to: 0)
        try file.writeAll(bytes, at: 0)
        try file.synchronize()
        try rename(draft, to: path)
        try synchronizeDirectory(directory)
    }
}

extension LogFile {
    func writeAll(_ bytes: [UInt8], at offset: UInt64) throws(StorageError) {
        var failure: StorageError?
        bytes.withUnsafeBytes { buffer in
            do throws(StorageError) { try write(buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
