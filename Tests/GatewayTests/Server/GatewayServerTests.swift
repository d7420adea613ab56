import Foundation
import Logging
import NIOCore
import Ringfence
import Synchronization
import Testing
import TransparencyLog

@testable import Gateway

/// The whole gateway in this process, between plain sockets and a PostgreSQL that is not one.
struct GatewayServerTests {
    /// A ledger that makes everything durable at once, unless told to wait.
    final class ImmediateLedger: LedgerAppending {
        let inner = FakeLedger()
        private let waits = Mutex(false)

        func append(_ record: LogRecord) throws(LogError) -> AppendTicket {
            let index = try inner.append(record)
            if !waits.withLock({ $0 }) { report() }
            return index
        }

        func commit() { inner.commit() }
        func addObserver(_ observer: any DurabilityObserver) { inner.addObserver(observer) }
        func wait(_ waits: Bool) { self.waits.withLock { $0 = waits } }
        func report() { for observer in inner.observers { observer.entriesDurable(through: inner.last) } }
        func fail() { for observer in inner.observers { observer.logFailed(.failed("test")) } }
    }

    struct Authority: SessionAuthority {
        var mayWrite = false
        func mayConnect(certificateSubjects subjects: [String], as user: String) -> Bool { false }
        func scramVerifier(of user: String) -> String? { user == "feed" ? ClientLoginTests.verifier : nil }

        func open(_ request: SessionRequest) async throws(SessionRefusal) -> SessionTerms {
            do {
                return try Fixture.terms(mayWrite: mayWrite)
            } catch {
                throw SessionRefusal(sqlState: "XX000", message: "\(error)")
            }
        }

        func upstreamPasswordRefused(_ terms: SessionTerms) async throws(SessionRefusal) -> SessionTerms { terms }
        func loginRefused(_ attempt: RefusedLogin) {}
    }

    struct Running {
        let server: GatewayServer
        let upstream: FakeUpstream
        let ledger: ImmediateLedger
        let port: Int
        func client() async throws -> TestClient { try await TestClient.connect(port: port) }
    }

