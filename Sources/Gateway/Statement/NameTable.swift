import DequeModule
import NIOCore

/// What the names of a client's prepared statements or portals stand for, as far as PostgreSQL has confirmed it.
///
/// A Parse of a name that is taken fails and leaves the old statement in place, so a name must not be believed to
/// stand for the new text before ParseComplete: a Bind would be recorded with a text that does not run.
struct NameTable<Value> {
    enum Meaning {
        case known(Value)
        /// Nothing the gateway saw made it; SQL's PREPARE or DECLARE may have.
        case unknown
        /// An answer that is still due decides.
        case undecided
    }

    private enum Change {
        case define(ByteBuffer, Value)
        case remove(ByteBuffer)

        var name: ByteBuffer {
            switch self {
            case .define(let name, _), .remove(let name): name
            }
        }
    }

    private var unnamed: Value?
    private var named: [ByteBuffer: Value] = [:]
    private var pending: Deque<(change: Change, batch: UInt64)> = []
    let namesMax: Int

    init(namesMax: Int) { self.namesMax = namesMax }

    var isFull: Bool { named.count + pending.count >= namesMax }

    /// - Parameter name: The bytes without the NUL; a buffer of its own, not a slice of a read.
    mutating func define(_ name: ByteBuffer, as value: Value, batch: UInt64) {
        pending.append((.define(name, value), batch))
    }

    mutating func remove(_ name: ByteBuffer, batch: UInt64) {
        pending.append((.remove(name), batch))
    }

    /// The oldest change took place.
    mutating func confirmFirst() {
        guard let (change, _) = pending.popFirst() else { return }
        switch change {
        case .define(let name, let value):
            if name.readableBytes == 0 { unnamed = value } else { named[name] = value }
        case .remove(let name):
            if name.readableBytes == 0 { unnamed = nil } else { named[name] = nil }
        }
    }

    /// The oldest change failed or was skipped.
    mutating func rejectFirst() {
        pending.removeFirst()
    }

    /// Forgets every confirmed name.
    mutating func removeAll() {
        unnamed = nil
        if !named.isEmpty { named.removeAll(keepingCapacity: true) }
    }

    /// What `name` stands for, to a message of the batch `batch`.
    func meaning(of name: ByteBuffer, batch: UInt64) -> Meaning {
        if let last = pending.last(where: { $0.change.name == name }) {
            // Within one batch a failure makes PostgreSQL skip the message that asks, too.
            guard last.batch == batch else { return .undecided }
            switch last.change {
            case .define(_, let value): return .known(value)
            case .remove: return .unknown
            }
        }
        let value = name.readableBytes == 0 ? unnamed : named[name]
        return value.map { .known($0) } ?? .unknown
    }
}
