import Gateway
import Synchronization
import TransparencyLog

/// A ledger whose durability, room and failure the test decides.
final class FakeLedger: LedgerAppending {
    private struct State {
        var records: [LogRecord] = []
        var refusal: LogError?
        var observers: [any DurabilityObserver] = []
        var commits = 0
    }

    private let state = Mutex(State())

    func append(_ record: LogRecord) throws(LogError) -> AppendTicket {
        let result: Result<AppendTicket, LogError> = state.withLock { state in
            if let refusal = state.refusal { return .failure(refusal) }
            state.records.append(record)
            return .success(AppendTicket(UInt64(state.records.count - 1)))
        }
        return try result.get()
    }

    func commit() { state.withLock { $0.commits += 1 } }

    func addObserver(_ observer: any DurabilityObserver) { state.withLock { $0.observers.append(observer) } }

    var count: Int { state.withLock { $0.records.count } }
    var last: AppendTicket { AppendTicket(UInt64(count - 1)) }
    var entries: [String] { state.withLock { $0.records.map { String(decoding: $0.entry, as: UTF8.self) } } }
    var observers: [any DurabilityObserver] { state.withLock { $0.observers } }

    var commits: Int { state.withLock { $0.commits } }
    func refuse(_ error: LogError?) { state.withLock { $0.refusal = error } }
}
