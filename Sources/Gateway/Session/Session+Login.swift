import PostgresWire
import Logging
import NIOCore
import NIOSSL
import Ringfence
import TransparencyLog

/// How a session comes to be: the client proves who it is, the authority decides, PostgreSQL lets the role in.
extension Session {
    func loginReceived(_ bytes: ByteBuffer) {
        guard case .login(var login) = stage else { return }
        login.received(bytes)
        advance(&login)
    }

    func handshakeCompleted(_ side: SideHandler.Side, negotiated: String?) {
        guard side == .client, case .login(var login) = stage else { return }
        // Whoever begins with TLS must say what it is for, or another protocol's client could be led here.
        if login.isDirect, negotiated != ClientTLSMaterial.protocolName { return close(nil) }
        login.handshakeCompleted()
        stage = .login(login)
    }

    private func advance(_ login: inout ClientLogin) {
        var action = login.next()
        while true {
            switch action {
            case .wait:
                stage = .login(login)
                client?.flush()
                return
            case .send(let bytes):
                client?.write(bytes)
            case .startTLS(let answer):
                client?.write(answer)
                client?.flush()
                stage = .login(login)
                return startTLS(nil)
            case .startDirectTLS(let bytes):
                stage = .login(login)
                return startTLS(bytes)
            case .cancel(let id, let secret):
                return cancel(id: id, secret: secret)
            case .identify(let user):
                guard takePlace() else { return fail(.tooManySessions) }
                cancelKeyLength = login.cancelKeyLength
                do throws(SessionError) {
                    startup = try StartupParameters(login.parameters)
                } catch {
                    return fail(error)
                }
                action = login.authenticate(by: proof(of: user))
                continue
            case .accept(let bytes, let method):
                client?.write(bytes)
                client?.flush()
                let rest = login.takeRest()
                if rest.readableBytes > 0 { early.append(rest) }
                return open(method)
            case .refuse(let error):
                if let startup, error.sqlState == "28P01" || error.sqlState == "28000" {
                    gateway.authority.loginRefused(
                        RefusedLogin(
                            user: startup.user, sourceAddress: address, sqlState: error.sqlState,
                            certificateSubjects: certificateSubjects()))
                }
                return fail(error)
            case .close:
                return close(nil)
            }
            action = login.next()
        }
    }

    private func startTLS(_ first: ByteBuffer?) {
        guard let material = gateway.tls, let context = client?.context else { return close(nil) }
        do {
            let handler = NIOSSLServerHandler(context: material.context)
            try context.pipeline.syncOperations.addHandler(handler, position: .first)
            guard let first else { return }
            context.pipeline.syncOperations.fireChannelRead(NIOAny(first))
        } catch {
            close(nil)
        }
    }

    private func takePlace() -> Bool {
        guard !hasPlace else { return true }
        hasPlace = gateway.registry.reserve()
        return hasPlace
    }

    private func proof(of user: String) -> ClientLogin.Proof {
        let subjects = certificateSubjects()
        guard !subjects.isEmpty else { return .scram(verifier: gateway.authority.scramVerifier(of: user)) }
        return gateway.authority.mayConnect(certificateSubjects: subjects, as: user) ? .certificate : .otherCertificate
    }

    private func certificateSubjects() -> [String] {
        guard let context = client?.context,
            let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
            let certificate = tls.peerCertificate
        else { return [] }
        return ClientTLSMaterial.subject(of: certificate).map { [$0] } ?? []
    }

    /// Answers nothing; the client's waiting ends with the connection (facts of the protocol, "CancelRequest").
    private func cancel(id: UInt32, secret: [UInt8]) {
        stage = .opening
        guard let reach = gateway.registry.session(id: id, secret: secret) else { return close(nil) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        reach.cancel().hop(to: loop).whenComplete { _ in bound.value.close(nil) }
    }

    private func open(_ method: SessionRequest.Method) {
        guard let startup else { return close(nil) }
        stage = .opening
        client?.setPaused(true)
        let request = SessionRequest(
            user: startup.user, method: method, database: startup.database, sourceAddress: address,
            applicationName: startup.applicationName)
        let authority = gateway.authority
        awaitTerms { try await authority.open(request) }
    }

    private func awaitTerms(_ terms: @escaping @Sendable () async throws -> SessionTerms) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.makeFutureWithTask(terms).whenComplete { result in
            let session = bound.value
            guard case .opening = session.stage else { return }
            switch result {
            case .success(let terms): session.dial(terms)
            case .failure(let refusal as SessionRefusal):
                session.fail(
                    SessionError(
                        sqlState: refusal.sqlState, message: refusal.message, detail: refusal.detail,
                        hint: refusal.hint))
            case .failure(let error):
                session.log.error("a session could not be opened", metadata: ["error": "\(error)"])
                session.fail(.upstreamUnavailable)
            }
        }
    }

