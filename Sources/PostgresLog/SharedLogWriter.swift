import PostgresClient
import Synchronization
public import TransparencyLog

/// One of several writers of a log in PostgreSQL.
///
/// A commit is what makes a group of entries durable, and the order of commits is the log's order: an entry's index is
/// known when it is durable, not before. A thread of its own commits, another one looks for new entries, whosesoever
/// they are, and signs them when it is this writer's turn.
///
/// While the database does not answer, what was taken is kept and committed when it answers again; new entries are
/// refused with `.unreachable`, but for those that end what was recorded.
public final class SharedLogWriter: LogStore {
    /// Encrypts a detail; runs on the committing thread, before the entry has an index. The result may be longer than
    /// the detail by ``LogRecord/sealOverheadMax``. A group that is committed at a second attempt is sealed once.
    public typealias Seal = @Sendable ([UInt8]) -> [UInt8]

    public struct Options: Sendable {
        /// Appends beyond half of these bounds are refused with `.full`; the other half is for what uses the reserve.
        public var queuedRecordsMax = 131_072
        public var queuedBytesMax = 128 << 20
        /// How often this writer looks for entries to sign.
        public var checkpointInterval = Duration.milliseconds(200)
        /// How long the database may be silent before those who wait are told.
        public var patience = Duration.seconds(3)
        /// A writer that was not heard of for so long is taken to be gone. The same for all writers of a log.
        public var staleAfter = Duration.seconds(10)

        public init() {}
    }

    public let origin: String
    public let directory: LogDirectory
    private let location: SharedLogLocation
    private let settings: GroupCommitter.Settings
    private let core: SharedLogCore
    private let lock: any LogLock
    private let committerThread: WorkerThread
    private let signerThread: WorkerThread
    private let isClosed = Mutex(false)

    /// Takes the place of the writer called `name`, after checking that the log is the one that was seen last.
    ///
    /// - Parameters:
    ///   - name: Of this gateway, among those that share the log.
    ///   - key: Signs the checkpoints; its name is the log's origin. All writers have it.
    ///   - stateDirectory: Where this writer keeps the last checkpoint it has seen.
    ///   - seal: Encrypts details.
    /// - Throws: `.locked` if another process that is alive writes under this name, `.rolledBack`, `.unreachable`, or
    ///   `.failed` if the database holds no log of that name.
    public init(
        _ location: SharedLogLocation, name: String, key: SigningKey, stateDirectory: String,
        options: Options = Options(), seal: @escaping Seal
    ) throws(LogError) {
        self.location = location
        origin = key.name
        directory = LogDirectory(sharedAt: location)
        let settings = GroupCommitter.Settings(
            location: location, writer: name, holder: (0..<16).map { _ in UInt8.random(in: .min ... .max) },
            staleAfter: options.staleAfter, patience: options.patience)
        self.settings = settings
        let seen = LastSeenHead(directory: stateDirectory)
        let lastSeen = try seen.read(key.identity)
        do throws(StorageError) { lock = try POSIXStorage().lock("\(stateDirectory)/\(LogLayout.lock)") } catch {
            throw error.isLocked ? .locked(path: error.path) : .failed(error.description)
        }
        do throws(LogError) {
            let core = SharedLogCore(
                queue: GroupQueue(recordsMax: options.queuedRecordsMax, bytesMax: options.queuedBytesMax))
            self.core = core
            let start = SharedLogStart(settings: settings, key: key, directory: directory, lastSeen: lastSeen)
            let (claim, head) = try start.run()
            core.progress.update { progress in
                progress.durableSize = claim.size
                progress.checkpoint = head
                return false
            }
            do throws(StorageError) {
                committerThread = try WorkerThread(name: "ledger-commit") {
                    GroupCommitter(core: core, seal: seal, settings: settings, claim: claim).run()
                }
                let interval = options.checkpointInterval
                signerThread = try WorkerThread(name: "ledger-sign") {
                    CheckpointSigner(
                        core: core, key: key, settings: settings, interval: interval, seen: seen, last: head ?? lastSeen
                    ).run()
                }
            } catch {
                // A thread that was started already must not outlive the attempt.
                core.fail(.failed(error.description))
                throw .failed(error.description)
            }
        } catch {
            lock.release()
            throw error
        }
    }

