import Synchronization

/// Those who are told what became of entries, and the failure that late comers are told at once.
package final class DurabilityObservers: Sendable {
    private struct State {
        var list: [any DurabilityObserver] = []
        var failure: LogError?
    }

    private let state = Mutex(State())

    package init() {}

    package func add(_ observer: any DurabilityObserver) {
        let failure = state.withLock { state in
            state.list.append(observer)
            return state.failure
        }
        if let failure { observer.logFailed(failure) }
    }

    package func tellDurable(through last: AppendTicket) {
        let list = state.withLock { $0.list }
        for observer in list { observer.entriesDurable(through: last) }
    }

    package func tellUnreachable(_ reason: String) {
        let list = state.withLock { $0.list }
        for observer in list { observer.logUnreachable(reason) }
    }

    package func tellFailed(_ error: LogError) {
        let list = state.withLock { state in
            state.failure = error
            return state.list
        }
        for observer in list { observer.logFailed(error) }
    }
}
