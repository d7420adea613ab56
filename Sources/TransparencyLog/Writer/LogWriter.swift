/// The one writer of a log's directory.
///
/// ``append(_:)`` gives an entry its index and returns at once; a thread of its own writes all that has gathered
/// to the write-ahead log, makes it durable with one `fdatasync` and tells the observers. Tiles and the signed
/// checkpoint follow from a second thread: they are derived, and rebuilt after a crash.
public final class LogWriter: Sendable {
    /// Encrypts the detail of the entry at an index; runs on the writer thread. The result may be longer than the
    /// detail by ``LogRecord/sealOverheadMax``.
    public typealias Seal = @Sendable (EntryIndex, [UInt8]) -> [UInt8]

    public struct Options: Sendable {
        /// How much of the disk one segment of the write-ahead log takes; at least 4 MiB.
        public var segmentBytes = 16 << 20
        /// Segments kept ready beside the one in use; at least 1.
        public var spareSegments = 2
        /// Appends beyond these bounds are refused with `.full`.
        public var queuedRecordsMax = 65_536
        public var queuedBytesMax = 64 << 20
        /// A checkpoint is signed this often at most, and only when the log grew.
        public var checkpointInterval = Duration.milliseconds(200)

        public init() {}
    }

    /// Opens the log in `directory`, which is created if need be, after recovering what a crash left.
    ///
    /// - Parameters:
    ///   - key: Signs the checkpoints; its name is the log's origin.
    ///   - seal: Encrypts details.
    /// - Throws: `.locked`, `.rolledBack`, `.corrupted`, `.outOfSpace` or `.failed`.
    public init(
        directory: String, key: SigningKey, options: Options = Options(), seal: @escaping Seal
    ) throws(LogError) {
        throw .failed("not yet")
    }

    /// Queues an entry; safe from any thread, never blocks on I/O.
    ///
    /// The entry is durable once the observers have heard of its index, not before.
    /// - Throws: `.entryTooLarge`, `.full`, `.outOfSpace`, `.closed` or `.failed`; nothing was taken then.
    public func append(_ record: LogRecord) throws(LogError) -> EntryIndex { throw .closed }

    /// Appends and blocks until the entry is durable: for the control plane, never on an event loop.
    public func appendDurably(_ record: LogRecord) throws(LogError) -> EntryIndex { throw .closed }

    /// From now on `observer` hears of every group.
    public func addObserver(_ observer: any DurabilityObserver) {}

    /// The number of durable entries.
    public var durableSize: UInt64 { 0 }

    /// The last checkpoint that was published.
    public var checkpoint: SignedCheckpoint? { nil }

    /// Blocks until a checkpoint over every entry that is durable now is published.
    public func publishCheckpoint() throws(LogError) -> SignedCheckpoint { throw .closed }

    /// Takes no more entries, makes those it took durable, signs the last checkpoint and frees the directory.
    /// Blocks; calling it again does nothing.
    public func close() throws(LogError) {}
}
