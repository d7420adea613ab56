/// Where a log's entries are made durable and its checkpoints signed: a directory with one writer (``LogWriter``), or a
/// database that several writers share.
public protocol LogStore: AnyObject, Sendable {
    /// The name under which the log signs.
    var origin: String { get }
    /// For reading what is there, by whoever may read the store.
    var directory: LogDirectory { get }

    /// Queues an entry; safe from any thread, never blocks on I/O.
    ///
    /// The entry is durable once the observers have heard of its ticket, not before.
    /// - Throws: ``LogError``; nothing was taken then.
    func append(_ record: LogRecord) throws(LogError) -> AppendTicket
    /// As ``append(_:)``, but the entry waits for a ``commit()``, or for the group of another's entry: what is taken in one
    /// turn of an event loop becomes one group.
    func enqueue(_ record: LogRecord) throws(LogError) -> AppendTicket
    /// Has what was taken by ``enqueue(_:)`` made durable; never blocks on I/O.
    func commit()
    /// Appends and blocks until the entry is durable: for the control plane, never on an event loop.
    ///
    /// - Throws: ``LogError``. Of an entry that was taken before the error it is not known whether it will be there.
    func appendDurably(_ record: LogRecord) throws(LogError) -> EntryIndex
    /// From now on `observer` hears of every group; if the log has failed, it hears of that at once.
    func addObserver(_ observer: any DurabilityObserver)

    /// The number of entries that are known to be durable, those of other writers among them.
    var durableSize: UInt64 { get }
    /// The last checkpoint that was signed, as far as this writer knows.
    var checkpoint: SignedCheckpoint? { get }
    /// Blocks until a checkpoint over every entry that is durable now is signed.
    func publishCheckpoint() throws(LogError) -> SignedCheckpoint
    /// Erases the sealed details of `entries`; blocks until they are gone from what the store gives out.
    func eraseDetails(of entries: RangeSet<UInt64>) throws(LogError)
    /// Takes no more entries, makes those it took durable, sees to a last checkpoint and lets the store go. Blocks;
    /// calling it again does nothing.
    func close() throws(LogError)
}
