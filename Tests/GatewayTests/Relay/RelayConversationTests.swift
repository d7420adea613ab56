import NIOCore
import Ringfence
import Testing
import TransparencyLog

@testable import Gateway

/// Bytes in, bytes out: each test is one conversation.
struct RelayConversationTests {
    let ledger = FakeLedger()

    @Test func `an answer waits for its entry`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("SELECT 1"))
        #expect(relay.takeUpstream() == Message.query("SELECT 1"))
        relay.server(Message.row("secret"), Message.complete("SELECT 1"), Message.ready())
        #expect(relay.output.toClient.isEmpty == true)
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "DCZ")
    }

    @Test func `what a writer asks waits for its entry before PostgreSQL hears of it`() throws {
        var relay = try Fixture.relay(ledger, mayWrite: true)
        relay.client(Message.parse("", "DELETE FROM t"), Message.bind("", ""), Message.execute(), Message.sync)
        #expect(relay.output.toUpstream.isEmpty == true)
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeUpstream().types == "PBES")
    }

    @Test func `notices, settings and errors wait like rows`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("SELECT leak()"))
        relay.server(
            Message.notice("u1@example.test"), Message.frontend("S", "application_name\0u2@example.test\0"),
            Message.error("22P02", "u3@example.test"), Message.ready())
        #expect(relay.output.toClient.isEmpty == true)
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "NSEZ")
    }

    @Test func `answers of a recorded statement come before a later one is durable`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.parse("a", "SELECT $1"), Message.flush)
        relay.client(Message.bind("", "a", ["1"]), Message.execute(), Message.flush)
        let first = ledger.last
        relay.client(Message.bind("", "a", ["2"]), Message.execute(), Message.sync)
        relay.server(Message.parsed, Message.bound, Message.row("1"), Message.complete("SELECT 1"))
        relay.server(Message.bound, Message.row("2"), Message.complete("SELECT 1"), Message.ready())
        relay.entriesDurable(through: first)
        #expect(relay.takeClient().types == "12DC")
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "2DCZ")
    }

    @Test func `a Parse and the Bind behind it are one statement`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.parse("", "SELECT $1"), Message.bind("", "", ["x"]), Message.execute(), Message.sync)
        #expect(ledger.count == 2)
        relay.client(Message.bind("", "", ["y"]), Message.execute(), Message.sync)
        // The unnamed statement's fate is not known yet: what the Bind would run cannot be said.
        #expect(ledger.count == 2)
        #expect(relay.isClientHeld == true)
        relay.server(Message.parsed, Message.bound, Message.complete("SELECT 0"), Message.ready())
        #expect(ledger.count == 3)
        #expect(relay.isClientHeld == false)
    }

    @Test func `a Bind is recorded with the text that runs, not with that of a Parse that failed`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.parse("s", "SELECT 1"), Message.sync)
        relay.server(Message.parsed, Message.ready())
        relay.client(
            Message.parse("s", "SELECT 2"), Message.sync, Message.bind("", "s"), Message.execute(), Message.sync)
        #expect(relay.takeUpstream().types == "PSPS")
        relay.server(Message.error("42P05"), Message.ready())
        #expect(relay.takeUpstream().types == "BES")
        guard
            case .known(let statement) = relay.tracker.statements.meaning(
                of: ByteBuffer(string: "s"), batch: relay.tracker.batch)
        else { throw MissingValue() }
        #expect(statement.text == ByteBuffer(string: "SELECT 1"))
    }

    @Test func `a name that SQL may have redefined is not believed any more`() throws {
        let users = SchemaMap(schemas: ["app": "app@3fa9c1"], tables: [TableName(schema: "app", table: "users")])
        var relay = try Fixture.relay(ledger, schemas: users)
        relay.client(Message.parse("s", "SELECT id FROM app.users"), Message.sync)
        relay.server(Message.parsed, Message.ready())
        relay.client(Message.bind("", "s"), Message.execute(), Message.sync)
        #expect(ledger.entries.last?.contains("\"tables\":[\"app.users\"]") == true)
        relay.server(Message.bound, Message.complete("SELECT 0"), Message.ready())
        relay.client(Message.query("DEALLOCATE s; PREPARE s AS SELECT 1"))
        relay.client(Message.bind("", "s"), Message.execute(), Message.sync)
        #expect(ledger.entries.last?.contains("\"tables\":null") == true)
    }

    @Test func `SQL from a string may have redefined a name, and an open portal's in the same batch`() throws {
        let users = SchemaMap(schemas: ["app": "app@3fa9c1"], tables: [TableName(schema: "app", table: "videos")])
        let hidden = "DO $$ BEGIN EXECUTE 'DEALLO'||'CATE p'; END $$"
        var relay = try Fixture.relay(ledger, schemas: users)
        relay.client(Message.parse("p", "SELECT title FROM videos"), Message.sync)
        relay.server(Message.parsed, Message.ready())
        relay.client(Message.query(hidden), Message.bind("", "p"), Message.execute(), Message.sync)
        #expect(ledger.entries.last?.contains("\"tables\":null") == true)
        #expect(ledger.count == 4)

        let other = FakeLedger()
        relay = try Fixture.relay(other, schemas: users)
        relay.client(
            Message.parse("", "SELECT title FROM videos"), Message.bind("q", ""), Message.parse("d", hidden),
            Message.bind("dd", "d"), Message.bind("r", ""), Message.execute("dd"), Message.execute("q"),
            Message.execute("r"), Message.sync)
        // The session, three Binds, and one Execute for each name that the DO may have given to another.
        #expect(other.count == 7)
        #expect(other.entries.suffix(3).allSatisfy { $0.contains("\"tables\":null") })
    }

    @Test func `what is read after a hidden change of settings is redirected, but not believed`() throws {
        let users = SchemaMap(schemas: ["app": "app@3fa9c1"], tables: [TableName(schema: "app", table: "users")])
        var relay = try Fixture.relay(ledger, schemas: users)
        relay.client(
            Message.query("UPDATE pg_settings SET setting = 'off' WHERE name = 'standard' || '_conforming_strings'"),
            Message.query("SELECT 1 FROM app.users"))
        #expect(ledger.entries.last?.contains("\"tables\":null") == true)
        #expect(String(buffer: relay.takeUpstream()).contains("\"app@3fa9c1\".users"))
    }

    @Test func `a text is not believed while how the server reads it is in doubt`() throws {
        let users = SchemaMap(schemas: ["app": "app@3fa9c1"], tables: [TableName(schema: "app", table: "users")])
        var relay = try Fixture.relay(ledger, schemas: users)
        relay.client(Message.query("SET client_encoding TO 'SJIS'"))
        #expect(relay.parsingInDoubt != nil)
        relay.client(Message.query("SELECT 1 FROM app.users"))
        #expect(ledger.entries.last?.contains("\"tables\":null") == true)
        relay.server(Message.complete("SET"), Message.frontend("S", "client_encoding\0SJIS\0"), Message.ready())
        relay.server(Message.complete("SELECT 0"), Message.ready())
        #expect(relay.parses == false)
        relay.client(Message.query("RESET client_encoding"))
        relay.server(Message.complete("RESET"), Message.frontend("S", "client_encoding\0UTF8\0"), Message.ready())
        #expect(relay.parses == true && relay.parsingInDoubt == nil)
    }

    @Test func `PostgreSQL skips to Sync after an error, and so do we`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.parse("", "SELEC"), Message.bind("", ""), Message.execute())
        relay.server(Message.error("42601"))
        _ = relay.takeUpstream()
        relay.client(Message.query("SELECT 1"), Message.frontend("F", "\0\0\0\0"), Message.bind("", ""), Message.sync)
        #expect(relay.takeUpstream().types == "S")
        relay.server(Message.ready())
        #expect(relay.end == nil)
        #expect(relay.tracker.isIdle == true)
    }

    @Test func `a Query before the Sync of an Execute ends the session`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.parse("", "INSERT"), Message.bind("", ""), Message.execute(), Message.query("SELECT 1"))
        #expect(relay.end?.notice?.sqlState == "08P01")
        #expect(relay.end?.reason == .protocol)
    }

    @Test func `a Query after a lone Parse passes`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.parse("a", "SELECT 1"), Message.describe("Sa"), Message.flush)
        relay.client(Message.query("SELECT 1"))
        relay.server(
            Message.parsed, Message.frontend("t", "\0\0"), Message.frontend("n"), Message.complete("SELECT 1"),
            Message.ready())
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "1tnCZ")
    }

    @Test func `a function call is refused in its place, with PostgreSQL's own state of the transaction`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("BEGIN"), Message.frontend("F", "\0\0\0\0"), Message.query("SELECT 2"))
        #expect(relay.takeUpstream().types == "QQQ")
        relay.server(Message.complete("BEGIN"), Message.ready("T"), Message.error("42601"), Message.ready("E"))
        relay.entriesDurable(through: ledger.last)
        let answers = relay.takeClient()
        #expect(answers.types == "CZEZ")
        #expect(String(buffer: answers).contains("0A000"))
        #expect(!String(buffer: answers).contains("42601"))
        #expect(relay.tracker.status == .failed)
        #expect(ledger.entries.contains { $0.contains("\"kind\":\"denied\"") })
    }

    @Test(arguments: [(LogError.outOfSpace, "53100"), (.full, "53100"), (.unwitnessed, "57P03")])
    func `a statement that the ledger does not take now is refused, and the next one runs`(
        error: LogError, state: String
    ) throws {
        var relay = try Fixture.relay(ledger)
        ledger.refuse(error)
        relay.client(Message.query("SELECT secret"))
        let sent = relay.takeUpstream()
        #expect(sent.types == "Q")
        #expect(!String(buffer: sent).contains("secret"))
        relay.server(Message.error("42601"), Message.ready())
        #expect(String(buffer: relay.takeClient()).contains(state))
        ledger.refuse(nil)
        relay.client(Message.query("SELECT 1"))
        relay.server(Message.complete("SELECT 1"), Message.ready())
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "CZ")
        #expect(ledger.entries.last?.contains("\"statement\":1,") == true)
    }

    @Test func `a batch that the ledger has no room for gets one error and one ready`() throws {
        var relay = try Fixture.relay(ledger)
        ledger.refuse(.full)
        relay.client(
            Message.parse("", "SELECT 1"), Message.bind("", ""), Message.describe("P"), Message.execute(), Message.sync)
        relay.server(Message.error("42601"), Message.ready())
        #expect(relay.takeClient().types == "EZ")
        #expect(relay.tracker.isIdle == true)
        #expect(relay.end == nil)
    }

    @Test func `a ledger that failed ends the session, and what was held never leaves`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("SELECT 1"))
        relay.server(Message.row("secret"))
        relay.ledgerFailed()
        relay.entriesDurable(through: ledger.last)
        #expect(relay.output.toClient.isEmpty == true)
        #expect(relay.end?.reason == .ledger)
    }

    @Test func `a message nobody asked for ends the session`() throws {
        for message in [Message.ready(), Message.row("x"), Message.copyIn, Message.parsed, Message.frontend("V")] {
            var relay = try Fixture.relay(FakeLedger())
            relay.server(message)
            #expect(relay.end?.notice?.sqlState == "08P01")
        }
    }

    @Test func `the client's messages with bad lengths end the session`() throws {
        for bytes: [UInt8] in [
            [0x51, 0, 0, 0, 3], [0x51, 0x40, 0, 0, 0], [0x53, 0, 0, 0, 5, 0], [0x21, 0, 0, 0, 4],
            [0x51, 0, 0, 0, 6, 0x41, 0x42], [0x42, 0, 0, 0, 5, 0],
        ] {
            var relay = try Fixture.relay(FakeLedger())
            relay.client(ByteBuffer(bytes: bytes))
            #expect(relay.end?.reason == .protocol, "\(bytes)")
        }
    }

    @Test func `a refusal says which policy refuses and what to do`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("SELECT email FROM users"))
        relay.server(Message.error("42501", "permission denied for table users"), Message.ready())
        relay.entriesDurable(through: ledger.last)
        let text = String(buffer: relay.takeClient())
        #expect(text.contains("DPolicy \"us-boundary\" forbids reading users."))
        #expect(text.contains("HAsk the access desk."))
    }

    @Test func `a view that PostgreSQL cannot write through is a refusal too`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("UPDATE users SET handle = 'x'"))
        let words = "cannot update column \"handle\" of view \"users\""
        relay.server(
            Message.frontend(
                "E", "SERROR\0VERROR\0C0A000\0M\(words)\0DView columns that are not …\0RrewriteTargetView\0\0"),
            Message.ready())
        relay.entriesDurable(through: ledger.last)
        let text = String(buffer: relay.takeClient())
        #expect(text.contains("C42501\0M\(words)\0"))
        #expect(text.contains("DPolicy \"us-boundary\" forbids reading users.") && !text.contains("View columns"))
        #expect(relay.outcomes.first?.sqlstate == "42501")
    }

    @Test func `names and positions come back as the client wrote them`() throws {
        let schemas = SchemaMap(
            schemas: ["app": "app@3fa9c1"], tables: [TableName(schema: "app", table: "users")])
        var relay = try Fixture.relay(ledger, schemas: schemas)
        relay.client(Message.query("SELECT nope FROM app.users"))
        #expect(relay.takeUpstream() == Message.query("SELECT nope FROM \"app@3fa9c1\".users"))
        relay.server(
            Message.frontend("E", "SERROR\0VERROR\0C42703\0Mno column in \"app@3fa9c1\".users\0P30\0\0"),
            Message.ready())
        relay.entriesDurable(through: ledger.last)
        let text = String(buffer: relay.takeClient())
        #expect(text.contains("Mno column in app.users"))
        #expect(text.contains("P21\0"))
        #expect(!text.contains("3fa9c1"))
    }

    @Test func `an outcome is final at ReadyForQuery, with the error that came at Sync`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.parse("", "INSERT"), Message.bind("", ""), Message.execute(), Message.sync, at: 10)
        relay.server(Message.parsed, Message.bound, Message.row("abc"), Message.complete("INSERT 0 1"))
        #expect(relay.outcomes.isEmpty == true)
        relay.server(Message.error("23505"), Message.ready(), at: 35)
        #expect(
            relay.outcomes == [
                StatementOutcome(statement: 1, rows: 1, bytes: 8, microseconds: 25_000, sqlstate: "23505")
            ])
    }

    @Test func `PostgreSQL's own farewell passes, and then the session is over`() throws {
        var relay = try Fixture.relay(ledger)
        relay.server(Message.error("57P01", "terminating connection", severity: "FATAL"))
        relay.upstreamClosed()
        #expect(relay.takeClient().types == "E")
        #expect(relay.isDrained == true)
    }

    @Test func `a connection lost in the middle is told, unless in the middle of a message`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("SELECT 1"))
        relay.entriesDurable(through: ledger.last)
        relay.upstreamClosed()
        #expect(String(buffer: relay.takeClient()).contains("08006"))
        #expect(relay.isDrained == true)
        var other = try Fixture.relay(FakeLedger())
        other.client(Message.query("SELECT 1"))
        other.entriesDurable(through: AppendTicket(1))
        other.server(ByteBuffer(bytes: [0x44, 0, 0, 1, 0, 1, 2, 3]))
        _ = other.takeClient()
        other.upstreamClosed()
        #expect(other.output.toClient.isEmpty == true)
        #expect(other.isDrained == true)
    }

    @Test func `PostgreSQL is read no further when too much is held, and again when it is released`() throws {
        var limits = Relay.Limits()
        limits.heldBytesMax = 100
        var relay = try Fixture.relay(ledger, limits: limits)
        relay.client(Message.query("SELECT 1"))
        relay.server(Message.row(String(repeating: "x", count: 200)))
        #expect(relay.pausesUpstream == true)
        relay.entriesDurable(through: ledger.last)
        #expect(relay.pausesUpstream == false)
    }

    @Test func `a burst of long texts leaves others their turn, and comes through whole and in order`() throws {
        var relay = try Fixture.relay(ledger)
        let texts = (0..<60).map { "SELECT \($0)" + String(repeating: " ", count: 16_000) + "AS a" }
        relay.clientSent(
            (texts.map { Message.parse("", $0) } + [Message.sync]).joined, at: Fixture.moment())
        #expect(relay.isYielding == true && relay.pausesClient == true)
        var sent = relay.takeUpstream()
        #expect(sent.types.count < 40)
        // An answer in between does not make it go on before its turn.
        relay.server(Message.parsed)
        #expect(relay.isYielding == true)
        sent.writeImmutableBuffer(relay.takeUpstream())
        var turns = 0
        while relay.isYielding, turns < 10 {
            turns += 1
            relay.resumed(at: Fixture.moment())
            sent.writeImmutableBuffer(relay.takeUpstream())
        }
        #expect(turns == 1)
        #expect(sent == (texts.map { Message.parse("", $0) } + [Message.sync]).joined)
        #expect(relay.pausesClient == false)
    }

    @Test func `a burst of many statements leaves others their turn`() throws {
        var relay = try Fixture.relay(ledger)
        let pair = Message.bind("", "s")
        relay.client(Message.parse("s", "SELECT 1"), Message.sync)
        relay.server(Message.parsed, Message.ready())
        relay.clientSent(Array(repeating: pair, count: 3000).joined, at: Fixture.moment())
        #expect(relay.isYielding == true && ledger.count < 1100)
        for _ in 0..<2 { relay.resumed(at: Fixture.moment()) }
        #expect(relay.isYielding == false && ledger.count == 3002)
    }

    @Test func `an entry's time is that of its append, not of the burst that it came with`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("SELECT 1"), Message.query("SELECT 2"), Message.query("SELECT 3"))
        let times = try ledger.entries.dropFirst().map { try Entry(parsing: Array($0.utf8)).time }
        #expect(times.map(\.millisecondsSince1970) == [1, 2, 3])
    }

    @Test func `names that keep too much alive are refused, and closing one makes room`() throws {
        var limits = Relay.Limits()
        limits.namedBytesMax = 100_000
        var relay = try Fixture.relay(ledger, limits: limits)
        let text = "SELECT 1" + String(repeating: " ", count: 60_000)
        relay.client(Message.parse("a", text), Message.sync)
        relay.server(Message.parsed, Message.ready())
        relay.client(Message.parse("b", text), Message.bind("", "b"), Message.execute(), Message.sync)
        relay.server(Message.error("42601"), Message.ready())
        relay.entriesDurable(through: ledger.last)
        let answers = relay.takeClient()
        #expect(answers.types == "1ZEZ")
        #expect(String(buffer: answers).contains("C53400") && String(buffer: answers).contains("DEALLOCATE"))
        _ = relay.takeUpstream()
        relay.client(Message.close("Sa"), Message.sync)
        relay.server(Message.closed, Message.ready())
        relay.client(Message.parse("b", text), Message.sync)
        relay.server(Message.parsed, Message.ready())
        // Portals keep their statement's text; an unnamed one of any size replaces the last.
        relay.client(Message.bind("q", "b"), Message.bind("r", "b"), Message.sync)
        relay.server(Message.bound, Message.error("42601"), Message.ready())
        relay.client(Message.parse("", text + text), Message.bind("", ""), Message.execute(), Message.sync)
        #expect(relay.takeUpstream().types == "CSPSBPSPBES")
        #expect(relay.end == nil)
    }

    @Test func `no statement starts while a cancel is on its way`() throws {
        var relay = try Fixture.relay(ledger)
        relay.cancelsInFlight = 1
        relay.client(Message.query("SELECT 1"))
        #expect(relay.output.toUpstream.isEmpty == true)
        relay.cancelsInFlight = 0
        relay.retryRequests(at: Fixture.moment())
        #expect(relay.takeUpstream().types == "Q")
    }
}
