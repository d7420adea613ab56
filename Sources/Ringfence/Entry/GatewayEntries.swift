public import TransparencyLog

/// Builds the entries that belong to no session.
public enum GatewayEntries {
    /// The log's head that a starting gateway found.
    public struct Head: Sendable, Hashable {
        public var size: UInt64
        public var root: Hash

        public init(size: UInt64, root: Hash) {
            self.size = size
            self.root = root
        }

        public init(_ checkpoint: SignedCheckpoint) { self.init(size: checkpoint.size, root: checkpoint.root) }
    }

    /// The first entry of every start.
    ///
    /// - Parameters:
    ///   - previous: The signed head after recovery: every entry before this one.
    ///   - predecessor: The last checkpoint of the frozen log that this one goes on from, at its first start.
    ///   - heartbeatMilliseconds: How often ``heartbeat(beat:sessions:intervalMilliseconds:at:)`` is promised to come.
    public static func boot(
        version: String, previous: Head, predecessor: Checkpoint? = nil, policy: ContentDigest,
        heartbeatMilliseconds: UInt64, at time: EntryTime
    ) -> LogRecord {
        var writer = header("boot", time)
        writer.raw(",\"version\":")
        writer.string(version)
        writer.raw(",\"previous\":{")
        write(previous, to: &writer)
        if let predecessor {
            writer.raw("},\"predecessor\":{\"origin\":")
            writer.string(predecessor.origin)
            writer.raw(",")
            write(Head(size: predecessor.size, root: predecessor.root), to: &writer)
        }
        writer.raw("},\"policy\":\"")
        writer.hexadecimal(policy.bytes)
        writer.raw("\",\"heartbeat\":")
        writer.decimal(heartbeatMilliseconds)
        writer.raw("}")
        return LogRecord(entry: writer.bytes)
    }

    /// A new epoch: its key, sealed to each auditor.
    ///
    /// - Returns: The record, and whether anybody will be able to read details.
    public static func epoch(
        _ key: EpochKey, auditors: [AuditorPublicKey], origin: String, at time: EntryTime
    ) throws(SealError) -> (record: LogRecord, isReadable: Bool) {
        var writer = header("epoch", time)
        writer.raw(",\"keyCommitment\":\"")
        key.commitment.bytes.withUnsafeBytes { writer.base64($0) }
        writer.raw("\",\"sealed\":[")
        var isFirst = true
        for auditor in auditors {
            let sealed = try SealedEpochKey(key, to: auditor, origin: origin)
            if !isFirst { writer.raw(",") }
            isFirst = false
            writer.raw("{\"auditor\":")
            writer.string(sealed.auditor.string)
            writer.raw(",\"encapsulated\":\"")
            sealed.encapsulatedKey.withUnsafeBytes { writer.base64($0) }
            writer.raw("\",\"ciphertext\":\"")
            sealed.ciphertext.withUnsafeBytes { writer.base64($0) }
            writer.raw("\"}")
        }
        writer.raw("]}")
        return (LogRecord(entry: writer.bytes), !auditors.isEmpty)
    }

    /// - Parameters:
    ///   - beat: Counts from 1 at each start.
    ///   - sessions: How many are open.
    public static func heartbeat(
        beat: UInt64, sessions: UInt64, intervalMilliseconds: UInt64, at time: EntryTime
    ) -> LogRecord {
        var writer = header("heartbeat", time)
        writer.raw(",\"beat\":")
        writer.decimal(beat)
        writer.raw(",\"sessions\":")
        writer.decimal(sessions)
        writer.raw(",\"interval\":")
        writer.decimal(intervalMilliseconds)
        writer.raw("}")
        return LogRecord(entry: writer.bytes)
    }

