import NIOCore
import Ringfence
import Testing
import TransparencyLog

@testable import Gateway

/// What one session NOTIFYs reaches another that LISTENs: data of which no policy has said anything.
struct NotificationTests {
    let ledger = FakeLedger()
    static let notification = Message.frontend("A", "\0\0\0\u{1}news\0raw\0")

    private func entries() throws -> [Entry] { try ledger.entries.map { try Entry(parsing: Array($0.utf8)) } }

    @Test func `notifications to a session that sees everything wait, and are counted apart from outcomes`() throws {
        var relay = try Fixture.relay(ledger)
        relay.client(Message.query("/* x */ listen news"))
        relay.server(Message.complete("LISTEN"), Self.notification, Message.ready())
        #expect(relay.output.toClient.isEmpty == true)
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "CAZ")
        try relay.recordOutcomes()
        for _ in 0..<3 { relay.server(Self.notification) }
        #expect(relay.takeClient().types == "AAA")
        try relay.recordOutcomes()
        try relay.close(at: Fixture.moment())
        let reports = try entries().compactMap { entry in
            if case .notifications(let report) = entry.body { report } else { nil }
        }
        #expect(reports.map(\.count) == [1, 3])
        #expect(reports.map(\.statement) == [1, 1])
        #expect(reports.last?.bytes == UInt64(3 * Self.notification.readableBytes))
        let outcomes = try entries().flatMap { entry -> [UInt64] in
            guard case .outcome(let report) = entry.body else { return [] }
            return report.outcomes.map(\.statement)
        }
        #expect(outcomes == [1])
        #expect(try entries().compactMap { $0.sequence?.number } == Array(0..<UInt64(ledger.count)))
        // The statement's entry says that any table may be behind what it brings.
        #expect(ledger.entries.contains { $0.contains("\"kind\":\"statement\"") && $0.contains("\"tables\":null") })
    }

    @Test func `a session to which not everything is clear gets no notification, however it came to listen`() throws {
        var relay = try Fixture.relay(ledger, isWhollyClear: false)
        relay.client(Message.query("DO $$ BEGIN EXECUTE 'LISTEN news'; END $$"))
        let answer = [Message.complete("DO"), Self.notification, Message.ready(), Self.notification].joined
        // Cut within the notification, too.
        for byte in answer.readableBytesView { relay.server(ByteBuffer(bytes: [byte])) }
        relay.entriesDurable(through: ledger.last)
        let sent = relay.takeClient()
        #expect(sent.types == "CZ")
        #expect(!String(buffer: sent).contains("raw"))
        #expect(relay.hasUnrecorded == true && relay.notifications.count == 0)
        relay.server(Self.notification)
        #expect(relay.takeClient().readableBytes == 0)
        #expect(relay.end == nil)
    }

    @Test(arguments: ["LISTEN news", "/* x */ listen news", "SELECT 1; LISTEN news"])
    func `LISTEN is refused where no notification would be delivered`(sql: String) throws {
        var relay = try Fixture.relay(ledger, isWhollyClear: false)
        relay.client(Message.query(sql))
        #expect(!String(buffer: relay.takeUpstream()).lowercased().contains("listen"))
        relay.server(Message.error("42601"), Message.ready())
        relay.entriesDurable(through: ledger.last)
        let answer = relay.takeClient()
        #expect(answer.types == "EZ")
        #expect(String(buffer: answer).contains("C42501"))
        let last = try #require(try entries().last)
        #expect(last.kind == .denied)
        relay.client(
            Message.parse("", sql), Message.bind("", ""), Message.execute(), Message.sync, Message.query("UNLISTEN *"))
        #expect(relay.takeUpstream().types == "PBESQ")
        relay.server(Message.error("42601"), Message.ready(), Message.complete("UNLISTEN"), Message.ready())
        relay.entriesDurable(through: ledger.last)
        #expect(relay.takeClient().types == "EZCZ")
        #expect(relay.end == nil)
    }
}
