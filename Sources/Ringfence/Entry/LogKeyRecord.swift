public import TransparencyLog

/// Which keys sign checkpoints from here on: one, or two of them while the log's key is rotated.
public struct LogKeyRecord: Sendable, Hashable {
    static let keysMax = 16

    /// All of the log's name.
    public let keys: LogKeys

    init(_ members: inout EntryMembers) throws(EntryError) {
        var keys: [VerifierKey] = []
        for element in try members.array("keys") {
            guard case .string(let text) = element, let key = try? VerifierKey(parsing: text.string),
                !keys.contains(key)
            else { throw members.invalid("keys", "a log's public keys, each once") }
            keys.append(key)
        }
        guard keys.count <= Self.keysMax, let all = try? LogKeys(keys) else {
            throw members.invalid("keys", "1 to \(Self.keysMax) keys of one log")
        }
        self.keys = all
    }
}

extension GatewayEntries {
    /// What signs checkpoints from here on.
    public static func key(_ keys: LogKeys, at time: EntryTime) -> LogRecord {
        var writer = header("key", time)
        writer.raw(",\"keys\":[")
        for (position, key) in keys.keys.enumerated() {
            if position > 0 { writer.raw(",") }
            writer.string("\(key)")
        }
        writer.raw("]}")
        return LogRecord(entry: writer.bytes)
    }
}