    private func dial(_ terms: SessionTerms) {
        self.terms = terms
        log[metadataKey: "session"] = "\(terms.entries.pseudonym)"
        let bound = NIOLoopBound(self, eventLoop: loop)
        gateway.dialer.dial(on: loop, timeout: gateway.options.limits.handshake).whenComplete { result in
            let session = bound.value
            switch result {
            case .success(let channel):
                guard case .opening = session.stage else { return channel.close(promise: nil) }
                session.logIn(channel, terms)
            case .failure(let error):
                guard case .opening = session.stage else { return }
                session.log.warning("the database is not reachable", metadata: ["error": "\(error)"])
                session.fail(.upstreamUnavailable)
            }
        }
    }

    private func logIn(_ channel: any Channel, _ terms: SessionTerms) {
        guard let startup else { return close(nil) }
        let handler = SideHandler(.upstream, of: self)
        do {
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            channel.close(promise: nil)
            return fail(.upstreamUnavailable)
        }
        upstream = handler
        stage = .upstreamLogin(UpstreamLogin(password: terms.upstreamPassword))
        handler.write(UpstreamLogin.startupMessage(startup.upstream(terms)))
        handler.flush()
    }

    func upstreamLoginReceived(_ bytes: ByteBuffer) {
        guard case .upstreamLogin(var login) = stage else { return }
        login.received(bytes)
        while true {
            switch login.next() {
            case .wait:
                stage = .upstreamLogin(login)
                upstream?.flush()
                return
            case .send(let bytes):
                upstream?.write(bytes)
            case .ready:
                return begin(login)
            case .refuse(let failure):
                return refused(failure)
            }
        }
    }

    private func refused(_ failure: UpstreamLogin.Failure) {
        log.warning("the database refused a login", metadata: ["failure": "\(failure)"])
        guard case .error(let sqlState, let message) = failure else { return fail(.upstreamUnavailable) }
        if sqlState == "28P01", !hasRetriedPassword, let terms {
            hasRetriedPassword = true
            stage = .opening
            upstream?.close()
            upstream = nil
            let authority = gateway.authority
            return awaitTerms { try await authority.upstreamPasswordRefused(terms) }
        }
        switch sqlState {
        case "53300", "57P01", "57P02", "57P03", "3D000", "22023", "42704":
            fail(SessionError(sqlState: sqlState, message: message))
        default:
            fail(
                SessionError(
                    sqlState: "08006", message: "the database did not let the session in",
                    detail: "Its error is \(sqlState).", hint: "Ask the operator of the gateway."))
        }
    }

    /// Both logins are through: record the session, tell the client, and relay from here on.
    private func begin(_ login: UpstreamLogin) {
        guard var terms else { return close(nil) }
        var login = login
        let now = SessionClock.now()
        let opened: AppendTicket
        do throws(LogError) {
            opened = try gateway.ledger.append(terms.entries.opened(at: now.time))
        } catch {
            // What passes by itself was told once by whoever noticed it; clients try again and again.
            log.log(
                level: error.isRetryable ? .warning : .error, "a session could not be recorded",
                metadata: ["error": "\(error)"])
            return fail(error.isRetryable ? .notRecorded(error) : .ledgerFailed)
        }
        var limits = Relay.Limits()
        limits.heldBytesMax = gateway.options.limits.heldBytesMax
        relay = Relay(
            terms, entries: terms.entries, opened: opened, ledger: gateway.ledger, limits: limits,
            entryTime: SessionClock.time)
        upstreamKey = login.key
        let key = register(terms)
        stage = .relaying
        handshakeTimer?.cancel()
        relay?.begin(login, id: key.id, secret: key.secret)
        lastActivity = now.nanoseconds
        let rest = login.takeRest()
        if rest.readableBytes > 0 { relay?.upstreamSent(rest, at: now) }
        for bytes in early { relay?.clientSent(bytes, at: now) }
        early = []
        log.debug("session opened", metadata: ["profile": "\(terms.profile)"])
        pump()
    }
}

extension Relay {
    /// Tells the client what PostgreSQL's login told us, with a cancel key of ours.
    mutating func begin(_ login: UpstreamLogin, id: UInt32, secret: [UInt8]) {
        tracker.start(login.status)
        var greeting = ByteBuffer()
        for status in login.settings {
            readSetting(status)
            let restored = restorer.restore(status.value)
            greeting.writeImmutableBuffer(ParameterStatusText(name: status.name, value: restored).message)
        }
        greeting.writeImmutableBuffer(
            .message("K") {
                $0.writeInteger(id)
                $0.writeBytes(secret)
            })
        greeting.writeImmutableBuffer(.message("Z") { $0.writeInteger(login.status.rawValue) })
        release(greeting)
    }
}