    deinit { try? close() }

    /// Queues an entry; safe from any thread, never blocks on I/O.
    ///
    /// - Throws: `.entryTooLarge`, `.full`, `.unreachable`, `.closed` or `.failed`; nothing was taken then.
    public func append(_ record: LogRecord) throws(LogError) -> AppendTicket { try append(record, receipt: nil) }

    private func append(_ record: LogRecord, receipt: Receipt?) throws(LogError) -> AppendTicket {
        let (ticket, wakesWriter) = try core.queue.withLock { queue throws(LogError) in
            (try queue.append(record, receipt: receipt), queue.wakeWriter())
        }
        if wakesWriter { core.wakeWriter() }
        return ticket
    }

    public func enqueue(_ record: LogRecord) throws(LogError) -> AppendTicket {
        try core.queue.withLock { queue throws(LogError) in try queue.append(record, receipt: nil) }
    }

    public func commit() {
        if core.queue.withLock({ $0.wakeWriter() }) { core.wakeWriter() }
    }

    /// - Throws: As ``append(_:)``. After `.unreachable` the entry may have been taken: it is then committed later.
    public func appendDurably(_ record: LogRecord) throws(LogError) -> EntryIndex {
        let receipt = Receipt()
        _ = try append(record, receipt: receipt)
        return try receipt.wait()
    }

    public func addObserver(_ observer: any DurabilityObserver) { core.observers.add(observer) }

    public var durableSize: UInt64 { core.progress.read { $0.durableSize } }

    public var checkpoint: SignedCheckpoint? { core.progress.read { $0.checkpoint } }

    public func publishCheckpoint() throws(LogError) -> SignedCheckpoint {
        if isClosed.withLock({ $0 }) { throw .closed }
        var request = 0
        var failures = 0
        core.progress.update { progress in
            failures = progress.signingFailures
            progress.requests += 1
            request = progress.requests
            return true
        }
        var wanted: UInt64?
        let answer = core.progress.wait { progress -> Result<SignedCheckpoint, LogError>? in
            if let failure = progress.failure { return .failure(failure) }
            if wanted == nil, progress.requestsSeen >= request { wanted = progress.wantedSize }
            if let wanted, let checkpoint = progress.checkpoint, checkpoint.size >= wanted {
                return .success(checkpoint)
            }
            if progress.signingFailures > failures, let failure = progress.signingFailure { return .failure(failure) }
            return nil
        }
        guard let answer else { throw .closed }
        return try answer.get()
    }

    /// Takes the details of `entries` out of the database. Its dead rows, its write-ahead log and its backups are the
    /// caller's to see to.
    public func eraseDetails(of entries: RangeSet<UInt64>) throws(LogError) {
        guard !entries.isEmpty else { return }
        do throws(LinkError) {
            let link = try LedgerLink(location, writer: settings.writer, holder: settings.holder)
            try link.eraseDetails(of: entries)
        } catch {
            throw LogError(error)
        }
    }

    public func close() throws(LogError) {
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard isFirst else { return }
        if core.queue.withLock({ $0.close() }) { core.wakeWriter() }
        committerThread.join()
        core.progress.update { progress in
            progress.isClosing = true
            progress.wantedSize = max(progress.wantedSize, progress.durableSize)
            return true
        }
        signerThread.join()
        lock.release()
        let progress = core.progress.read { $0 }
        if let error = progress.failure ?? progress.signingFailure { throw error }
    }
}

extension LogError {
    init(_ error: LinkError) {
        switch error {
        case .fenced(let what), .unusable(let what): self = .failed(what)
        case .inUse(let what): self = .locked(path: what)
        case .unreachable(let what): self = .unreachable(what)
        }
    }
}
