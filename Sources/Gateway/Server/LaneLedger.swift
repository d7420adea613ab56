import NIOCore
import Synchronization
import TransparencyLog

/// The ledger as the sessions of one event loop append to it: what they append in one turn of the loop becomes one group,
/// and wakes whoever writes it once, at the turn's end.
final class LaneLedger: LedgerAppending {
    private let ledger: any LedgerAppending
    private let loop: any EventLoop
    private let isCommitDue = Atomic<Bool>(false)

    init(_ ledger: any LedgerAppending, loop: any EventLoop) {
        self.ledger = ledger
        self.loop = loop
    }

    func append(_ record: LogRecord) throws(LogError) -> AppendTicket {
        let ticket = try ledger.append(record)
        // The loop runs tasks when it has been round its sockets.
        if !isCommitDue.exchange(true, ordering: .relaxed) { loop.execute { self.commit() } }
        return ticket
    }

    func commit() {
        isCommitDue.store(false, ordering: .relaxed)
        ledger.commit()
    }

    func addObserver(_ observer: any DurabilityObserver) { ledger.addObserver(observer) }
}
