import Ringfence
import Synchronization

/// The authority as one connection asks it: whoever has proved who they are is no stranger any more, and gets a session
/// only where there is a place left for them.
///
/// Places are taken after the proof: else anybody could take those of somebody else by naming them.
final class ConnectionAuthority: SessionAuthority {
    private struct State {
        var isStranger = true
        var isClosed = false
        var place: SessionRegistry.Place?
    }

    private let authority: any SessionAuthority
    private let registry: SessionRegistry
    private let logins: LoginPlaces
    private let address: SourceAddress
    private let state = Mutex(State())

    /// For a connection that has one of the places in `logins`.
    init(_ authority: any SessionAuthority, registry: SessionRegistry, logins: LoginPlaces, address: SourceAddress) {
        self.authority = authority
        self.registry = registry
        self.logins = logins
        self.address = address
    }

    func open(_ request: SessionRequest) async throws(SessionRefusal) -> SessionTerms {
        leaveLogins()
        let place = try take(for: ExactText(request.user))
        do throws(SessionRefusal) {
            let terms = try await authority.open(request)
            registry.name(place, terms.entries.pseudonym.description)
            return terms
        } catch {
            registry.giveBack(place)
            throw error
        }
    }

    /// The connection is no more. A session that still runs keeps its place until it leaves the registry.
    func connectionClosed() {
        leaveLogins()
        let place = state.withLock { state in
            state.isClosed = true
            return state.place
        }
        if let place { registry.giveBack(place) }
    }

    private func take(for principal: ExactText) throws(SessionRefusal) -> SessionRegistry.Place {
        let taken = state.withLock { state -> Result<SessionRegistry.Place, SessionRefusal> in
            // A place that nobody would give back.
            guard !state.isClosed else { return .failure(SessionRefusal(.upstreamUnavailable)) }
            do throws(SessionRefusal) {
                let place = try registry.take(for: principal)
                state.place = place
                return .success(place)
            } catch {
                return .failure(error)
            }
        }
        return try taken.get()
    }

    private func leaveLogins() {
        let wasStranger = state.withLock { state in
            defer { state.isStranger = false }
            return state.isStranger
        }
        if wasStranger { logins.leave(from: address) }
    }

    func mayConnect(certificateSubjects subjects: [String], as user: String) -> Bool {
        authority.mayConnect(certificateSubjects: subjects, as: user)
    }

    func scramVerifier(of user: String) -> String? { authority.scramVerifier(of: user) }

    func upstreamPasswordRefused(_ terms: SessionTerms) async throws(SessionRefusal) -> SessionTerms {
        try await authority.upstreamPasswordRefused(terms)
    }

    func loginRefused(_ attempt: RefusedLogin) { authority.loginRefused(attempt) }
}

extension SessionRefusal {
    init(_ error: SessionError) {
        self.init(sqlState: error.sqlState, message: error.message, detail: error.detail, hint: error.hint)
    }

    static func tooManySessions(of principal: ExactText, max: Int) -> SessionRefusal {
        SessionRefusal(
            sqlState: "53300", message: "too many sessions of \"\(principal)\"",
            detail: "One person or service may have \(counted(max, "session")) at once.",
            hint: "Close sessions that are not used, or share them by a pool; the operator sets "
                + "limits.sessionsPerPrincipal.")
    }
}
