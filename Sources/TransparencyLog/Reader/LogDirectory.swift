/// Reads and verifies a log: the directory a gateway writes, while it writes, or a published copy, here or elsewhere.
///
/// Nothing but the log's public key is needed. Only ``verify(with:witnesses:visit:)`` and its like,
/// ``prove(_:verifiedBy:)`` and ``publish(to:verifiedBy:)`` check what they read against the checkpoint; the other methods return what the files
/// say.
public struct LogDirectory: Sendable {
    /// Where it is: a path, or what ``init(_:reading:cache:)`` was told.
    public let path: String
    private let place: Place
    private let cache: TileCache?

    private enum Place: Sendable {
        case here(any LogStorage, isLive: Bool?)
        case elsewhere(any LogFiles)
    }

    public init(_ path: String) { self.init(path, storage: POSIXStorage()) }

    /// - Parameters:
    ///   - path: What errors and messages call it.
    ///   - isLive: Whether partial tiles are beginnings of files, as in a writer's directory; nil to see by its files.
    package init(_ path: String, storage: any LogStorage, isLive: Bool? = nil) {
        self.path = path
        place = .here(storage, isLive: isLive)
        cache = nil
    }

    /// A log that is read by other means than a directory's files.
    public init(_ location: String, reading files: any LogFiles, cache: TileCache? = nil) {
        path = location
        place = .elsewhere(files)
        self.cache = cache
    }

    var files: any LogFiles {
        switch place {
        case .here(let storage, let isLive): StoredFiles(path, storage: storage, isLive: isLive)
        case .elsewhere(let files): files
        }
    }

    /// Nil for a log elsewhere: only a directory can have sealed details.
    var storage: (any LogStorage)? {
        if case .here(let storage, _) = place { storage } else { nil }
    }

    /// The checkpoint that is published now, its signatures verified.
    public func checkpoint(verifiedBy log: some LogIdentity, witnesses: [VerifierKey] = [])
        throws(LogVerificationError) -> SignedCheckpoint
    {
        let bytes = try file(LogLayout.checkpoint)
        do {
            return try SignedCheckpoint(parsing: bytes, log: log, witnesses: witnesses)
        } catch {
            throw LogVerificationError(
                code: .untrusted, path: LogLayout.checkpoint, what: error.description,
                remedy: "check that this is the log's directory and \(log.name) the name of its key")
        }
    }

    /// The entry at an index, as the bundle holds it. `size` is that of the checkpoint it is read under.
    public func entry(_ index: EntryIndex, size: UInt64) throws(LogVerificationError) -> [UInt8] {
        var reader = entries(index.rawValue..<index.rawValue + 1, size: size)
        guard let (_, entry) = try reader.next() else { throw .outOfRange("there is no entry \(index)") }
        return entry
    }

    /// Entries one after the other, without holding more than a bundle in memory.
    public func entries(_ range: Range<UInt64>, size: UInt64) -> EntryReader {
        EntryReader(source: source, range: range, size: size)
    }

    /// What the sealing closure made of the entry's detail: nil if it had none or if this copy holds no details.
    public func sealedDetail(_ index: EntryIndex) throws(LogVerificationError) -> [UInt8]? {
        let name = LogLayout.detail(bundle: index.rawValue / UInt64(TilePath.fullWidth))
        do throws(StorageError) {
            guard let file = try storage?.open("\(path)/\(name)", writing: false, creating: false) else { return nil }
            return try DetailBundle.detail(Int(index.rawValue % UInt64(TilePath.fullWidth)), of: file)
        } catch {
            throw .unreadable(name, error)
        }
    }

    /// The proof that the entry at `index` is under a checkpoint of `size`.
    public func inclusionProof(of index: EntryIndex, size: UInt64) throws(LogVerificationError) -> InclusionProof {
        var tree = TreeReader(source, size: max(size, sizeOnDisk()))
        return try tree.inclusionProof(of: index, size: size)
    }

    public func consistencyProof(from oldSize: UInt64, to newSize: UInt64) throws(LogVerificationError)
        -> ConsistencyProof
    {
        var tree = TreeReader(source, size: max(newSize, sizeOnDisk()))
        return try tree.consistencyProof(from: oldSize, to: newSize)
    }

    /// Checks that the log of `old` is a prefix of the log of `new`, whose tiles this directory holds.
    public func verifyConsistency(from old: Checkpoint, to new: Checkpoint) throws(LogVerificationError) {
        guard old.origin.utf8.elementsEqual(new.origin.utf8), old.size <= new.size else {
            throw .conflict(
                "a checkpoint of \(old.origin) at \(old.size) does not precede \(new.origin) at \(new.size)")
        }
        let proof = try consistencyProof(from: old.size, to: new.size)
        guard proof.verifies(oldRoot: old.root, newRoot: new.root) else {
            throw .conflict("the log of \(new.size) entries does not continue the one of \(old.size)")
        }
    }

