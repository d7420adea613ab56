public import TransparencyLog

/// Where a session's entries go. ``LogWriter`` is one; tests have one whose durability they control.
public protocol LedgerAppending: Sendable {
    /// Queues an entry and returns at once; the observers tell when it is durable.
    func append(_ record: LogRecord) throws(LogError) -> AppendTicket
    func addObserver(_ observer: any DurabilityObserver)
}

extension LogWriter: LedgerAppending {}