    /// What decides from here on.
    public static func policy(_ files: PolicyFiles, at time: EntryTime) -> LogRecord {
        var writer = header("policy", time)
        writer.raw(",\"policy\":\"")
        writer.hexadecimal(files.digest.bytes)
        writer.raw("\",\"files\":[")
        var isFirst = true
        for file in files.files {
            if !isFirst { writer.raw(",") }
            isFirst = false
            writer.raw("{\"role\":\"")
            writer.raw(Array(file.role.rawValue.utf8))
            writer.raw("\",\"name\":")
            writer.string(file.name)
            writer.raw(",\"sha256\":\"")
            writer.hexadecimal(file.sha256.bytes)
            writer.raw("\"}")
        }
        writer.raw("]}")
        return LogRecord(entry: writer.bytes)
    }

    /// A profile was compiled into a store's database.
    public static func profile(
        _ profile: ContentDigest, store: String, policy: ContentDigest, isWhollyClear: Bool, reach: [UInt8],
        at time: EntryTime
    ) -> LogRecord {
        var writer = header("profile", time)
        writer.raw(",\"profile\":\"")
        writer.hexadecimal(profile.bytes)
        writer.raw("\",\"store\":")
        writer.string(store)
        writer.raw(",\"policy\":\"")
        writer.hexadecimal(policy.bytes)
        writer.raw("\",\"whollyClear\":")
        writer.bool(isWhollyClear)
        writer.raw(",\"reach\":")
        writer.raw(RecordedReach.bounded(reach))
        writer.raw("}")
        return LogRecord(entry: writer.bytes)
    }

    /// A login that the gateway refused.
    ///
    /// - Parameters:
    ///   - principal: Nil if the name is nobody's in the directory, or who they are was not established.
    ///   - name: The name as claimed; goes into the detail only.
    public static func loginDenied(
        principal: Principal?, name: String, address: String, sqlstate: String, reason: String, epoch: Epoch,
        at time: EntryTime
    ) -> LogRecord {
        var writer = header("denied", time)
        writer.raw(",\"what\":\"login\",\"sqlstate\":")
        writer.sqlstate(sqlstate)
        if let principal {
            writer.raw(",\"located\":")
            writer.string(principal.location.code)
            writer.raw(",\"covered\":")
            writer.bool(principal.isCovered)
            writer.raw(",\"principal\":")
            writer.string(principal.kind.rawValue)
        } else {
            writer.raw(",\"located\":null,\"covered\":null,\"principal\":null")
        }
        var detail = detail(under: epoch)
        detail.member("principal", name)
        detail.member("address", address)
        detail.member("reason", reason)
        return detail.record(completing: &writer)
    }

    /// A login role's password was not what the gateway derives, and was set back.
    public static func passwordReset(store: String, role: String, epoch: Epoch, at time: EntryTime) -> LogRecord {
        var writer = header("password-reset", time)
        writer.raw(",\"store\":")
        writer.string(store)
        var detail = detail(under: epoch)
        detail.member("role", role)
        return detail.record(completing: &writer)
    }

    /// The last entry of a stop in good order; a start that follows none was preceded by a crash.
    public static func stopped(at time: EntryTime) -> LogRecord {
        var writer = header("close", time)
        writer.raw(",\"reason\":\"stop\"}")
        return LogRecord(entry: writer.bytes)
    }

    private static func write(_ head: Head, to writer: inout EntryWriter) {
        writer.raw("\"size\":")
        writer.decimal(head.size)
        writer.raw(",\"root\":\"")
        head.root.withUnsafeBytes { writer.base64($0) }
        writer.raw("\"")
    }

    static func header(_ kind: StaticString, _ time: EntryTime) -> EntryWriter {
        var writer = EntryWriter(capacity: 512)
        writer.raw("{\"v\":1,\"kind\":\"")
        writer.raw(kind)
        writer.raw("\",\"time\":\"")
        writer.time(time)
        writer.raw("\"")
        return writer
    }

    static func detail(under epoch: Epoch) -> DetailWriter {
        var salts = SaltSource()
        return DetailWriter(under: epoch, salt: salts.next(), capacity: 512)
    }
}
