import Testing

@testable import TransparencyLog

/// Who writes the next group: the writer thread, or one that leads.
struct AppendQueueTests {
    private let record = LogRecord(entry: [1])
    private var queue: AppendQueue
    private var group: [AppendQueue.Item] = []

    init() throws {
        let store = FaultyStore()
        let spares = try (0..<3).map { number in
            let file = try #require(try store.open("/\(number)", writing: true, creating: true))
            return WALSegment(name: "\(number)", file: file)
        }
        queue = AppendQueue(nextIndex: 0, spares: spares, options: smallOptions())
    }

    private mutating func writerSleeps() {
        guard case .sleep = queue.next() else {
            Issue.record("the writer does not sleep")
            return
        }
    }

    @Test mutating func `what gathered is led once, and what comes meanwhile is the next group's`() throws {
        writerSleeps()
        #expect(queue.lead() == .nothing)
        _ = try queue.append(record)
        _ = try queue.append(record)
        #expect(queue.lead() == .group)
        #expect(queue.takeGroup(into: &group) == 0)
        #expect(group.count == 2)
        #expect(queue.lead() == .nothing)
        _ = try queue.append(record)
        #expect(queue.lead() == .busy)
        let wakesWriter = queue.leadEnded()
        #expect(!wakesWriter)
        #expect(queue.lead() == .group)
        group.removeAll()
        #expect(queue.takeGroup(into: &group) == 2)
    }

    @Test mutating func `nobody leads while the writer is awake, which takes all that waits`() throws {
        _ = try queue.append(record)
        #expect(queue.lead() == .nothing)
        guard case .group = queue.next() else {
            Issue.record("the writer takes nothing")
            return
        }
    }

    @Test mutating func `a writer that is wanted while another leads is woken when that ends, not before`() throws {
        writerSleeps()
        _ = try queue.append(record)
        #expect(queue.lead() == .group)
        _ = queue.takeGroup(into: &group)
        _ = try queue.append(record)
        let wakesAtOnce = queue.wakeWriter()
        #expect(!wakesAtOnce)
        // Should it wake by itself, it must not take the group that the other's stands before.
        writerSleeps()
        let wakesThen = queue.leadEnded()
        #expect(wakesThen)
        guard case .group = queue.next() else {
            Issue.record("the writer takes nothing")
            return
        }
    }

    @Test mutating func `what only the writer does is left to it`() throws {
        writerSleeps()
        _ = try queue.append(record)
        let wakes = queue.rotate()
        #expect(wakes)
        #expect(queue.lead() == .nothing)
        guard case .rotate(end: 0) = queue.next(), case .group = queue.next() else {
            Issue.record("the writer does not go on to another segment")
            return
        }
        _ = queue.takeGroup(into: &group)
        writerSleeps()
        _ = try queue.append(record)
        _ = queue.fail(.closed)
        #expect(queue.lead() == .nothing)
        guard case .failed = queue.next() else {
            Issue.record("the writer does not tell of the failure")
            return
        }
    }
}
