/// A copy in a directory; one publisher has it at a time.
final class PublishedDirectory: PublicationTarget {
    private let path: String
    private let storage: POSIXStorage
    private let lock: any LogLock
    private var directories: Set<String> = []

    init(_ path: String) throws(LogVerificationError) {
        self.path = path
        let storage = POSIXStorage(audience: .everyone)
        self.storage = storage
        lock = try Self.files(path) { () throws(StorageError) in
            try storage.createDirectory(path)
            return try storage.lock(path)
        }
    }

    deinit { lock.release() }

    func checkpoint() throws(LogVerificationError) -> [UInt8]? {
        try Self.files(path) { () throws(StorageError) in
            try storage.contents(of: "\(path)/\(LogLayout.checkpoint)", bytesMax: SignedNote.bytesMax)
        }
    }

    func put(_ bytes: [UInt8], at tile: TilePath) throws(LogVerificationError) {
        let name = "\(path)/\(tile)"
        let there = try Self.files(path) { () throws(StorageError) in
            try storage.contents(of: name, bytesMax: TileSource.bundleBytesMax)
        }
        if let there {
            guard there == bytes else { throw .conflict("the copy's file differs from the log's", path: "\(tile)") }
            return
        }
        var directory = name[..<(name.lastIndex(of: "/") ?? name.startIndex)]
        try Self.files(path) { () throws(StorageError) in
            try storage.createDirectory(String(directory))
            guard let file = try storage.open(name + ".new", writing: true, creating: true) else { return }
            try file.truncate(to: 0)
            try file.writeAll(bytes, at: 0)
            try file.synchronize()
            try storage.rename(name + ".new", to: name)
        }
        while directory.utf8.count >= path.utf8.count {
            directories.insert(String(directory))
            guard let slash = directory.lastIndex(of: "/") else { break }
            directory = directory[..<slash]
        }
    }

    func replaceCheckpoint(with bytes: [UInt8]) throws(LogVerificationError) {
        for directory in directories.sorted(by: >) {
            try Self.files(path) { () throws(StorageError) in try storage.synchronizeDirectory(directory) }
        }
        try Self.files(path) { () throws(StorageError) in
            try storage.replace("\(path)/\(LogLayout.checkpoint)", with: bytes, in: path)
        }
    }

    func pruneMark() throws(LogVerificationError) -> [UInt8]? {
        try Self.files(path) { () throws(StorageError) in
            try storage.contents(of: "\(path)/\(LogLayout.pruned)", bytesMax: PruneMark.bytesMax)
        }
    }

    func replacePruneMark(with bytes: [UInt8]) throws(LogVerificationError) {
        try Self.files(path) { () throws(StorageError) in
            try storage.replace("\(path)/\(LogLayout.pruned)", with: bytes, in: path)
        }
    }

    func remove(bundle: TilePath) throws(LogVerificationError) {
        let name = "\(path)/\(bundle.fullPath)"
        try Self.files(path) { () throws(StorageError) in
            try storage.remove(name)
            for partial in try storage.list(name + ".p") { try storage.remove("\(name).p/\(partial)") }
        }
    }

    private static func files<R>(_ path: String, _ body: () throws(StorageError) -> R) throws(LogVerificationError) -> R
    {
        do { return try body() } catch {
            throw LogVerificationError(
                code: .unreadable, path: path, what: error.description,
                remedy: error.isLocked
                    ? "somebody else publishes there; retry" : "make the destination writable and retry")
        }
    }
}
