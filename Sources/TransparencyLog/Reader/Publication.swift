/// A static copy of a log for any web server or object store, as C2SP tlog-tiles wants it.
struct Publication {
    let source: TileSource
    let destination: String
    let storage: POSIXStorage

    /// Adds what the copy lacks. Everything is verified on the way, so a damaged tile is not spread.
    func publish(_ checkpoint: SignedCheckpoint, verifiedBy log: some LogIdentity) throws(LogVerificationError) {
        let lock = try files { () throws(StorageError) in
            try storage.createDirectory(destination)
            return try storage.lock(destination)
        }
        defer { lock.release() }
        let published = try publishedCheckpoint(verifiedBy: log)
        let minimum = try source.mark().minimum
        let copied = try files { () throws(StorageError) in try PruneMark.load(from: destination, storage) }
        guard let copied else { throw .damaged(LogLayout.pruned, "the copy's does not say where its entries begin") }
        if let published {
            guard published.size <= checkpoint.size else {
                throw .conflict("the copy has \(published.size) entries, the log itself \(checkpoint.size)")
            }
            var tree = TreeReader(source, size: checkpoint.size)
            guard try tree.root(size: published.size) == published.root else {
                throw .conflict("the copy's \(published.size) entries are not the beginning of the log's")
            }
            if published.size == checkpoint.size, published.note == checkpoint.note, copied.minimum >= minimum,
                copied.bundlesLeft.isEmpty
            {
                return
            }
        }
        try copy(checkpoint.checkpoint, from: published?.size ?? 0, entriesFrom: minimum)
        try files { () throws(StorageError) in
            try storage.replace("\(destination)/\(LogLayout.checkpoint)", with: checkpoint.note.bytes, in: destination)
        }
        // Only now does the copy have the entry that says so.
        try prune(from: copied, to: max(minimum, copied.minimum))
    }

    /// What the log does not keep, its copy does not keep either; first it says so.
    private func prune(from copied: PruneMark, to minimum: UInt64) throws(LogVerificationError) {
        let mark = PruneMark(minimum: minimum, removed: copied.removed)
        guard !mark.bundlesLeft.isEmpty else { return }
        try files { () throws(StorageError) in
            try mark.save(in: destination, storage)
            for bundle in mark.bundlesLeft {
                let path = "\(destination)/\(TilePath(unchecked: .entries, index: bundle).fullPath)"
                try storage.remove(path)
                // Partial bundles that were published on the way.
                for name in try storage.list(path + ".p") { try storage.remove("\(path).p/\(name)") }
            }
            try PruneMark(minimum: minimum, removed: minimum).save(in: destination, storage)
        }
    }

    private func copy(
        _ checkpoint: Checkpoint, from oldSize: UInt64, entriesFrom minimum: UInt64
    ) throws(LogVerificationError) {
        var tiles = try VerifiedTiles(source, checkpoint: checkpoint)
        var directories: Set<String> = []
        for level in (0..<TileFrontier.levelCount(size: checkpoint.size)).reversed() {
            let full = checkpoint.size >> UInt64(8 * level + 8)
            let end = full + (TileFrontier.width(level: level, size: checkpoint.size) == 0 ? 0 : 1)
            for index in (oldSize >> UInt64(8 * level + 8))..<end {
                let tile = try tiles.hashes(level: level, index: index)
                let path = TilePath(unchecked: .hashes(level: level), index: index, width: tile.count)
                var bytes: [UInt8] = []
                bytes.reserveCapacity(tile.count * Hash.byteCount)
                for hash in tile { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
                try write(bytes, path, &directories)
                if level == 0, index >= minimum / UInt64(TilePath.fullWidth) {
                    let bundle = EntryBundle(entries: try tiles.entries(bundle: index))
                    try write(
                        bundle.bytes, TilePath(unchecked: .entries, index: index, width: tile.count), &directories)
                }
            }
        }
        for directory in directories.sorted(by: >) {
            try files { () throws(StorageError) in try storage.synchronizeDirectory(directory) }
        }
    }

    private func write(_ bytes: [UInt8], _ path: TilePath, _ directories: inout Set<String>)
        throws(LogVerificationError)
    {
        let name = "\(destination)/\(path)"
        let there = try files { () throws(StorageError) in
            try storage.contents(of: name, bytesMax: TileSource.bundleBytesMax)
        }
        if let there {
            guard there == bytes else { throw .conflict("the copy's file differs from the log's", path: "\(path)") }
            return
        }
        var directory = name[..<(name.lastIndex(of: "/") ?? name.startIndex)]
        try files { () throws(StorageError) in
            try storage.createDirectory(String(directory))
            guard let file = try storage.open(name + ".new", writing: true, creating: true) else { return }
            try file.truncate(to: 0)
            try file.writeAll(bytes, at: 0)
            try file.synchronize()
            try storage.rename(name + ".new", to: name)
        }
        while directory.utf8.count >= destination.utf8.count {
            directories.insert(String(directory))
            guard let slash = directory.lastIndex(of: "/") else { break }
            directory = directory[..<slash]
        }
    }

    private func publishedCheckpoint(verifiedBy log: some LogIdentity) throws(LogVerificationError) -> SignedCheckpoint?
    {
        let bytes = try files { () throws(StorageError) in
            try storage.contents(of: "\(destination)/\(LogLayout.checkpoint)", bytesMax: SignedNote.bytesMax)
        }
        guard let bytes else { return nil }
        do {
            return try SignedCheckpoint(parsing: bytes, log: log)
        } catch {
            throw .conflict("the copy's checkpoint is not this log's: \(error)")
        }
    }

    private func files<R>(_ body: () throws(StorageError) -> R) throws(LogVerificationError) -> R {
        do { return try body() } catch {
            throw LogVerificationError(
                code: .unreadable, path: destination, what: error.description,
                remedy: error.isLocked
                    ? "somebody else publishes there; retry" : "make the destination writable and retry")
        }
    }
}
