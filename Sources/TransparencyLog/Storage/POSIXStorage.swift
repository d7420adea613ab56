import Glibc

/// Files of a local file system.
public struct POSIXStorage: LogStorage {
    /// What files and directories are created with: a published copy is for everyone, the log itself is not.
    public enum Audience: Sendable {
        case owner, everyone
    }

    private let audience: Audience

    public init(audience: Audience = .owner) { self.audience = audience }

    public func createDirectory(_ path: String) throws(StorageError) {
        let mode: mode_t = audience == .owner ? 0o700 : 0o755
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw StorageError(code: errno, operation: "mkdir", path: path)
        }
        try createDirectory(String(path[..<slash]))
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw StorageError(code: errno, operation: "mkdir", path: path)
        }
    }

    public func lock(_ path: String) throws(StorageError) -> any LogLock {
        // A directory can be locked too, but not opened for writing.
        var descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { descriptor = Glibc.open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw StorageError(code: errno, operation: "open", path: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw StorageError(code: code, operation: "flock", path: path)
        }
        return POSIXFile(descriptor: descriptor, path: path)
    }

    public func list(_ directory: String) throws(StorageError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw StorageError(code: errno, operation: "opendir", path: directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func open(_ path: String, writing: Bool, creating: Bool) throws(StorageError) -> (any LogFile)? {
        let flags = (writing ? O_RDWR : O_RDONLY) | (creating ? O_CREAT : 0) | O_CLOEXEC
        let descriptor = Glibc.open(path, flags, audience == .owner ? 0o600 : 0o644)
        guard descriptor >= 0 else {
            if errno == ENOENT, !creating { return nil }
            throw StorageError(code: errno, operation: "open", path: path)
        }
        return POSIXFile(descriptor: descriptor, path: path)
    }

    public func rename(_ path: String, to newPath: String) throws(StorageError) {
        guard Glibc.rename(path, newPath) == 0 else { throw StorageError(code: errno, operation: "rename", path: path) }
    }

    public func remove(_ path: String) throws(StorageError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw StorageError(code: errno, operation: "unlink", path: path)
        }
    }

    public func synchronizeDirectory(_ path: String) throws(StorageError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(code: errno, operation: "open", path: path) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StorageError(code: errno, operation: "fsync", path: path) }
    }
}

extension StorageError {
    public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }
    public var isLocked: Bool { code == EWOULDBLOCK }

    public var description: String {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return "\(operation) \(path): \(reason)"
    }

    static let readEndedEarly = EIO
}

private final class POSIXFile: LogFile, LogLock {
    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func size() throws(StorageError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw error("fstat") }
        return UInt64(clamping: status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StorageError) -> Int {
        var done = 0
        while done < buffer.count {
            guard let base = buffer.baseAddress else { break }
            let count = pread(descriptor, base + done, buffer.count - done, off_t(clamping: offset + UInt64(done)))
            if count < 0 {
                if errno == EINTR { continue }
                throw error("read")
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { break }
            let count = pwrite(descriptor, base + done, bytes.count - done, off_t(clamping: offset + UInt64(done)))
            if count < 0 {
                if errno == EINTR { continue }
                throw error("write")
            }
            done += count
        }
    }

    func synchronize() throws(StorageError) {
        guard fdatasync(descriptor) == 0 else { throw error("fdatasync") }
    }

    func truncate(to size: UInt64) throws(StorageError) {
        guard ftruncate(descriptor, off_t(clamping: size)) == 0 else { throw error("ftruncate") }
    }

    /// Writes zeros: blocks that are only allocated would be converted at their first write, which costs every
    /// `fdatasync` a journal commit.
    func reserve(_ size: UInt64) throws(StorageError) {
        let code = posix_fallocate(descriptor, 0, off_t(clamping: size))
        guard code == 0 || code == EOPNOTSUPP || code == EINVAL else {
            throw StorageError(code: code, operation: "fallocate", path: path)
        }
        let zeros = [UInt8](repeating: 0, count: 1 << 18)
        var offset: UInt64 = 0
        while offset < size {
            let count = min(UInt64(zeros.count), size - offset)
            try writeAll(Array(zeros.prefix(Int(count))), at: offset)
            offset += count
        }
        guard fsync(descriptor) == 0 else { throw error("fsync") }
    }

    func release() { flock(descriptor, LOCK_UN) }

    private func error(_ operation: String) -> StorageError {
        StorageError(code: errno, operation: operation, path: path)
    }
}