    private func withGateway(
        mayWrite: Bool = false, limits: GatewayOptions.Limits = GatewayOptions.Limits(),
        _ body: (Running) async throws -> Void
    ) async throws {
        let upstream = try await FakeUpstream.start()
        let ledger = ImmediateLedger()
        let options = GatewayOptions(
            host: "127.0.0.1", port: 0, tls: nil,
            upstream: GatewayOptions.Upstream(host: "127.0.0.1", port: upstream.port, tls: .disable), limits: limits,
            mockSecret: [1])
        let server = try await GatewayServer.start(
            options, authority: Authority(mayWrite: mayWrite), ledger: ledger,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let result: Result<Void, any Error>
        do {
            try await body(
                Running(
                    server: server, upstream: upstream, ledger: ledger, port: try required(server.address.port)))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await server.drain(within: .seconds(0))
        await upstream.stop()
        try result.get()
    }

    @Test func `a client logs in, asks and is answered`() async throws {
        try await withGateway { running in
            let client = try await running.client()
            let greeting = try await client.logIn(parameters: "application_name\0psql\0")
            #expect(greeting.types == "RSSSKZ")
            #expect(!String(buffer: greeting).contains("abcdefgh"))
            let answer = try await client.query("SELECT 1")
            #expect(answer?.types == "TDCZ")
            let startups = running.upstream.seen.withLock { $0.startups }
            #expect(startups.first?.contains("feed/psql") == true)
            #expect(running.server.sessions.map(\.principal) == ["feed"])
        }
    }

    @Test(arguments: [false, true])
    func `nothing is released before the ledger says so`(mayWrite: Bool) async throws {
        try await withGateway(mayWrite: mayWrite) { running in
            let client = try await running.client()
            _ = try await client.logIn()
            running.ledger.wait(true)
            let before = running.ledger.inner.count
            try await client.write(Message.query("SELECT secret"))
            while running.ledger.inner.count == before { try await Task.sleep(for: .milliseconds(1)) }
            if !mayWrite {
                while running.upstream.seen.withLock({ $0.queries.isEmpty }) {
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            let isUnheard = running.upstream.seen.withLock { $0.queries.isEmpty }
            #expect(mayWrite == isUnheard)
            running.ledger.report()
            #expect(await client.read(through: "Z")?.types == "TDCZ")
        }
    }

    @Test func `a ledger that fails ends the sessions`() async throws {
        try await withGateway { running in
            let client = try await running.client()
            _ = try await client.logIn()
            running.ledger.wait(true)
            try await client.write(Message.query("SELECT secret"))
            running.ledger.fail()
            #expect(await client.errorState() == "58030")
        }
    }

    @Test func `a cancel with the gateway's key reaches PostgreSQL, and one for an idle session does not`() async throws
    {
        try await withGateway { running in
            let client = try await running.client()
            var greeting = try await client.logIn()
            greeting.moveReaderIndex(to: greeting.writerIndex - 6 - 13)
            #expect(greeting.readInteger() == UInt8(ascii: "K"))
            var request = ByteBuffer()
            request.writeInteger(UInt32(16))
            request.writeInteger(UInt32(80_877_102))
            request.writeBytes(greeting.readableBytesView.dropFirst(4).prefix(8))
            let idle = try await running.client()
            try await idle.write(request)
            #expect(await idle.isClosed())
            #expect(running.upstream.cancels == 0)
            try await client.write(Message.query("hang"))
            while running.upstream.seen.withLock({ $0.hanging.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
            let canceller = try await running.client()
            try await canceller.write(request)
            #expect(await canceller.isClosed())
            #expect(await client.read(through: "Z")?.types == "EZ")
            #expect(running.upstream.cancels == 1)
        }
    }

    @Test func `a connection that PostgreSQL drops is told, and the gateway lives on`() async throws {
        try await withGateway { running in
            let client = try await running.client()
            _ = try await client.logIn()
            try await client.write(Message.query("vanish"))
            #expect(await client.errorState() == "08006")
            let other = try await running.client()
            _ = try await other.logIn()
            let answer = try await other.query("SELECT 1")
            #expect(answer?.types == "TDCZ")
        }
    }

    @Test func `garbage ends its own connection only`() async throws {
        try await withGateway { running in
            let client = try await running.client()
            try await client.write(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
            #expect(await client.isClosed())
            let huge = try await running.client()
            try await huge.write(ByteBuffer(bytes: [0x40, 0, 0, 0, 0, 3, 0, 0]))
            #expect(await huge.isClosed())
            let other = try await running.client()
            _ = try await other.logIn()
            try await other.write(ByteBuffer(bytes: [0x51, 0x40, 0, 0, 0]))
            #expect(await other.errorState() == "08P01")
            let last = try await running.client()
            _ = try await last.logIn()
        }
    }

    @Test func `a client that stalls in its login is cut off`() async throws {
        try await withGateway(limits: GatewayOptions.Limits(handshake: .milliseconds(50))) { running in
            let client = try await running.client()
            // The gateway may have lost patience already.
            try? await client.write(ByteBuffer(bytes: [0, 0]))
            #expect(await client.isClosed())
        }
    }

    @Test func `a session too many is refused`() async throws {
        try await withGateway(limits: GatewayOptions.Limits(sessions: 1)) { running in
            let first = try await running.client()
            _ = try await first.logIn()
            let second = try await running.client()
            try await second.write(ClientLoginTests.startup)
            #expect(await second.errorState() == "53300")
            first.end()
            while running.server.sessions.count > 0 { try await Task.sleep(for: .milliseconds(1)) }
            let third = try await running.client()
            _ = try await third.logIn()
        }
    }

    @Test func `one principal gets no more sessions than the limit, and the place of one that ended`() async throws {
        try await withGateway(limits: GatewayOptions.Limits(sessionsPerPrincipal: 2)) { running in
            let first = try await running.client()
            _ = try await first.logIn()
            let second = try await running.client()
            _ = try await second.logIn()
            let third = try await running.client()
            try await third.authenticate()
            let refusal = try required(await third.read(through: "E"))
            let words = String(buffer: refusal)
            #expect(words.contains("C53300\0") && words.contains("Mtoo many sessions of \"feed\"\0"))
            #expect(words.contains("DOne person or service may have 2 sessions at once.\0"))
            #expect(words.contains("\0HClose sessions that are not used"))
            first.end()
            while running.server.sessions.count > 1 { try await Task.sleep(for: .milliseconds(1)) }
            let fourth = try await running.client()
            _ = try await fourth.logIn()
            let fifth = try await running.client()
            try await fifth.authenticate()
            #expect(await fifth.errorState() == "53300")
        }
    }

    @Test func `one address gets no more places before login than the limit`() async throws {
        try await withGateway(limits: GatewayOptions.Limits(loginsPerAddress: 2)) { running in
            let first = try await running.client()
            let idle = try await running.client()
            let turnedAway = try await running.client()
            #expect(await turnedAway.isClosed())
            _ = try await first.logIn()
            let second = try await running.client()
            _ = try await second.logIn()
            idle.end()
            #expect(running.server.sessions.count == 2)
        }
    }

    @Test func `strangers who name a user take no session from others`() async throws {
        try await withGateway(limits: GatewayOptions.Limits(sessions: 1, sessionsPerPrincipal: 1)) { running in
            let stranger = try await running.client()
            try await stranger.write(ClientLoginTests.startup)
            #expect(await stranger.read(through: "R") != nil)
            let client = try await running.client()
            _ = try await client.logIn()
        }
    }

    @Test func `an address that is taken is named, with what to do`() async throws {
        try await withGateway { running in
            let options = GatewayOptions(
                host: "127.0.0.1", port: running.port, tls: nil,
                upstream: GatewayOptions.Upstream(host: "127.0.0.1", port: 1, tls: .disable), mockSecret: [1])
            do {
                let second = try await GatewayServer.start(
                    options, authority: Authority(), ledger: ImmediateLedger(),
                    log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                try await second.drain(within: .seconds(0))
                Issue.record("two listen on one port")
            } catch let failure as ListenFailure {
                #expect(failure.what == "cannot listen on 127.0.0.1:\(running.port): Address already in use")
                #expect(failure.remedy.contains("gateway.listen"))
            }
        }
    }

    @Test(arguments: ["statement", "idle"])
    func `limits end the session`(which: String) async throws {
        let limits = GatewayOptions.Limits(
            statement: which == "statement" ? .milliseconds(20) : nil,
            idle: which == "idle" ? .milliseconds(20) : nil)
        try await withGateway(limits: limits) { running in
            let client = try await running.client()
            _ = try await client.logIn()
            if which == "statement" { try await client.write(Message.query("hang")) }
            let state = which == "statement" ? "57014" : "57P05"
            #expect(await client.errorState() == state)
            while running.server.sessions.count > 0 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(running.ledger.inner.entries.last?.contains("\"reason\":\"limit\"") == true)
        }
    }

    @Test func `the control socket lists sessions and ends one`() async throws {
        try await withGateway { running in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.appendingPathComponent("control.sock").path
            let drained = Mutex(false)
            let ledger = RecordingLedgerControl()
            let socket = try await ControlSocket.listen(at: path, for: running.server, ledger: ledger) {
                drained.withLock { $0 = true }
            }
            let client = try await running.client()
            _ = try await client.logIn()
            let control = ControlClient(path: path)
            let sessions = try control.sessions()
            #expect(sessions.map(\.principal) == ["feed"])
            #expect(throws: ControlClient.Failure.refused("there is no such session")) { try control.kill(session: 0) }
            try control.kill(session: try required(sessions.first?.id))
            #expect(await client.errorState() == "57P01")
            #expect(try control.redact(RangeSet([3..<5, 9..<10]), reason: "asked", operator: "bob") == 42)
            #expect(ledger.redacted.withLock { $0 } == RangeSet([3..<5, 9..<10]))
            #expect(throws: ControlClient.Failure.refused("nothing is kept for long")) { try control.retain() }
            #expect(throws: ControlClient.Failure.refused("it names no entries, no reason or no operator")) {
                try control.redact(RangeSet([3..<5]), reason: "", operator: "bob")
            }
            try control.drain()
            let isDrained = drained.withLock { $0 }
            #expect(isDrained)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            try await socket.close()
        }
    }

    @Test func `a drain ends idle sessions at once and running ones at the deadline`() async throws {
        let ended = Mutex(0)
        try await withGateway { running in
            let idle = try await running.client()
            _ = try await idle.logIn()
            let busy = try await running.client()
            _ = try await busy.logIn()
            try await busy.write(Message.query("hang"))
            while running.upstream.seen.withLock({ $0.hanging.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
            try await running.server.drain(within: .milliseconds(100))
            for client in [idle, busy] where await client.errorState() == "57P01" {
                ended.withLock { $0 += 1 }
            }
        }
        let count = ended.withLock { $0 }
        #expect(count == 2)
    }
}

private final class RecordingLedgerControl: LedgerControl {
    struct Refusal: Error, CustomStringConvertible { let description = "nothing is kept for long" }
    let redacted = Mutex(RangeSet<UInt64>())

    func redact(_ entries: RangeSet<UInt64>, reason: String, operator name: String) throws -> UInt64 {
        redacted.withLock { $0 = entries }
        return 42
    }

    func retain() throws -> RetainedByRule { throw Refusal() }
}
