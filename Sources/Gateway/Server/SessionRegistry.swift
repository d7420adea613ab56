import NIOCore
import Synchronization

/// The live sessions of a gateway, for cancel requests, the control socket and draining. Used from any thread.
final class SessionRegistry: Sendable {
    /// What others may ask of a session; each hops to its event loop.
    struct Reach: Sendable {
        /// Cancels what runs; completes when PostgreSQL has taken notice.
        var cancel: @Sendable () -> EventLoopFuture<Void>
        var kill: @Sendable () -> Void
        var drain: @Sendable () -> Void
        var end: @Sendable () -> Void
    }

    private struct Entry {
        var secret: [UInt8]
        var card: LiveSession
        var reach: Reach
    }

    private struct State {
        var entries: [UInt32: Entry] = [:]
        var reserved = 0
    }

    private let state = Mutex(State())
    let sessionsMax: Int

    init(sessionsMax: Int) { self.sessionsMax = sessionsMax }

    /// Takes one of the session's places; false when there is none. ``release()`` gives it back.
    func reserve() -> Bool {
        state.withLock { state in
            guard state.reserved < sessionsMax else { return false }
            state.reserved += 1
            return true
        }
    }

    func release() { state.withLock { $0.reserved -= 1 } }

    var reserved: Int { state.withLock { $0.reserved } }

    /// Enters a session under a process id of its own, which the client gets in BackendKeyData.
    func enter(secret: [UInt8], _ card: (UInt32) -> LiveSession, reach: Reach) -> UInt32 {
        state.withLock { state in
            var id = UInt32.random(in: 1...UInt32(Int32.max))
            while state.entries[id] != nil { id = UInt32.random(in: 1...UInt32(Int32.max)) }
            state.entries[id] = Entry(secret: secret, card: card(id), reach: reach)
            return id
        }
    }

    func leave(_ id: UInt32) { state.withLock { _ = $0.entries.removeValue(forKey: id) } }

    /// The session a CancelRequest means. A wrong secret is compared to the end, and looks like a wrong process id.
    func session(id: UInt32, secret: [UInt8]) -> Reach? {
        let entry = state.withLock { $0.entries[id] }
        let expected = entry?.secret ?? [UInt8](repeating: 0, count: secret.count)
        let isSame = Self.isEqual(expected, secret)
        return isSame ? entry?.reach : nil
    }

    func session(id: UInt32) -> Reach? { state.withLock { $0.entries[id]?.reach } }

    var live: [LiveSession] { state.withLock { $0.entries.values.map(\.card) }.sorted { $0.id < $1.id } }

    var all: [Reach] { state.withLock { $0.entries.values.map(\.reach) } }

    /// In a time that depends on the lengths only.
    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// A live session, as the control socket lists it.
public struct LiveSession: Codable, Sendable, Hashable {
    /// As in BackendKeyData, so that clients can tell their own.
    public var id: UInt32
    /// What the ledger calls it.
    public var pseudonym: String
    public var principal: String
    public var role: String
    public var profile: String
    public var address: String
    public var application: String
    /// In seconds since 1970.
    public var since: Int64
}
