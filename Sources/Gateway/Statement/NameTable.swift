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
    private var named: [ByteBuffer: (value: Value, age: UInt64, bytes: Int)] = [:]
    private var pending: Deque<(change: Change, batch: UInt64, age: UInt64, bytes: Int)> = []
    /// How often everything was doubted: what is of a lower age was named before the last time.
    private var doubts: UInt64 = 0
    /// What all values keep alive, but for the one that is unnamed and confirmed.
    private(set) var bytes = 0
    let namesMax: Int
    let bytesMax: Int

    init(namesMax: Int, bytesMax: Int = .max) {
        self.namesMax = namesMax
        self.bytesMax = bytesMax
    }

    /// Whether one more value of `bytes` may be defined. An unnamed one replaces the last, so it may have any size when
    /// no other is on its way.
    func hasRoom(for name: ByteBuffer, bytes: Int) -> Bool {
        guard named.count + pending.count < namesMax else { return false }
        if self.bytes + bytes <= bytesMax { return true }
        return name.readableBytes == 0 && !pending.contains { $0.bytes > 0 }
    }

    /// - Parameters:
    ///   - name: The bytes without the NUL; a buffer of its own, not a slice of a read.
    ///   - bytes: What `value` keeps alive.
    mutating func define(_ name: ByteBuffer, as value: Value, bytes: Int = 0, batch: UInt64) {
        self.bytes += bytes
        pending.append((.define(name, value), batch, doubts, bytes))
    }

    mutating func remove(_ name: ByteBuffer, batch: UInt64) {
        pending.append((.remove(name), batch, doubts, 0))
    }

    /// The oldest change took place.
    mutating func confirmFirst() {
        guard let (change, _, age, bytes) = pending.popFirst() else { return }
        if change.name.readableBytes > 0 { self.bytes -= named[change.name]?.bytes ?? 0 }
        switch change {
        case .define(let name, let value):
            if name.readableBytes == 0 {
                unnamed = value
                self.bytes -= bytes
            } else {
                named[name] = (value, age, bytes)
            }
        case .remove(let name):
            if name.readableBytes == 0 { unnamed = nil } else { named[name] = nil }
        }
    }

    /// The oldest change failed or was skipped.
    mutating func rejectFirst() {
        bytes -= pending.removeFirst().bytes
    }

    /// SQL that may redefine names is on its way. The unnamed one is out of SQL's reach.
    mutating func doubtAll() { doubts += 1 }

    /// Forgets every confirmed name.
    mutating func removeAll() {
        unnamed = nil
        guard !named.isEmpty else { return }
        bytes -= named.values.reduce(0) { $0 + $1.bytes }
        named.removeAll(keepingCapacity: true)
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
