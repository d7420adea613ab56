import DequeModule
import NIOCore

/// What the names of a client's prepared statements or portals stand for, as far as PostgreSQL has confirmed it.
///
/// A Parse of a name that is taken fails and leaves the old statement in place, so a name must not be believed to
/// stand for the new text before ParseComplete: a Bind would be recorded with a text that does not run.
struct NameTable<Value> {
    enum Meaning {
        case known(Value)
        /// As ``known(_:)``, unless SQL has made something else of the name since.
        case doubtful(Value)
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
    private var named: [ByteBuffer: (value: Value, age: UInt64)] = [:]
    private var pending: Deque<(change: Change, batch: UInt64, age: UInt64)> = []
    /// How often everything was doubted: what is of a lower age was named before the last time.
    private var doubts: UInt64 = 0
    let namesMax: Int

    init(namesMax: Int) { self.namesMax = namesMax }

    var isFull: Bool { named.count + pending.count >= namesMax }

    /// - Parameter name: The bytes without the NUL; a buffer of its own, not a slice of a read.
    mutating func define(_ name: ByteBuffer, as value: Value, batch: UInt64) {
        pending.append((.define(name, value), batch, doubts))
    }

    mutating func remove(_ name: ByteBuffer, batch: UInt64) {
        pending.append((.remove(name), batch, doubts))
    }

    /// The oldest change took place.
    mutating func confirmFirst() {
        guard let (change, _, age) = pending.popFirst() else { return }
        switch change {
        case .define(let name, let value):
            if name.readableBytes == 0 { unnamed = value } else { named[name] = (value, age) }
        case .remove(let name):
            if name.readableBytes == 0 { unnamed = nil } else { named[name] = nil }
        }
    }

    /// The oldest change failed or was skipped.
    mutating func rejectFirst() {
        pending.removeFirst()
    }

    /// SQL that may redefine names is on its way. The unnamed one is out of SQL's reach.
    mutating func doubtAll() { doubts += 1 }

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
            case .define(_, let value): return meaning(of: name, value, age: last.age)
            case .remove: return .unknown
            }
        }
        if name.readableBytes == 0 { return unnamed.map { .known($0) } ?? .unknown }
        return named[name].map { meaning(of: name, $0.value, age: $0.age) } ?? .unknown
    }

    private func meaning(of name: ByteBuffer, _ value: Value, age: UInt64) -> Meaning {
        age < doubts && name.readableBytes > 0 ? .doubtful(value) : .known(value)
    }
}
