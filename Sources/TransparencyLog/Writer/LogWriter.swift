import Synchronization

/// The one writer of a log's directory.
///
/// ``append(_:)`` gives an entry its place and returns at once; a thread of its own writes all that has
/// gathered to the write-ahead log, makes it durable with one `fdatasync` and tells the observers. Tiles and the signed checkpoint follow from a second thread: they are derived, and rebuilt after a crash.
public final class LogWriter: LogStore {
    /// Encrypts the detail of the entry at an index, one at a time and in order, on the thread that writes. The result may be longer than the
    /// detail by ``LogRecord/sealOverheadMax``.
    public typealias Seal = @Sendable (EntryIndex, [UInt8]) -> [UInt8]

    public struct Options: Sendable {
        /// How much of the disk one segment of the write-ahead log takes; no frame may be longer.
        public var segmentBytes = 8 << 20
        /// Segments kept ready beside the one in use; at least 2. The last one is for entries that use the reserve.
        public var spareSegments = 3
        /// Appends beyond these bounds are refused with `.full`.
        public var queuedRecordsMax = 65_536
        public var queuedBytesMax = 64 << 20
        /// A checkpoint is signed this often at most, and only when the log grew.
        public var checkpointInterval = Duration.milliseconds(200)
        /// Signed checkpoints are for ``publish(_:)`` to show, once they are cosigned; readers see the ones before.
        public var awaitsCosignatures = false

        public init() {}
    }

    let core: LogCore
    let checkpoints: CheckpointStore
    private let lock: any LogLock
    private let writerThread: WorkerThread
    private let integratorThread: WorkerThread
    private let isClosed = Mutex(false)
    /// The name under which the log signs.
    public let origin: String
    public let directory: LogDirectory

    /// Opens the log in `directory`, which is created if need be, after recovering what a crash left.
    ///
    /// - Parameters:
    ///   - key: Signs the checkpoints; its name is the log's origin.
    ///   - seal: Encrypts details.
    /// - Throws: `.locked`, `.rolledBack`, `.corrupted`, `.outOfSpace` or `.failed`.
    public convenience init(
        directory: String, key: SigningKey, options: Options = Options(), seal: @escaping Seal
    ) throws(LogError) {
        try self.init(directory: directory, key: key, options: options, storage: POSIXStorage(), seal: seal)
    }

    public init(
        directory: String, key: SigningKey, options: Options, storage: any LogStorage, seal: @escaping Seal
    ) throws(LogError) {
        origin = key.name
        self.directory = LogDirectory(directory, storage: storage)
        checkpoints = CheckpointStore(
            storage: storage, directory: directory, key: key, awaitsCosignatures: options.awaitsCosignatures)
        let checkpoints = checkpoints
        var options = options
        options.segmentBytes = max(options.segmentBytes, 4096)
        options.spareSegments = max(options.spareSegments, 2)
        do throws(StorageError) {
            try storage.createDirectory("\(directory)/\(LogLayout.writeAheadLog)")
            lock = try storage.lock("\(directory)/\(LogLayout.lock)")
        } catch {
            throw LogError(error)
        }
        do throws(LogError) {
            let recovery = Recovery(
                storage: storage, directory: directory, checkpoints: checkpoints, options: options)
            let recovered = try recovery.recover()
            let core = LogCore(
                queue: AppendQueue(
                    nextIndex: recovered.tiles.frontier.size, spares: recovered.segments, options: options),
                checkpoint: recovered.checkpoint, minimum: recovered.mark.minimum)
            self.core = core
            do throws(StorageError) {
                let (segmentBytes, interval) = (options.segmentBytes, options.checkpointInterval)
                writerThread = try WorkerThread(name: "ledger-writer") {
                    GroupWriter(
                        core: core, seal: seal, segmentBytes: segmentBytes,
                        origin: WALFormat.originCode(key.name), lastSequence: recovered.lastSequence
                    ).run()
                }
                integratorThread = try WorkerThread(name: "ledger-tiles") {
                    Integrator(
                        core: core, checkpoints: checkpoints, tiles: recovered.tiles,
                        published: recovered.checkpoint, mark: recovered.mark,
                        segments: Set(recovered.segments.map(\.name)),
                        interval: interval
                    ).run()
                }
            } catch {
                // A thread that was started already must not outlive the attempt.
                core.fail(.failed(error.description))
                throw LogError(error)
            }
        } catch {
            lock.release()
            throw error
        }
    }

