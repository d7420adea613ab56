public import Ringfence
public import TransparencyLog

/// What a monitor keeps over restarts: the checkpoint up to which it verified and reported, and what was wrong then.
public struct FollowMemory: Sendable, Hashable {
    static let title = "ringfence/followed@v1"
    private static let bytesMax = (1 << 20) + 4096

    public internal(set) var checkpoint: SignedCheckpoint?
    /// Since when each alarm lasts.
    public internal(set) var alarms: [FollowAlarm: EntryTime]

    public init(checkpoint: SignedCheckpoint? = nil, alarms: [FollowAlarm: EntryTime] = [:]) {
        self.checkpoint = checkpoint
        self.alarms = alarms
    }

    /// - Throws: ``NoteError`` if this is no such file, or its checkpoint not signed by `log`.
    public init(parsing bytes: some Collection<UInt8>, log: any LogIdentity) throws(NoteError) {
        guard bytes.count <= Self.bytesMax else { throw .malformed("it is too long") }
        var rest = Array(bytes)[...]
        func line() throws(NoteError) -> ArraySlice<UInt8> {
            guard let end = rest.firstIndex(of: 0x0A) else { throw .malformed("it ends early") }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        guard try line().elementsEqual(Self.title.utf8) else { throw .malformed("not a \(Self.title) file") }
        var alarms: [FollowAlarm: EntryTime] = [:]
        while true {
            let words = try line().split(separator: 0x20, omittingEmptySubsequences: false)
            if words.count == 1, words[0].isEmpty { break }
            guard words.count == 3, words[0].elementsEqual("alarm".utf8),
                let alarm = FollowAlarm(rawValue: String(decoding: words[1], as: UTF8.self)), alarms[alarm] == nil,
                let since = EntryTime(parsing: words[2])
            else { throw .malformed("a line is no alarm") }
            alarms[alarm] = since
        }
        self.alarms = alarms
        checkpoint = rest.isEmpty ? nil : try SignedCheckpoint(parsing: Array(rest), log: log)
    }

    public var bytes: [UInt8] {
        let lines = FollowAlarm.allCases.compactMap { alarm in alarms[alarm].map { "alarm \(alarm.rawValue) \($0)\n" } }
        return Array("\(Self.title)\n\(lines.joined())\n".utf8) + (checkpoint?.note.bytes ?? [])
    }
}
