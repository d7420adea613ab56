import ArgumentParser
import Crypto
import Enclosure
import Gateway
import Logging
import NIOCore
import NIOPosix
import Ringfence
import TransparencyLog

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway until SIGTERM or SIGINT, which let running statements finish.")

    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "How many seconds running statements have to finish at the end.") var drainSeconds = 30

    func run() async throws {
        try await reportingFailure {
            let inputs = try configuration.load()
            LoggingSystem.bootstrap(StreamLogHandler.standardError)
            let log = Logger(label: "ringfence")
            let settings = inputs.configuration
            let enclosure = try settings.enclosure()
            let compiler = try ProfileCompiler(inputs, live: try enclosure.readLiveSchema(inputs.schemas))
            let problems = inputs.checkAll(live: compiler.live).filter { $0.severity == .error }
            guard problems.isEmpty else {
                throw Failure(
                    kind: .found,
                    message: "the configuration cannot be used:\n" + problems.map(\.description).joined(separator: "\n")
                )
            }
            let key = try settings.ledger.signingKey()
            let witnesses = try GatewayWitnesses(settings.ledger, log: log)
            try await witnesses?.ask(beforeWritingWith: key)
            let ledger = try GatewayLedger(
                key: key, gateway: settings.ledger.shared?.gateway,
                auditors: settings.ledger.auditorKeyFiles.map { try AuditorPublicKey(parsing: KeyFile.read($0)) },
                policy: inputs.policyFiles, version: RingfenceCommand.configuration.version,
                retention: settings.ledger.retention,
                predecessor: settings.ledger.predecessor.map {
                    (LogDirectory($0.directory), try LogKeys([KeyFile.verifierKey($0.keyFile)]))
                },
                open: { try settings.ledger.store(key: key, awaitsCosignatures: witnesses != nil, sealer: $0) })
            let threads = NIOThreadPool(numberOfThreads: 2)
            threads.start()
            let authority = GatewayAuthority(
                inputs, compiler: compiler, enclosure: enclosure, ledger: ledger, threads: threads, log: log)
            let stop = StopSignal()
            let server: GatewayServer
            let control: ControlSocket
            do {
                server = try await GatewayServer.start(
                    settings.gatewayOptions(mockSecret: try settings.secret()), authority: authority,
                    ledger: WitnessedLedger(ledger.writer, freshness: witnesses?.freshness), log: log)
                control = try await listen(at: settings.gateway.controlSocket, for: server, ledger, stop)
            } catch {
                // The ledger would else tell of a crash.
                try await ledger.close(witnesses)
                throw error
            }
            log.info("ready", metadata: ["address": "\(server.address)", "ledger": "\(ledger.writer.directory.path)"])
            if let writer = ledger.writer as? LogWriter { witnesses?.begin(writer) }
            let heart = Task { await beat(ledger, server, log) }
            let retention = Task { await retainDaily(ledger, threads, log) }
            await stop.wait()
            log.info("draining")
            try await server.drain(within: .seconds(Int64(drainSeconds)))
            heart.cancel()
            retention.cancel()
            try await control.close()
            try await ledger.close(witnesses)
            try await threads.shutdownGracefully()
            log.info("stopped")
        }
    }

    private func listen(
        at path: String, for server: GatewayServer, _ ledger: GatewayLedger, _ stop: StopSignal
    ) async throws -> ControlSocket {
        do {
            return try await ControlSocket.listen(at: path, for: server, ledger: ledger) { stop.request() }
        } catch {
            throw Failure(
                message: "cannot make the control socket \(path): \(error)",
                remedy: "gateway.controlSocket names a file in a folder that the gateway's user may write to.")
        }
    }

    /// At the start and then daily: what is too old goes.
    private func retainDaily(_ ledger: GatewayLedger, _ threads: NIOThreadPool, _ log: Logger) async {
        guard ledger.retention != RetentionRule() else { return }
        while !Task.isCancelled {
            do {
                let result = try await threads.runIfActive { try ledger.retainByAge() }
                if let entry = result.details { log.info("old details were erased", metadata: ["entry": "\(entry)"]) }
                if let entry = result.entries { log.info("old entries were pruned", metadata: ["entry": "\(entry)"]) }
            } catch {
                log.error("what is too old could not be removed", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(24 * 3600))
        }
    }

    private func beat(_ ledger: GatewayLedger, _ server: GatewayServer, _ log: Logger) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(GatewayLedger.heartbeatMilliseconds))
            guard !Task.isCancelled else { return }
            do {
                try ledger.heartbeat(sessions: server.sessions.count)
            } catch {
                log.error("the ledger takes no entries", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension Configuration {
    fileprivate func gatewayOptions(mockSecret: SymmetricKey) -> GatewayOptions {
        let upstream: GatewayOptions.Upstream.TLS =
            switch store.tls {
            case .disable: .disable
            case .prefer: .prefer
            case .require: .require
            case .verify: .verify(authoritiesFile: store.tlsAuthorities)
            }
        let limits = gateway.limits
        return GatewayOptions(
            host: gateway.listen.host, port: gateway.listen.port,
            tls: gateway.clientTLS,
            upstream: GatewayOptions.Upstream(host: store.host, port: store.port, tls: upstream),
            limits: GatewayOptions.Limits(
                handshake: TimeAmount(limits.handshake), statement: limits.statement.map { TimeAmount($0) },
                idle: limits.idle.map { TimeAmount($0) },
                idleInTransaction: limits.idleInTransaction.map { TimeAmount($0) },
                sessions: limits.sessions, sessionsPerPrincipal: limits.sessionsPerPrincipal,
                loginsPerAddress: limits.loginsPerAddress, heldBytesMax: limits.heldBytes),
            loops: gateway.loops ?? 2, mockSecret: mockSecret.withUnsafeBytes { Array($0) })
    }
}
