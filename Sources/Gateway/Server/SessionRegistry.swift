import NIOCore
import Ringfence
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

    /// A principal's place among the sessions, from the proof who they are until the session is entered.
    struct Place: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct TakenPlace {
        var principal: ExactText
        /// Of the session that was opened on it.
        var pseudonym: String?
    }

    private struct State {
        var entries: [UInt32: Entry] = [:]
        var places: [UInt64: TakenPlace] = [:]
        var placesTaken: UInt64 = 0
        /// Places and entries.
        var byPrincipal: [ExactText: Int] = [:]
        var reserved = 0

        func isFull(_ max: Int) -> Bool { entries.count + places.count >= max }

        mutating func count(_ principal: ExactText, by change: Int) {
            let count = byPrincipal[principal, default: 0] + change
            byPrincipal[principal] = count > 0 ? count : nil
        }
    }

    private let state = Mutex(State())
    let sessionsMax: Int
    let perPrincipalMax: Int

    init(sessionsMax: Int, perPrincipalMax: Int) {
        self.sessionsMax = sessionsMax
        self.perPrincipalMax = perPrincipalMax
    }

    /// Notes that a login is under way, which a drain waits for; false when the sessions' places are all taken. A login
    /// takes none of them: strangers could keep them from others. ``release()`` notes its end, or its session's.
    func reserve() -> Bool {
        state.withLock { state in
            guard !state.isFull(sessionsMax) else { return false }
            state.reserved += 1
            return true
        }
    }

    /// Takes a place for a principal who has proved who they are; ``giveBack(_:)`` or ``enter(secret:_:reach:)`` ends it.
    func take(for principal: ExactText) throws(SessionRefusal) -> Place {
        let taken = state.withLock { state -> Result<Place, SessionRefusal> in
            guard !state.isFull(sessionsMax) else { return .failure(SessionRefusal(.tooManySessions)) }
            guard state.byPrincipal[principal, default: 0] < perPrincipalMax else {
                return .failure(.tooManySessions(of: principal, max: perPrincipalMax))
            }
            state.placesTaken += 1
            state.places[state.placesTaken] = TakenPlace(principal: principal)
            state.count(principal, by: 1)
            return .success(Place(number: state.placesTaken))
        }
        return try taken.get()
    }

    /// Says which session was opened on a place, if it was not given back meanwhile.
    func name(_ place: Place, _ pseudonym: String) {
        state.withLock { $0.places[place.number]?.pseudonym = pseudonym }
    }

    /// Does nothing where the session was entered, or it was given back before.
    func giveBack(_ place: Place) {
        state.withLock { state in
            guard let taken = state.places.removeValue(forKey: place.number) else { return }
            state.count(taken.principal, by: -1)
        }
    }

    func release() { state.withLock { $0.reserved -= 1 } }

    var reserved: Int { state.withLock { $0.reserved } }

    /// Enters a session under a process id of its own, which the client gets in BackendKeyData.
    func enter(secret: [UInt8], _ card: (UInt32) -> LiveSession, reach: Reach) -> UInt32 {
        state.withLock { state in
            var id = UInt32.random(in: 1...UInt32(Int32.max))
            while state.entries[id] != nil { id = UInt32.random(in: 1...UInt32(Int32.max)) }
            let card = card(id)
            state.entries[id] = Entry(secret: secret, card: card, reach: reach)
            state.count(ExactText(card.principal), by: 1)
            if let place = state.places.first(where: { $0.value.pseudonym == card.pseudonym }) {
                state.places[place.key] = nil
                state.count(place.value.principal, by: -1)
            }
            return id
        }
    }

    func leave(_ id: UInt32) {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: id) else { return }
            state.count(ExactText(entry.card.principal), by: -1)
        }
    }

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
