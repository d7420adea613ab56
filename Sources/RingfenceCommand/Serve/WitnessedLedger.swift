import Gateway
import TransparencyLog
import Witnessing

/// The ledger as sessions append to it: without a fresh quorum of witnesses, where one is required, nothing new begins.
///
/// What ends something (an outcome, a session's close) and what the gateway itself records is taken all the same.
struct WitnessedLedger: LedgerAppending {
    private let writer: any LogStore
    private let freshness: WitnessFreshness?

    /// - Parameter freshness: Nil if no witness is required.
    init(_ writer: any LogStore, freshness: WitnessFreshness?) {
        self.writer = writer
        self.freshness = freshness
    }

    func append(_ record: LogRecord) throws(LogError) -> AppendTicket {
        if let freshness, !record.usesReserve, !freshness.isFresh { throw .unwitnessed }
        return try writer.enqueue(record)
    }

    func commit() { writer.commit() }

    func addObserver(_ observer: any DurabilityObserver) { writer.addObserver(observer) }
}
