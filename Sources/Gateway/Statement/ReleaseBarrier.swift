import DequeModule
import NIOCore
import TransparencyLog

/// Holds bytes back until the ledger entry they depend on is durable; their order never changes.
///
/// One holds a session's answers; a second one, in a session that may write, holds what goes to PostgreSQL.
struct ReleaseBarrier {
    enum Action: Equatable {
        /// Nothing was held and the entry is durable: the hot path, without an array.
        case forward(ByteBuffer)
        case wait
        /// As ``wait``, and the source is to be read no further until ``resumesSource`` says so.
        case pauseSource
    }

    private enum State { case open, paused, closed }

    private var state = State.open
    private var durable: AppendTicket?
    private var held: Deque<(entry: AppendTicket, bytes: ByteBuffer)> = []
    private(set) var heldBytes = 0
    let heldBytesMax: Int

    init(heldBytesMax: Int) { self.heldBytesMax = heldBytesMax }

    var isEmpty: Bool { held.isEmpty }

    /// - Parameter entry: The last entry that must be durable before `bytes` may pass; nil when there is none yet.
    mutating func received(_ bytes: ByteBuffer, of entry: AppendTicket?) -> Action {
        switch state {
        case .closed:
            return .wait
        case .open, .paused:
            if held.isEmpty, covers(entry) { return .forward(bytes) }
            // What waits for nothing itself waits for what stands before it.
            let awaited = held.last.map { last in max(last.entry, entry ?? last.entry) } ?? entry
            guard let awaited else { return .forward(bytes) }
            held.append((awaited, bytes))
            heldBytes += bytes.readableBytes
            guard state == .open, heldBytes >= heldBytesMax else { return .wait }
            state = .paused
            return .pauseSource
        }
    }

    mutating func entriesDurable(through last: AppendTicket) {
        durable = durable.map { max($0, last) } ?? last
    }

    /// The next bytes that may pass now; nil when all that may have passed.
    mutating func nextReleased() -> ByteBuffer? {
        guard state != .closed, let first = held.first, covers(first.entry) else { return nil }
        held.removeFirst()
        heldBytes -= first.bytes.readableBytes
        return first.bytes
    }

    /// True once after a pause, when no more than half of the bound is held.
    mutating func resumesSource() -> Bool {
        guard state == .paused, heldBytes <= heldBytesMax / 2 else { return false }
        state = .open
        return true
    }

    /// What has no durable entry never leaves.
    mutating func close() {
        state = .closed
        held.removeAll()
        heldBytes = 0
    }

    private func covers(_ entry: AppendTicket?) -> Bool {
        guard let entry else { return true }
        guard let durable else { return false }
        return entry <= durable
    }
}
