import Dispatch
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

    let writer: LogWriter
    let sealer: DetailSealer
    private let auditors: [AuditorPublicKey]
    private let origin: String
    private let epochBegan = Mutex<EntryTime>(.now)
    private let beat = Atomic<UInt64>(0)

    /// Opens the log in `directory`, then records the start, the day's key and the policy in force.
    ///
    /// - Throws: ``LogError`` or ``SealError``.
    init(
        directory: String, key: SigningKey, awaitsCosignatures: Bool, auditors: [AuditorPublicKey],
        policy: PolicyFiles, version: String
    ) throws {
        let sealer = DetailSealer(origin: key.name)
        self.sealer = sealer
        self.auditors = auditors
        origin = key.name
        var options = LogWriter.Options()
        options.awaitsCosignatures = awaitsCosignatures
        writer = try LogWriter(directory: directory, key: key, options: options) { index, detail in
            sealer.seal(index, detail)
        }
        let head =
            writer.durableSize == 0
            ? GatewayEntries.Head(size: 0, root: .emptyRoot) : GatewayEntries.Head(try writer.publishCheckpoint())
        _ = try writer.append(
            GatewayEntries.boot(
                version: version, previous: head, policy: policy.digest,
                heartbeatMilliseconds: Self.heartbeatMilliseconds, at: .now))
        try beginEpoch()
        try record(policy)
    }

    /// Records what decides from here on.
    func record(_ policy: PolicyFiles) throws {
        _ = try writer.appendDurably(GatewayEntries.policy(policy, at: .now))
    }

    /// Draws a new key for details, seals it to the auditors and records that.
    private func beginEpoch() throws {
        let key = EpochKey.generate()
        let time = EntryTime.now
        let (record, isReadable) = try GatewayEntries.epoch(key, auditors: auditors, origin: origin, at: time)
        let index = try writer.appendDurably(record)
        sealer.begin(key, at: index, isReadable: isReadable)
        epochBegan.withLock { $0 = time }
    }

    /// To be called every ``heartbeatMilliseconds``.
    ///
    /// A log that takes no entries (a full disk) misses beats, which is the truth.
    func heartbeat(sessions: Int) throws {
        let number = beat.wrappingAdd(1, ordering: .relaxed).newValue
        _ = try writer.append(
            GatewayEntries.heartbeat(
                beat: number, sessions: UInt64(max(sessions, 0)), intervalMilliseconds: Self.heartbeatMilliseconds,
                at: .now))
        let age = EntryTime.now.millisecondsSince1970 - epochBegan.withLock { $0.millisecondsSince1970 }
        if age > Self.epochMilliseconds { try beginEpoch() }
    }

    /// Records a stop in good order and signs the last checkpoint, which the witnesses are given a moment to cosign.
    func close(_ witnesses: GatewayWitnesses?) async throws {
        _ = try writer.appendDurably(GatewayEntries.stopped(at: .now))
        if let witnesses { await witnesses.finish(try writer.publishCheckpoint()) }
        try writer.close()
    }
}
