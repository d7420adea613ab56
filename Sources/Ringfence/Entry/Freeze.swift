public import TransparencyLog

/// The log takes no more entries.
public struct Freeze: Sendable, Hashable {
    /// The public key of the log that goes on, in its text form; its name is that log's origin. Nil if none does.
    public let successor: ExactText?

    init(_ members: inout EntryMembers) throws(EntryError) {
        successor = try members.nullable("successor") { members throws(EntryError) in
            let text = try members.string("successor")
            guard (try? VerifierKey(parsing: text.string)) != nil else {
                throw members.invalid("successor", "a log's public key")
            }
            return text
        }
    }
}

extension GatewayEntries {
    /// The last entry of a log.
    public static func freeze(successor: VerifierKey?, at time: EntryTime) -> LogRecord {
        var writer = header("freeze", time)
        writer.raw(",\"successor\":")
        if let successor { writer.string("\(successor)") } else { writer.raw("null") }
        writer.raw("}")
        return LogRecord(entry: writer.bytes, usesReserve: true)
    }
}
