import NIOCore
import Synchronization
import TransparencyLog

/// The ledger as the sessions of one event loop append to it: what they append in one turn of the loop is made durable
/// together, at the turn's end.
final class LaneLedger: LedgerAppending {
    private let ledger: any LedgerAppending
    private let loop: any EventLoop
    private let waker: DurabilityWaker
    private let isCommitDue = Atomic<Bool>(false)
    /// Something waits for a group after one that another thread is writing.
    private let isBehind = Atomic<Bool>(false)

    init(_ ledger: any LedgerAppending, loop: any EventLoop, waker: DurabilityWaker) {
        self.ledger = ledger
        self.loop = loop
        self.waker = waker
    }

    func append(_ record: LogRecord) throws(LogError) -> AppendTicket {
        let ticket = try ledger.append(record)
        // The loop runs tasks when it has been round its sockets.
        if !isCommitDue.exchange(true, ordering: .relaxed) { loop.execute { _ = self.commit() } }
        return ticket
    }

    func commit() -> Bool {
        isCommitDue.store(false, ordering: .relaxed)
        if ledger.commit() { return true }
        // Another is at it, and did not take what came last. It tells when it is done; the wake must be asked for before
        // it is seen to be busy.
        isBehind.store(true, ordering: .relaxed)
        waker.awaitMore()
        return ledger.commit()
    }

    /// A group is durable.
    func woken() {
        if isBehind.exchange(false, ordering: .relaxed) { _ = commit() }
    }

    func addObserver(_ observer: any DurabilityObserver) { ledger.addObserver(observer) }
}
