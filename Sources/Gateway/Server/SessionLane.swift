import Logging
import NIOCore
import TransparencyLog

/// The sessions of one event loop, and what they share there. Confined to that loop.
final class SessionLane {
    let loop: any EventLoop
    let waker: DurabilityWaker
    let ledger: LaneLedger
    var sessions: [ObjectIdentifier: Session] = [:]
    /// Sessions that hold something until more entries are durable.
    var waiting: [Session] = []
    /// Those that waited for what has become durable; empty but for its storage, which is used again.
    private var moved: [Session] = []
    private var ticker: RepeatedTask?

    /// How often limits are looked at and outcomes recorded.
    static let tickInterval = TimeAmount.milliseconds(250)

    init(loop: any EventLoop, ledger: any LedgerAppending) {
        self.loop = loop
        waker = DurabilityWaker(loop: loop)
        self.ledger = LaneLedger(ledger, loop: loop)
    }

    func start() {
        loop.preconditionInEventLoop()
        let bound = NIOLoopBound(self, eventLoop: loop)
        waker.onWake { bound.value.ledgerMoved() }
        ledger.addObserver(waker)
        ticker = loop.scheduleRepeatedTask(initialDelay: Self.tickInterval, delay: Self.tickInterval) { _ in
            bound.value.tick()
        }
    }

    func stop() {
        loop.preconditionInEventLoop()
        ticker?.cancel()
        ticker = nil
    }

    func ledgerMoved() {
        swap(&waiting, &moved)
        let isDelayed = waker.takeDelay()
        for session in moved { session.ledgerMoved(isDelayed: isDelayed) }
        moved.removeAll(keepingCapacity: true)
        guard waker.failed != nil else { return }
        for session in sessions.values { session.ledgerMoved() }
    }

    private func tick() {
        let now = SessionClock.now()
        for session in Array(sessions.values) { session.tick(now) }
    }
}
