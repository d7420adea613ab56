import NIOCore
import Ringfence
import Testing
import TransparencyLog

@testable import Gateway

/// While PostgreSQL copies in it swallows Sync and Flush, and how many answers follow would depend on timing; so the
/// gateway holds what follows a COPY until PostgreSQL has said that it copies.
struct CopyTests {
    let ledger = FakeLedger()

    @Test func `libpq's Sync before the data is dropped once PostgreSQL copies`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(
            Message.parse("", "COPY t FROM STDIN"), Message.bind("", ""), Message.execute(), Message.sync)
        #expect(relay.takeUpstream().types == "PBE")
        relay.server(Message.parsed, Message.bound, Message.copyIn)
        relay.client(Message.copyData("1\n"), Message.copyData("2\n"), Message.copyDone, Message.sync)
        #expect(relay.takeUpstream().types == "ddcS")
        relay.server(Message.complete("COPY 2"), Message.ready())
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "12GCZ")
        #expect(relay.tracker.isIdle == true)
    }

    @Test func `what may be a COPY for all the gateway knows is answered before its Sync`() throws {
        var relay = try Fixture.relay(ledger)
        let long = "SELECT 'copy'" + String(repeating: " ", count: StatementAnalyzer.textBytesMax)
        relay.client(Message.parse("", long), Message.bind("", ""), Message.execute(), Message.sync)
        #expect(relay.takeUpstream().types == "PBEH")
        relay.server(Message.parsed, Message.bound, Message.row("copy"), Message.complete("SELECT 1"))
        #expect(relay.takeUpstream().types == "S")
        relay.server(Message.ready())
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "12DCZ")
        #expect(relay.tracker.isIdle == true)
    }

    @Test func `a COPY that fails at once gets the Sync that was held`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(
            Message.parse("", "COPY nope FROM STDIN"), Message.bind("", ""), Message.execute(), Message.sync)
        relay.server(Message.parsed, Message.bound, Message.error("42P01"))
        #expect(relay.takeUpstream().types == "PBES")
        relay.server(Message.ready())
        #expect(relay.tracker.isIdle == true)
    }

    @Test func `data sent ahead of PostgreSQL's consent waits for it`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("COPY t FROM STDIN"), Message.copyData("1\n"), Message.copyDone)
        #expect(relay.takeUpstream().types == "Q")
        relay.server(Message.copyIn)
        #expect(relay.takeUpstream().types == "dc")
        relay.server(Message.complete("COPY 1"), Message.ready())
        #expect(relay.tracker.isIdle == true)
        #expect(relay.outcomes.first?.rows == 0)
    }

    @Test func `bad data ends the COPY and the rest of the data goes nowhere`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.parse("", "COPY t FROM STDIN"), Message.bind("", ""), Message.execute(), Message.sync)
        relay.server(Message.parsed, Message.bound, Message.copyIn)
        relay.client(Message.copyData("bad\n"))
        relay.server(Message.error("22P02"))
        _ = relay.takeUpstream()
        relay.client(Message.copyData("2\n"), Message.copyDone, Message.sync)
        #expect(relay.takeUpstream().types == "S")
        relay.server(Message.ready())
        #expect(relay.tracker.isIdle == true)
        #expect(relay.end == nil)
    }

    @Test func `one Query may copy in twice`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("COPY t FROM STDIN; SELECT 1; COPY t FROM STDIN"))
        relay.server(Message.copyIn)
        relay.client(Message.copyData("1\n"), Message.copyDone, Message.copyData("2\n"), Message.copyDone)
        #expect(relay.takeUpstream().types == "Qdc")
        relay.server(
            Message.complete("COPY 1"), Message.frontend("T", "\0\0"), Message.row("1"), Message.complete("SELECT 1"),
            Message.copyIn)
        #expect(relay.takeUpstream().types == "dc")
        relay.server(Message.complete("COPY 1"), Message.ready())
        #expect(relay.tracker.isIdle == true)
        relay.client(Message.query("SELECT 1"))
        #expect(relay.takeUpstream().types == "Q")
    }

    @Test func `a Query during COPY IN ends the session`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("COPY t FROM STDIN"))
        relay.server(Message.copyIn)
        relay.client(Message.query("SELECT 1"))
        #expect(relay.end?.reason == .protocol)
    }

    @Test func `rows of COPY TO are those its tag gives`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("COPY t TO STDOUT"))
        relay.server(
            Message.frontend("H", "\0\0\0"), Message.copyData("1\n2\n"), Message.copyData("3\n"), Message.copyDone,
            Message.complete("COPY 3"), Message.ready())
        #expect(relay.outcomes.first?.rows == 3)
        #expect(relay.outcomes.first?.bytes == 16)
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "HddcCZ")
    }

    @Test func `a large CopyData passes in pieces, without being gathered`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("COPY t FROM STDIN"))
        relay.server(Message.copyIn)
        _ = relay.takeUpstream()
        let data = Message.copyData(String(repeating: "x", count: 10_000))
        var rest = data
        while let piece = rest.readSlice(length: min(999, rest.readableBytes)), piece.readableBytes > 0 {
            relay.client(piece)
            #expect(relay.client.bytes.readableBytes < 5)
        }
        #expect(relay.takeUpstream() == data)
    }
}
