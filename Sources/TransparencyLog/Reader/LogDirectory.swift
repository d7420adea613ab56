/// Reads and verifies a log: the directory a gateway writes, while it writes, or a published copy.
///
/// Nothing but the log's public key is needed. Only what ``verify(with:witnesses:visit:)`` has gone through is
/// verified; the other methods return what the files say.
public struct LogDirectory: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// The checkpoint that is published now, its signatures verified.
    public func checkpoint(verifiedBy log: VerifierKey, witnesses: [VerifierKey] = [])
        throws(LogVerificationError) -> SignedCheckpoint
    {
        throw LogVerificationError(code: .missing, path: "checkpoint", what: "not there", remedy: "")
    }

    /// The entry at an index, as the bundle holds it. `size` is that of the checkpoint it is read under.
    public func entry(_ index: EntryIndex, size: UInt64) throws(LogVerificationError) -> [UInt8] { [] }

    /// Entries one after the other, without holding more than a bundle in memory.
    public func entries(_ range: Range<UInt64>, size: UInt64) -> EntryReader {
        EntryReader(directory: self, range: range, size: size)
    }

    /// What the sealing closure made of the entry's detail: nil if it had none or if this copy holds no details.
    public func sealedDetail(_ index: EntryIndex) throws(LogVerificationError) -> [UInt8]? { nil }

    /// Reads everything below the checkpoint: every entry and every tile of every level must hash to its root.
    ///
    /// - Parameter visit: Sees each entry in order, as it was read for hashing. Believe none of them before the
    ///   method has returned.
    public func verify(
        with log: VerifierKey, witnesses: [VerifierKey] = [],
        visit: (EntryIndex, [UInt8]) throws(LogVerificationError) -> Void = { _, _ in }
    ) throws(LogVerificationError) -> VerifiedLog {
        throw LogVerificationError(code: .missing, path: "checkpoint", what: "not there", remedy: "")
    }

    /// The proof that the entry at `index` is under a checkpoint of `size`.
    public func inclusionProof(of index: EntryIndex, size: UInt64) throws(LogVerificationError) -> InclusionProof {
        InclusionProof(index: index, size: size, hashes: [])
    }

    public func consistencyProof(from oldSize: UInt64, to newSize: UInt64) throws(LogVerificationError)
        -> ConsistencyProof
    {
        ConsistencyProof(oldSize: oldSize, newSize: newSize, hashes: [])
    }

    /// Checks that the log of `old` is a prefix of the log of `new`.
    public func verifyConsistency(from old: Checkpoint, to new: Checkpoint) throws(LogVerificationError) {}

    /// A proof file for one entry under the published checkpoint, verified before it is returned.
    public func prove(_ index: EntryIndex, verifiedBy log: VerifierKey) throws(LogVerificationError)
        -> InclusionProofFile
    {
        throw LogVerificationError(code: .missing, path: "checkpoint", what: "not there", remedy: "")
    }

    /// Copies what others need to `destination`: checkpoint, tiles and bundles, partial ones too, no sealed details.
    /// The checkpoint comes last; a copy that is longer or tells another history is left alone.
    ///
    /// - Returns: The checkpoint the copy now has.
    @discardableResult
    public func publish(to destination: String, verifiedBy log: VerifierKey) throws(LogVerificationError)
        -> SignedCheckpoint
    {
        throw LogVerificationError(code: .missing, path: "checkpoint", what: "not there", remedy: "")
    }
}

/// What a verification established.
public struct VerifiedLog: Sendable, Hashable {
    public let checkpoint: SignedCheckpoint
    public let bundlesRead: Int
    public let tilesRead: Int

    public var origin: String { checkpoint.origin }
    public var size: UInt64 { checkpoint.size }
    public var root: Hash { checkpoint.root }
}

/// Entries of a range in order.
public struct EntryReader {
    private let directory: LogDirectory
    private let range: Range<UInt64>
    private let size: UInt64

    init(directory: LogDirectory, range: Range<UInt64>, size: UInt64) {
        self.directory = directory
        self.range = range
        self.size = size
    }

    /// The next entry, or nil at the range's end.
    public mutating func next() throws(LogVerificationError) -> (index: EntryIndex, entry: [UInt8])? { nil }
}
