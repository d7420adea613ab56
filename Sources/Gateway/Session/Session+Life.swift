import PostgresWire
import Logging
import NIOCore
import Ringfence
import TransparencyLog

/// How a session is limited, listed, cancelled and ended.
extension Session {
    /// Enters the registry under a cancel key of the gateway's own.
    ///
    /// - Returns: Process id and secret for BackendKeyData.
    func register(_ terms: SessionTerms) -> (id: UInt32, secret: [UInt8]) {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<cancelKeyLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        let loop = loop
        let reach = SessionRegistry.Reach(
            cancel: { loop.flatSubmit { bound.value.cancelRequested() } },
            kill: { loop.execute { bound.value.end(RelayEnd(reason: .killed, notice: .killed)) } },
            drain: { loop.execute { bound.value.drain() } },
            end: { loop.execute { bound.value.end(RelayEnd(reason: .drain, notice: .drained)) } })
        let id = gateway.registry.enter(
            secret: secret,
            { id in
                LiveSession(
                    id: id, pseudonym: terms.entries.pseudonym.description, principal: terms.principal.name,
                    role: terms.upstreamRole, profile: terms.profile, address: address,
                    application: startup?.applicationName ?? "",
                    since: SessionClock.now().time.millisecondsSince1970 / 1000)
            }, reach: reach)
        registered = id
        return (id, secret)
    }

    /// A CancelRequest with this session's key. It is bound to the statement that runs: what PostgreSQL has finished
    /// cannot be cancelled any more, and nothing new starts before PostgreSQL has taken notice.
    func cancelRequested() -> EventLoopFuture<Void> {
        guard case .relaying = stage, let key = upstreamKey, relay?.tracker.running != nil else {
            return loop.makeSucceededVoidFuture()
        }
        relay?.cancelsInFlight += 1
        let bound = NIOLoopBound(self, eventLoop: loop)
        return sendCancel(key).always { _ in bound.value.cancelDelivered() }
    }

    private func cancelDelivered() {
        relay?.cancelsInFlight -= 1
        guard case .relaying = stage else { return }
        relay?.retryRequests(at: SessionClock.now())
        pump()
    }

    /// Completes, also without success, when PostgreSQL has closed the cancel connection.
    private func sendCancel(_ key: UpstreamCancelKey) -> EventLoopFuture<Void> {
        let timeout = TimeAmount.seconds(5)
        let done = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: timeout) { done.succeed() }
        gateway.dialer.dial(on: loop, timeout: timeout).whenComplete { result in
            switch result {
            case .success(let channel):
                channel.closeFuture.whenComplete { _ in done.succeed() }
                done.futureResult.whenComplete { _ in
                    timer.cancel()
                    channel.close(promise: nil)
                }
                channel.writeAndFlush(key.request, promise: nil)
            case .failure:
                timer.cancel()
                done.succeed()
            }
        }
        return done.futureResult
    }

    /// Ends when nothing runs; at once when nothing does.
    func drain() {
        isDraining = true
        guard case .relaying = stage else { return fail(.drained) }
        pump()
    }

    /// Ends now: what is held is not released.
    func end(_ end: RelayEnd) {
        guard case .relaying = stage else { return fail(end.notice ?? .killed) }
        relay?.finish(end)
        pump()
    }

    func tick(_ now: Moment) {
        guard case .relaying = stage else { return }
        recordOutcomes()
        if let end = exceededLimit(now) { self.end(end) }
    }

    private func recordOutcomes() {
        guard relay?.hasUnrecorded == true else { return }
        do throws(LogError) {
            try relay?.recordOutcomes()
        } catch {
            log.warning("outcomes could not be recorded", metadata: ["error": "\(error)"])
            if !error.isRetryable { end(RelayEnd(reason: .ledger, notice: .ledgerFailed)) }
        }
    }

    private func exceededLimit(_ now: Moment) -> RelayEnd? {
        let limits = gateway.options.limits
        func isPast(_ limit: TimeAmount?, since start: UInt64) -> Bool {
            guard let limit, now.nanoseconds > start else { return false }
            return now.nanoseconds - start > UInt64(clamping: limit.nanoseconds)
        }
        if let began = relay?.tracker.busySince {
            return isPast(limits.statement, since: began) ? RelayEnd(reason: .limit, notice: .statementLimit) : nil
        }
        switch relay?.tracker.status {
        case .idle:
            return isPast(limits.idle, since: lastActivity) ? RelayEnd(reason: .limit, notice: .idleLimit) : nil
        case .inTransaction, .failed:
            return isPast(limits.idleInTransaction, since: lastActivity)
                ? RelayEnd(reason: .limit, notice: .idleInTransactionLimit) : nil
        case nil:
            return nil
        }
    }

    func loginTimedOut() {
        switch stage {
        case .login: close(nil)
        case .opening, .upstreamLogin: fail(.loginTimedOut)
        case .relaying, .closed: break
        }
    }

    /// A login that came to nothing.
    func fail(_ error: SessionError) {
        close(error)
    }

    /// Says why, closes both connections and leaves every list. Calling it again does nothing.
    func close(_ notice: SessionError?) {
        if case .closed = stage { return }
        let wasRelaying = relay != nil
        if relay?.tracker.isIdle == true { upstream?.write(.terminate) }
        if let notice, relay?.isClientMidMessage != true {
            client?.write(notice.message(severity: "FATAL"))
        }
        stage = .closed
        handshakeTimer?.cancel()
        if wasRelaying { closeRelay() }
        client?.setPaused(false)
        client?.close()
        upstream?.close()
        client = nil
        upstream = nil
        if let registered { gateway.registry.leave(registered) }
        if hasPlace { gateway.registry.release() }
        lane.sessions[ObjectIdentifier(self)] = nil
    }

    private func closeRelay() {
        // PostgreSQL would run a statement to its end before it noticed that nobody waits.
        if relay?.tracker.running != nil, let key = upstreamKey { _ = sendCancel(key) }
        do {
            try relay?.close(at: SessionClock.now())
        } catch {
            log.warning("the end of a session could not be recorded", metadata: ["error": "\(error)"])
        }
        relay = nil
    }
}

extension SessionError {
    static let killed = SessionError(
        sqlState: "57P01", message: "terminating connection due to administrator command")
    static let drained = SessionError(
        sqlState: "57P01", message: "terminating connection because the gateway shuts down",
        hint: "Connect again in a moment.")
    static let statementLimit = SessionError(
        sqlState: "57014", message: "canceling statement due to the gateway's statement limit",
        detail: "The session ends with it.")
    static let idleLimit = SessionError(
        sqlState: "57P05", message: "terminating connection due to the gateway's idle limit")
    static let idleInTransactionLimit = SessionError(
        sqlState: "25P03", message: "terminating connection due to the gateway's idle-in-transaction limit")
    static let loginTimedOut = SessionError(
        sqlState: "08006", message: "the database did not let the session in within the gateway's time limit",
        hint: "Connect again later.")
    static let upstreamUnavailable = SessionError(
        sqlState: "08006", message: "the database is not reachable",
        hint: "The gateway itself is up. Connect again later.")
    static let tooManySessions = SessionError(
        sqlState: "53300", message: "sorry, too many clients already", detail: "The gateway's sessions are all in use.",
        hint: "Close sessions that are not used, or connect again later.")
}
