import Logging
import NIOCore
import Ringfence
import TransparencyLog

/// One client's connection, from its first byte to its last, with the connection to PostgreSQL that belongs to it.
///
/// Confined to the event loop that both connections share.
final class Session {
    enum Stage {
        case login(ClientLogin)
        /// The principal is known; the authority decides on what terms the session runs, or PostgreSQL is dialled.
        case opening
        case upstreamLogin(UpstreamLogin)
        case relaying
        case closed
    }

    let gateway: GatewayCore
    let lane: SessionLane
    let address: String
    var stage: Stage
    var client: SideHandler?
    var upstream: SideHandler?
    var relay: Relay?
    var terms: SessionTerms?
    var startup: StartupParameters?
    var cancelKeyLength = 4
    var registered: UInt32?
    var hasPlace = false
    var hasRetriedPassword = false
    var isDraining = false
    var upstreamKey: UpstreamCancelKey?
    var handshakeTimer: Scheduled<Void>?
    var lastActivity: UInt64
    private var seenDurable: AppendTicket?
    private var isWaiting = false
    private var isResuming = false
    private var spare = Relay.Output()
    /// What the client sent before its session was open.
    var early: [ByteBuffer] = []
    var log: Logger

    init(_ gateway: GatewayCore, lane: SessionLane, address: String, login: ClientLogin) {
        self.gateway = gateway
        self.lane = lane
        self.address = address
        stage = .login(login)
        lastActivity = SessionClock.now().nanoseconds
        log = gateway.log
    }

    var loop: any EventLoop { lane.loop }

    // MARK: - Events of the two connections

    func opened(_ side: SideHandler.Side) {
        guard side == .client else { return }
        lane.sessions[ObjectIdentifier(self)] = self
        let bound = NIOLoopBound(self, eventLoop: loop)
        handshakeTimer = loop.scheduleTask(in: gateway.options.limits.handshake) { bound.value.loginTimedOut() }
    }

    func received(_ bytes: ByteBuffer, from side: SideHandler.Side) {
        switch (stage, side) {
        case (.login, .client): loginReceived(bytes)
        case (.upstreamLogin, .upstream): upstreamLoginReceived(bytes)
        case (.relaying, .client):
            let now = SessionClock.now()
            lastActivity = now.nanoseconds
            relay?.clientSent(bytes, at: now)
        case (.relaying, .upstream):
            let now = SessionClock.now()
            lastActivity = now.nanoseconds
            relay?.upstreamSent(bytes, at: now)
            if relay?.isClientHeld == true { relay?.retryRequests(at: now) }
        case (.opening, .client), (.upstreamLogin, .client):
            // Reading is paused by now; what TLS had buffered already is kept for the relay.
            early.append(bytes)
        case (.login, .upstream), (.opening, .upstream), (.closed, _):
            break
        }
    }

    func burstEnded() {
        guard case .relaying = stage else { return }
        pump()
        resumeLater()
    }

    /// Others have their turn before this session's messages go on. A delay, not a task: the loop runs tasks, new ones
    /// too, before it looks at its sockets again.
    private func resumeLater() {
        guard relay?.isYielding == true else {
            relay?.turnBegan()
            return
        }
        guard !isResuming else { return }
        isResuming = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .milliseconds(1)) {
            let session = bound.value
            session.isResuming = false
            guard case .relaying = session.stage else { return }
            session.relay?.resumed(at: SessionClock.now())
            session.burstEnded()
        }
    }

    func writabilityChanged() {
        guard case .relaying = stage else { return }
        applyBackPressure()
    }

    func closed(_ side: SideHandler.Side) {
        switch (stage, side) {
        case (.relaying, .client):
            relay?.clientClosed()
            client = nil
            pump()
        case (.relaying, .upstream):
            relay?.upstreamClosed()
            upstream = nil
            pump()
        case (.upstreamLogin, .upstream):
            fail(.upstreamUnavailable)
        case (.login, .client), (.opening, .client), (.upstreamLogin, .client):
            close(nil)
        case (.login, .upstream), (.opening, .upstream), (.closed, _):
            break
        }
    }

    func failed(_ side: SideHandler.Side, _ error: any Error) {
        log.debug("a connection failed", metadata: ["side": "\(side)", "error": "\(error)"])
    }

    // MARK: - Moving bytes

    /// Writes what the relay gives out, one flush a side, and sees to what follows from it.
    func pump() {
        guard relay != nil else { return }
        repeat {
            seenDurable = lane.waker.durable
            if let seenDurable { relay?.entriesDurable(through: seenDurable) }
        } while relay?.isWaiting == true && !lane.waker.awaitMore(than: seenDurable)
        writeOutput()
        applyBackPressure()
        if relay?.isWaiting == true, !isWaiting {
            isWaiting = true
            lane.waiting.append(self)
        }
        if relay?.isDrained == true { return close(relay?.end?.notice) }
        if isDraining, relay?.isQuiet == true {
            relay?.finish(RelayEnd(reason: .drain, notice: .drained))
            close(.drained)
        }
    }

    private func writeOutput() {
        guard relay?.output.isEmpty == false else { return }
        // Swapped, not copied: a shared array would be allocated anew at the next burst.
        guard relay?.swapOutput(&spare) != nil else { return }
        if !spare.toUpstream.isEmpty {
            for bytes in spare.toUpstream { upstream?.write(bytes) }
            spare.toUpstream.removeAll(keepingCapacity: true)
            upstream?.flush()
        }
        if !spare.toClient.isEmpty {
            for bytes in spare.toClient { client?.write(bytes) }
            spare.toClient.removeAll(keepingCapacity: true)
            client?.flush()
        }
    }

    private func applyBackPressure() {
        client?.setPaused(relay?.pausesClient == true || upstream?.isWritable == false)
        upstream?.setPaused(relay?.pausesUpstream == true || client?.isWritable == false)
    }

    /// More entries are durable, or the ledger failed.
    ///
    /// - Parameter isDelayed: It is not known when those that are waited for will be: who waits is told so, by the
    ///   session's end, for what runs in the database is under way or done and its answer cannot be taken back.
    func ledgerMoved(isDelayed: Bool = false) {
        isWaiting = false
        guard case .relaying = stage else { return }
        if lane.waker.failed != nil { relay?.ledgerFailed() }
        pump()
        guard isDelayed, relay?.isWaiting == true else { return }
        end(RelayEnd(reason: .ledger, notice: .ledgerUnreachable))
    }
}
