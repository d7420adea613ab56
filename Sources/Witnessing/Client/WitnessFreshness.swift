import NIOCore
import Synchronization

/// When a quorum of witnesses last cosigned, and whether that is too long ago.
public final class WitnessFreshness: Sendable {
    private let limit: UInt64
    /// On the clock that never jumps; 0 for never.
    private let witnessed = Atomic<UInt64>(0)

    /// - Parameter limit: The longest that the quorum may be away.
    public init(limit: Duration) { self.limit = UInt64(clamping: TimeAmount(limit).nanoseconds) }

    public var isFresh: Bool { isFresh(at: NIODeadline.now().uptimeNanoseconds) }

    func isFresh(at now: UInt64) -> Bool {
        let last = witnessed.load(ordering: .relaxed)
        return last > 0 && now < last &+ limit
    }

    /// A quorum has cosigned what it was asked at `time`: what it vouches for is no younger than that.
    func quorumReached(askedAt time: UInt64) { witnessed.store(max(time, 1), ordering: .relaxed) }
}
