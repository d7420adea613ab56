import Foundation
import Synchronization
import TransparencyLog

/// Somebody who keeps every checkpoint that was ever shown, as a monitor or a witness would.
final class CheckpointObserver: Sendable {
    private struct State {
        var seen: [[UInt8]] = []
        var compared = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let ledger: String

    init(of ledger: String) {
        self.ledger = ledger
        Thread { [self] in
            while !state.withLock({ $0.isStopped }) {
                if let data = FileManager.default.contents(atPath: "\(ledger)/checkpoint") {
                    let bytes = [UInt8](data)
                    state.withLock { if $0.seen.last != bytes { $0.seen.append(bytes) } }
                }
                usleep(2_000)
            }
        }.start()
    }

    func stop() { state.withLock { $0.isStopped = true } }

    var count: Int { state.withLock { $0.seen.count } }

    /// Every checkpoint that came since the last call must be a beginning of the log as it is now.
    ///
    /// - Returns: The log's checkpoint now.
    func compare(_ key: VerifierKey) throws -> SignedCheckpoint {
        let directory = LogDirectory(ledger)
        let fresh = state.withLock { state in
            defer { state.compared = state.seen.count }
            return state.seen[state.compared...]
        }
        let now = try directory.checkpoint(verifiedBy: key)
        for bytes in fresh {
            let old = try SignedCheckpoint(parsing: bytes, log: key)
            // What was seen while this runs may be later than `now`: it is compared the next time by its successor.
            guard old.size <= now.size else { continue }
            try directory.verifyConsistency(from: old.checkpoint, to: now.checkpoint)
        }
        return now
    }
}
