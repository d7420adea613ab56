/// Is told what became of entries, once per group of them, on the thread that wrote the group: a slow observer delays all.
public protocol DurabilityObserver: Sendable {
    /// Every entry that this writer took up to and including this one survives a crash from now on. It may have been told
    /// of a later one.
    func entriesDurable(through last: AppendTicket)
    /// The store has not answered for a while, and nobody knows when it will: what was taken is kept and made durable
    /// then, but who waits for it should wait no longer. Nothing new is taken until `entriesDurable` comes again.
    func logUnreachable(_ reason: String)
    /// The log stopped for good: entries not reported durable before may be lost.
    func logFailed(_ error: LogError)
}