    /// Whether the log of `old` is the beginning of that of `new`, whose tiles this directory holds.
    ///
    /// Unlike ``verifyConsistency(from:to:)`` it tells damage from another history: tiles are verified first.
    /// - Throws: ``LogVerificationError`` if the tiles are not those of `new`.
    public func continues(_ old: Checkpoint, under new: Checkpoint) throws(LogVerificationError) -> Bool {
        guard old.origin.utf8.elementsEqual(new.origin.utf8), old.size <= new.size else { return false }
        var tiles = try VerifiedTiles(source, checkpoint: new)
        return try tiles.root(size: old.size) == old.root
    }

    /// A proof file for one entry under the published checkpoint, verified before it is returned.
    public func prove(_ index: EntryIndex, verifiedBy log: some LogIdentity) throws(LogVerificationError)
        -> InclusionProofFile
    {
        let checkpoint = try checkpoint(verifiedBy: log)
        let proof = try inclusionProof(of: index, size: checkpoint.size)
        guard proof.verifies(leaf: .leaf(try entry(index, size: checkpoint.size)), root: checkpoint.root) else {
            // Something on the way is damaged: find out which file, starting from the root.
            var tiles = try VerifiedTiles(source, checkpoint: checkpoint.checkpoint)
            _ = try tiles.entries(bundle: index.rawValue / UInt64(TilePath.fullWidth))
            throw .damaged(LogLayout.checkpoint, "the proof of entry \(index) does not verify")
        }
        return InclusionProofFile(index: index, proof: proof.hashes, note: checkpoint.note)
    }

    /// Copies what others need to `destination`: checkpoint, tiles and bundles, partial ones too, no sealed details;
    /// what was pruned here is pruned there.
    /// The checkpoint comes last; a copy that is longer or tells another history is left alone.
    ///
    /// - Returns: The checkpoint the copy now has.
    @discardableResult
    public func publish(to destination: String, verifiedBy log: some LogIdentity) throws(LogVerificationError)
        -> SignedCheckpoint
    {
        try publish(to: PublishedDirectory(destination), verifiedBy: log)
    }

    /// The same to anywhere.
    @discardableResult
    public func publish(to target: any PublicationTarget, verifiedBy log: some LogIdentity) throws(LogVerificationError)
        -> SignedCheckpoint
    {
        let checkpoint = try checkpoint(verifiedBy: log)
        try Publication(source: source, target: target).publish(checkpoint, verifiedBy: log)
        return checkpoint
    }

    /// The first entry that the directory has, by its own word: 0 unless the log was pruned.
    ///
    /// That it was pruned rightly is for the entries to say.
    public func minimum() throws(LogVerificationError) -> UInt64 { try pruneMark().minimum }

    /// How far the log was pruned, by the directory's own word.
    public func pruneMark() throws(LogVerificationError) -> PruneMark { try source.mark() }

    var source: TileSource { TileSource(files, cache: cache) }

    /// What the published checkpoint says the tiles reach to; only used to find files, so nobody's word is taken.
    private func sizeOnDisk() -> UInt64 {
        guard let bytes = try? file(LogLayout.checkpoint), let note = try? SignedNote(parsing: bytes),
            let checkpoint = try? Checkpoint(parsing: note.text)
        else { return 0 }
        return checkpoint.size
    }

    func file(_ name: String) throws(LogVerificationError) -> [UInt8] {
        guard let bytes = try files.contents(of: name, bytesMax: SignedNote.bytesMax) else { throw .missing(name) }
        return bytes
    }
}

/// What a verification established.
public struct VerifiedLog: Sendable, Hashable {
    public let checkpoint: SignedCheckpoint
    /// The checkpoint of an earlier verification that this one went on from: what it covers was not read again.
    public let earlier: Checkpoint?
    /// The first entry that was there to be read; of those before only the hashes were, and they were verified.
    public let minimum: UInt64

    public var origin: String { checkpoint.origin }
    public var size: UInt64 { checkpoint.size }
    public var root: Hash { checkpoint.root }
}

/// Entries of a range in order.
public struct EntryReader {
    private let source: TileSource
    private let size: UInt64
    private var rest: Range<UInt64>
    private var bundle: (index: UInt64, bytes: [UInt8], entries: [Range<Int>])?

    init(source: TileSource, range: Range<UInt64>, size: UInt64) {
        self.source = source
        self.size = size
        rest = range
    }

    /// The next entry, or nil at the range's end.
    public mutating func next() throws(LogVerificationError) -> (index: EntryIndex, entry: [UInt8])? {
        guard let number = rest.first else { return nil }
        guard number < size else { throw .outOfRange("there is no entry \(number) in a log of \(size) entries") }
        let index = number / UInt64(TilePath.fullWidth)
        if bundle?.index != index {
            let path = TilePath(unchecked: .entries, index: index, width: TilePath.width(0, index, size))
            let (_, bytes, entries) = try source.bundleBytes(path)
            bundle = (index, bytes, entries)
        }
        rest = (number + 1)..<rest.upperBound
        return bundle.map { bundle in
            (EntryIndex(number), Array(bundle.bytes[bundle.entries[Int(number % UInt64(TilePath.fullWidth))]]))
        }
    }
}

extension LogVerificationError {
    static func conflict(_ what: String, path: String = LogLayout.checkpoint) -> LogVerificationError {
        LogVerificationError(
            code: .conflict, path: path, what: what,
            remedy: "keep both histories as evidence, and find out which one its witnesses saw")
    }
}
