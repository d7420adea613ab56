/// Is told what became of entries, once per group of them, on the thread that wrote the group: a slow observer delays all.
public protocol DurabilityObserver: Sendable {
    /// Every entry up to and including this one survives a crash from now on. It may have been told of a later one.
    func entriesDurable(through last: EntryIndex)
    /// The log stopped for good: entries not reported durable before may be lost.
    func logFailed(_ error: LogError)
}
