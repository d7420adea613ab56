import Dispatch
import Evidence
import Gateway
import Glibc
import Ringfence
import Synchronization
import TransparencyLog

extension EntryTime {
    /// The system clock's time: entries take time as an argument, and this is where it comes from.
    static var now: EntryTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return EntryTime(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// The ledger of a running gateway: what frames the sessions' entries, so that silence is evidence too.
final class GatewayLedger: Sendable {
    static let heartbeatMilliseconds: UInt64 = 5000
    private static let epochMilliseconds: Int64 = 24 * 3600 * 1000
    /// Entries go a little later than the rule says: details that are left are opened with an epoch's entry before them.
    private static let prunedLateMilliseconds = epochMilliseconds + 3600 * 1000

    let writer: any LogStore
    let sealer: DetailSealer
    /// Which of several gateways that share the ledger; nil for the only one.
    let gateway: GatewayName?
    let retention: RetentionRule
    private let auditors: [AuditorPublicKey]
    private let origin: String
    private let keys: LogKeys
    private let clock: LedgerClock
    private let start = ContinuousClock.now
    /// Where the rule stands that this start has recorded.
    private let ruleEntry = Mutex<EntryIndex?>(nil)
    private let epochBegan = Mutex<EntryTime>(.now)
    private let beat = Atomic<UInt64>(0)

    /// Opens the log, then records the start, the day's key for details, the policy in force, what signs the log and how
    /// long it is kept.
    ///
    /// - Parameters:
    ///   - predecessor: The log that a new one goes on from.
    ///   - open: Opens the log, whose details the sealer is to encrypt.
    /// - Throws: ``LogError``, ``SealError``, or ``Failure`` if the log is frozen or its predecessor is not.
    init(
        key: SigningKey, gateway: GatewayName?, auditors: [AuditorPublicKey], policy: PolicyFiles, version: String,
        retention: RetentionRule = RetentionRule(), predecessor: (directory: LogDirectory, key: LogKeys)? = nil,
        open: (DetailSealer) throws -> any LogStore
    ) throws {
        self.retention = retention
        self.gateway = gateway
        keys = key.identity
        sealer = DetailSealer(origin: key.name)
        self.auditors = auditors
        origin = key.name
        writer = try open(sealer)
        let directory = writer.directory
        let head: GatewayEntries.Head
        var frozen: Checkpoint?
        if writer.durableSize == 0 {
            head = GatewayEntries.Head(size: 0, root: .emptyRoot)
            frozen = try predecessor.map {
                try Succession(of: $0.directory, key: $0.key).checkpoint(for: key.verifierKey)
            }
        } else {
            let signed = try writer.publishCheckpoint()
            try Succession(of: directory, key: keys).refuseIfFrozen(at: signed)
            head = GatewayEntries.Head(signed)
        }
        clock = LedgerClock(
            lastEntry: head.size == 0
                ? nil : try Entry(parsing: directory.entry(EntryIndex(head.size - 1), size: head.size)).time)
        try append(
            GatewayEntries.boot(
                version: version, previous: head, predecessor: frozen, policy: policy.digest,
                heartbeatMilliseconds: Self.heartbeatMilliseconds, at: .now))
        try beginEpoch()
        try record(policy)
        try append(GatewayEntries.key(keys, at: .now))
        let rule = try appendDurably(GatewayEntries.retention(retention, at: .now))
        ruleEntry.withLock { $0 = rule }
    }

    /// Takes an entry of the gateway's own; see ``LogStore/append(_:)``.
    func append(_ record: LogRecord) throws(LogError) { _ = try writer.append(record.recorded(by: gateway)) }

    /// See ``LogStore/appendDurably(_:)``.
    @discardableResult
    func appendDurably(_ record: LogRecord) throws(LogError) -> EntryIndex {
        try writer.appendDurably(record.recorded(by: gateway))
    }

    /// Records what decides from here on.
    func record(_ policy: PolicyFiles) throws {
        try appendDurably(GatewayEntries.policy(policy, at: .now))
    }

    /// Draws a new key for details, seals it to the auditors and records that.
    private func beginEpoch() throws {
        let key = EpochKey.generate()
        let time = EntryTime.now
        let (record, isReadable) = try GatewayEntries.epoch(key, auditors: auditors, origin: origin, at: time)
        let index = try appendDurably(record)
        sealer.begin(key, at: index, isReadable: isReadable)
        epochBegan.withLock { $0 = time }
    }

    /// To be called every ``heartbeatMilliseconds``.
    ///
    /// A log that takes no entries (a full disk) misses beats, which is the truth.
    func heartbeat(sessions: Int) throws {
        let number = beat.wrappingAdd(1, ordering: .relaxed).newValue
        try append(
            GatewayEntries.heartbeat(
                beat: number, sessions: UInt64(max(sessions, 0)), intervalMilliseconds: Self.heartbeatMilliseconds,
                at: .now))
        let age = EntryTime.now.millisecondsSince1970 - epochBegan.withLock { $0.millisecondsSince1970 }
        if age > Self.epochMilliseconds { try beginEpoch() }
    }

    private func redact(
        _ entries: RangeSet<UInt64>, _ basis: RedactionBasis, operator name: String?, reason: String
    ) throws -> UInt64 {
        guard let epoch = sealer.epoch else { throw SealError.sealing("there is no key for details yet") }
        let record = GatewayEntries.redaction(
            of: entries, basis: basis, operator: name, reason: reason, epoch: epoch, at: .now)
        let index = try appendDurably(record)
        try writer.eraseDetails(of: entries)
        return index.rawValue
    }

    /// Records a stop in good order and signs the last checkpoint, which the witnesses are given a moment to cosign.
    func close(_ witnesses: GatewayWitnesses?) async throws {
        try appendDurably(GatewayEntries.stopped(at: .now))
        if let witnesses { await witnesses.finish(try writer.publishCheckpoint()) }
        try writer.close()
    }
}

extension GatewayLedger: LedgerControl {
    func redact(_ entries: RangeSet<UInt64>, reason: String, operator name: String) throws -> UInt64 {
        let size = writer.durableSize
        if let last = entries.ranges.last, last.upperBound > size {
            throw RedactionRefusal(what: "the ledger has no entry \(last.upperBound - 1), its last is \(size - 1)")
        }
        guard entries.ranges.count <= Redaction.rangesMax else {
            throw RedactionRefusal(what: "an entry takes at most \(Redaction.rangesMax) ranges: ask in several parts")
        }
        // Details are in their bundles by then.
        _ = try writer.publishCheckpoint()
        guard try writer.directory.firstKeptDetail(of: entries) != nil else {
            throw RedactionRefusal(what: "there is no detail to erase: the entries have none, or it is erased already")
        }
        return try redact(entries, .request, operator: name, reason: reason)
    }

    /// Erases by whole bundles, so that details go at most a bundle late.
    ///
    /// Of details it takes the clock's word, of entries it does not: see ``retainByAge()``.
    func retain() throws -> RetainedByRule {
        guard retention != RetentionRule() else {
            throw RedactionRefusal(what: "ledger.retain is not set: entries and details are kept for ever")
        }
        return RetainedByRule(
            details: try retention.details.flatMap { try retain($0, until: .now) }, entries: try pruneByAge())
    }

    /// What the gateway does by itself: a clock that is wrong by years must not erase what nobody can bring back, so
    /// the ledger's own entries have to bear out how old it is.
    func retainByAge() throws -> RetainedByRule {
        guard let time = ledgerTime else { return RetainedByRule() }
        return RetainedByRule(
            details: try retention.details.flatMap { try retain($0, until: time) }, entries: try pruneByAge())
    }

    private var ledgerTime: EntryTime? { clock.now(after: ContinuousClock.now - start, wallClock: .now) }

    /// Removes entries that are too old by the ledger's own time, under the rule that this start has recorded.
    private func pruneByAge() throws -> UInt64? {
        guard let period = retention.entries, let time = ledgerTime, let rule = ruleEntry.withLock({ $0 }) else {
            return nil
        }
        guard let writer = writer as? LogWriter else {
            throw RedactionRefusal(
                what: "a ledger in PostgreSQL cannot be pruned yet: leave entries out of ledger.retain")
        }
        let size = try writer.publishCheckpoint().size
        let oldest = period.beginning(endingAt: time).advanced(byMilliseconds: -Self.prunedLateMilliseconds)
        // The rule's own entry stays, so that whoever verifies finds it.
        let end = min(try writer.directory.bundle(endingBefore: oldest, size: size), rule.rawValue / 256 * 256)
        guard end > writer.minimum else { return nil }
        let index = try appendDurably(GatewayEntries.pruning(before: end, under: rule, period, at: .now))
        // Readers have a checkpoint that covers it before anything is gone.
        _ = try writer.publishCheckpoint()
        guard try isShown(index) else {
            throw RedactionRefusal(
                what: "entry \(index) says that entries are pruned, but no quorum of witnesses has cosigned it yet: "
                    + "they are removed the next time")
        }
        try writer.prune(before: end)
        return index.rawValue
    }

    private func isShown(_ index: EntryIndex) throws -> Bool {
        for _ in 0..<150 {
            if try writer.directory.checkpoint(verifiedBy: keys).size > index.rawValue { return true }
            usleep(200_000)
        }
        return false
    }

    private func retain(_ period: RetentionPeriod, until time: EntryTime) throws -> UInt64? {
        // Not what readers see: that may wait for witnesses.
        let size = try writer.publishCheckpoint().size
        let begin = try writer.directory.detailsBegin(size: size)
        let end = try writer.directory.bundle(endingBefore: period.beginning(endingAt: time), size: size)
        guard begin < end else { return nil }
        return try redact(
            RangeSet(begin..<end), .retention, operator: nil, reason: "older than \(period)")
    }
}

/// Why nothing was erased.
struct RedactionRefusal: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}
