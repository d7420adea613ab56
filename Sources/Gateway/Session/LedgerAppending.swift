public import TransparencyLog

/// Where a session's entries go. ``LogWriter`` is one; tests have one whose durability they control.
public protocol LedgerAppending: Sendable {
    /// Queues an entry and returns at once; the observers tell when it is durable, which is after the next
    /// ``commit()`` at the latest.
    func append(_ record: LogRecord) throws(LogError) -> AppendTicket
    /// See ``LogStore/commit()``.
    func commit()
    func addObserver(_ observer: any DurabilityObserver)
}

extension LogWriter: LedgerAppending {}
