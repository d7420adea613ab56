import NIOEmbedded
import Ringfence
import Synchronization
import Testing
import TransparencyLog

@testable import Gateway

struct LaneLedgerTests {
    private let loop = EmbeddedEventLoop()
    private let ledger = FakeLedger()
    private let waker: DurabilityWaker
    private let lane: LaneLedger

    init() {
        waker = DurabilityWaker(loop: loop)
        lane = LaneLedger(ledger, loop: loop, waker: waker)
    }

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

    @Test func `a loop that finds another at it is woken by that one's group`() throws {
        let wakes = Atomic(0)
        waker.onWake { wakes.add(1, ordering: .relaxed) }
        _ = try lane.append(LogRecord(entry: [1]))
        loop.run()
        waker.entriesDurable(through: AppendTicket(0))
        loop.run()
        #expect(wakes.load(ordering: .relaxed) == 0)
        ledger.setBusy(true)
        _ = try lane.append(LogRecord(entry: [2]))
        loop.run()
        // Asked again once the wake was asked for: the other may have ended between.
        #expect(ledger.commits == 3)
        waker.entriesDurable(through: AppendTicket(0))
        loop.run()
        #expect(wakes.load(ordering: .relaxed) == 1)
        ledger.setBusy(false)
        lane.woken()
        #expect(ledger.commits == 4)
        lane.woken()
        #expect(ledger.commits == 4)
    }

    @Test func `what is durable stays so when an earlier group is told of late`() {
        waker.entriesDurable(through: AppendTicket(7))
        waker.entriesDurable(through: AppendTicket(3))
        #expect(waker.durable == AppendTicket(7))
    }
}
