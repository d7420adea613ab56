import NIOEmbedded
import Testing
import TransparencyLog

@testable import Gateway

struct LaneLedgerTests {
    private let loop = EmbeddedEventLoop()
    private let ledger = FakeLedger()
    private let lane: LaneLedger

    init() { lane = LaneLedger(ledger, loop: loop) }

    @Test func `what is appended in one turn is committed once, at its end`() throws {
        _ = try lane.append(LogRecord(entry: [1]))
        _ = try lane.append(LogRecord(entry: [2]))
        #expect(ledger.commits == 0)
        loop.run()
        #expect(ledger.commits == 1)
        loop.run()
        #expect(ledger.commits == 1)
        _ = try lane.append(LogRecord(entry: [3]))
        loop.run()
        #expect(ledger.commits == 2)
    }
}
