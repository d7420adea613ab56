/// How late it is by the ledger itself, for what must not believe a clock that somebody set.
public struct LedgerClock: Sendable, Hashable {
    /// The last entry of the process before; nil if there was none.
    public let lastEntry: EntryTime?

    public init(lastEntry: EntryTime?) { self.lastEntry = lastEntry }

    /// The earlier one of the two clocks. It lags by the time that nothing ran.
    ///
    /// - Parameters:
    ///   - elapsed: Since the process started, by a clock that nobody sets.
    ///   - wallClock: What the system says.
    /// - Returns: Nil for a ledger that has just begun: nothing in it is old.
    public func now(after elapsed: Duration, wallClock: EntryTime) -> EntryTime? {
        guard let lastEntry else { return nil }
        let (milliseconds, overflow) = elapsed.components.seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? lastEntry : min(lastEntry.advanced(byMilliseconds: max(milliseconds, 0)), wallClock)
    }
}
