import Glibc

/// Verifies bundles of entries on several threads, and hands over what became of each in order.
///
/// Threads take the next bundle there is. They stay at most a window ahead of what was handed over, so memory does not
/// grow with the log, and what is found wrong first is what stands first in the log.
struct BundleVerification<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var next: UInt64
        var handedOver: UInt64
        var done: [UInt64: Result<Value, LogVerificationError>] = [:]
        var isStopped = false
    }

    /// Bundles that a thread may be ahead, for each thread.
    private static var windowPerThread: UInt64 { 8 }

    private let bundles: Range<UInt64>
    private let firstKept: UInt64
    private let tiles: VerifiedTiles
    private let threads: Int
    private let work: @Sendable (UInt64, [UInt8], [Range<Int>]) -> Value
    private let state: Monitor<State>
    private var window: UInt64 { Self.windowPerThread * UInt64(threads) }

    /// - Parameters:
    ///   - firstKept: Bundles before it are not there any more: their hashes are verified, and have no entries.
    ///   - tiles: Each thread goes on from a copy of its own.
    ///   - work: What becomes of a verified bundle, given its index, its bytes, and where the entries are in them.
    init(
        _ bundles: Range<UInt64>, keptFrom firstKept: UInt64, tiles: VerifiedTiles, threads: Int,
        work: @escaping @Sendable (UInt64, [UInt8], [Range<Int>]) -> Value
    ) {
        self.bundles = bundles
        self.firstKept = firstKept
        self.tiles = tiles
        self.threads = Int(clamping: min(UInt64(max(1, threads)), UInt64(bundles.count)))
        self.work = work
        state = Monitor(State(next: bundles.lowerBound, handedOver: bundles.lowerBound))
    }

    /// - Parameter body: Is called on this thread, in the order of the bundles.
    func run(_ body: (UInt64, Value) throws(LogVerificationError) -> Void) throws(LogVerificationError) {
        guard !bundles.isEmpty else { return }
        var workers: [WorkerThread] = []
        defer {
            state.update { state in
                state.isStopped = true
                return true
            }
            for worker in workers { worker.join() }
        }
        for number in 0..<threads {
            do throws(StorageError) {
                workers.append(try WorkerThread(name: "verifier \(number)") { verify() })
            } catch {
                // Fewer threads take longer, that is all.
                guard !workers.isEmpty else { throw .unreadable(LogLayout.checkpoint, error) }
                break
            }
        }
        for bundle in bundles {
            let result = state.wait { state -> Result<Value, LogVerificationError>? in
                state.done.removeValue(forKey: bundle)
            }
            guard let result else { return }
            try body(bundle, try result.get())
            state.update { state in
                let isHeldUp = state.next >= state.handedOver + window
                state.handedOver = bundle + 1
                return isHeldUp
            }
        }
    }

    private func verify() {
        var tiles = tiles
        while let bundle = take() {
            let result: Result<Value, LogVerificationError>
            do throws(LogVerificationError) {
                if bundle < firstKept {
                    _ = try tiles.hashes(level: 0, index: bundle)
                    result = .success(work(bundle, [], []))
                } else {
                    let (bytes, entries) = try tiles.bundle(bundle)
                    result = .success(work(bundle, bytes, entries))
                }
            } catch {
                result = .failure(error)
            }
            state.update { state in
                state.done[bundle] = result
                return bundle == state.handedOver
            }
        }
    }

    /// How many threads can run at the same time.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Nil when there is nothing left to do.
    private func take() -> UInt64? {
        let bundle = state.wait { state -> UInt64?? in
            if state.isStopped || state.next == bundles.upperBound { return .some(nil) }
            guard state.next < state.handedOver + window else { return nil }
            defer { state.next += 1 }
            return state.next
        }
        return bundle ?? nil
    }
}
