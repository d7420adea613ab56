/// Is told what became of entries, once per group of them, on the log's writer thread: a slow observer delays all.
public protocol DurabilityObserver: Sendable {
    /// Every entry up to and including this one survives a crash from now on.
    func entriesDurable(through last: EntryIndex)
    /// The log stopped for good: entries not reported durable before may be lost.
    func logFailed(_ error: LogError)
}