    deinit { try? close() }

    /// Queues an entry; safe from any thread, never blocks on I/O. The ticket is the entry's index.
    ///
    /// The entry is durable once the observers have heard of its ticket, not before.
    /// - Throws: `.entryTooLarge`, `.full`, `.outOfSpace`, `.closed` or `.failed`; nothing was taken then.
    public func append(_ record: LogRecord) throws(LogError) -> AppendTicket {
        let (ticket, wakesWriter) = try core.queue.withLock { queue throws(LogError) in
            (try queue.append(record), queue.wakeWriter())
        }
        if wakesWriter { core.wakeWriter() }
        return ticket
    }

    /// As ``append(_:)``, but the entry waits for a ``commit()``, or for the group of another's entry.
    public func enqueue(_ record: LogRecord) throws(LogError) -> AppendTicket {
        try core.queue.withLock { queue throws(LogError) in try queue.append(record) }
    }

    public func commit() {
        if core.queue.withLock({ $0.wakeWriter() }) { core.wakeWriter() }
    }

    /// Appends and blocks until the entry is durable: for the control plane, never on an event loop.
    public func appendDurably(_ record: LogRecord) throws(LogError) -> EntryIndex {
        let index = EntryIndex(try append(record).rawValue)
        let failure = core.progress.wait { progress -> LogError?? in
            if progress.durableSize > index.rawValue { return .some(nil) }
            return progress.failure.map { .some($0) }
        }
        if let failure, let failure { throw failure }
        return index
    }

    /// From now on `observer` hears of every group; if the log has failed, it hears of that at once.
    public func addObserver(_ observer: any DurabilityObserver) { core.observers.add(observer) }

    /// The number of durable entries.
    public var durableSize: UInt64 { core.progress.read { $0.durableSize } }

    /// The last checkpoint that was published.
    public var checkpoint: SignedCheckpoint? { core.progress.read { $0.checkpoint } }

    /// Blocks until a checkpoint over every entry that is durable now is published.
    public func publishCheckpoint() throws(LogError) -> SignedCheckpoint {
        if isClosed.withLock({ $0 }) { throw .closed }
        var request = 0
        core.inbox.update { inbox in
            inbox.requests += 1
            request = inbox.requests
            return true
        }
        let progress = core.progress.wait { progress in
            progress.answered >= request || progress.failure != nil ? progress : nil
        }
        if let error = progress?.failure ?? progress?.answer { throw error }
        guard let checkpoint = progress?.checkpoint else { throw .closed }
        return checkpoint
    }

    /// Erases the sealed details of `entries` from every file of the directory; the entries stay, and with them what
    /// they commit to. Blocks until they are gone. Those that are not durable yet keep theirs.
    ///
    /// What a crash interrupts is carried on with at the next start. Copies elsewhere, backups among them, are the
    /// caller's to erase.
    /// - Throws: `.closed` if the log was closed before it was done, or `.failed`.
    public func eraseDetails(of entries: RangeSet<UInt64>) throws(LogError) {
        let entries = entries.intersection(RangeSet(0..<durableSize))
        guard !entries.isEmpty else { return }
        if isClosed.withLock({ $0 }) { throw .closed }
        var request = 0
        core.inbox.update { inbox in
            inbox.erasing.formUnion(entries)
            inbox.erasures += 1
            request = inbox.erasures
            return true
        }
        let progress = core.progress.wait { progress in
            progress.erasures >= request || progress.failure != nil || progress.answered == .max ? progress : nil
        }
        if let failure = progress?.failure { throw failure }
        guard let progress, progress.erasures >= request else { throw .closed }
    }

    /// Takes no more entries, makes those it took durable, signs the last checkpoint and frees the directory.
    /// Blocks; calling it again does nothing.
    ///
    /// - Throws: `.failed` if the log had failed, `.outOfSpace` if there was no room for the tiles; everything that
    ///   was reported durable is in the write-ahead log then, and the next start writes them.
    public func close() throws(LogError) {
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard isFirst else { return }
        if core.queue.withLock({ $0.close() }) { core.wakeWriter() }
        writerThread.join()
        core.inbox.update { inbox in
            inbox.isClosing = true
            return true
        }
        integratorThread.join()
        core.progress.update { progress in
            progress.answered = .max  // for requests that came too late for the thread to see
            return true
        }
        lock.release()
        let progress = core.progress.read { $0 }
        if let error = progress.failure ?? progress.answer { throw error }
    }
}
