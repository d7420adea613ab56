import Foundation
import PostgresLog
import Synchronization
import TransparencyLog

/// Many who each wait until their entry is durable, and one who is alone.
enum Producers {
    /// Wakes each producer once its entry is durable.
    private final class Waiters: DurabilityObserver {
        private let waiting = Mutex<(durable: UInt64, list: [(ticket: UInt64, semaphore: DispatchSemaphore)])>((0, []))

        func wait(for ticket: AppendTicket, _ semaphore: DispatchSemaphore) {
            let isDurable = waiting.withLock { waiting in
                if ticket.rawValue < waiting.durable { return true }
                waiting.list.append((ticket.rawValue, semaphore))
                return false
            }
            if !isDurable { semaphore.wait() }
        }

        func entriesDurable(through last: AppendTicket) {
            let woken = waiting.withLock { waiting in
                waiting.durable = last.rawValue + 1
                let end = waiting.list.partition { $0.ticket <= last.rawValue }
                defer { waiting.list.removeSubrange(end...) }
                return waiting.list[end...].map(\.semaphore)
            }
            for semaphore in woken { semaphore.signal() }
        }

        func logUnreachable(_ reason: String) {}

        func logFailed(_ error: LogError) { fatalError("\(error)") }
    }

    static func measure(in directory: String, count: Int, seconds limit: Int) throws {
        try measure(LogWriter(directory: directory, key: key()) { $1 }, count: count, seconds: limit)
    }

    /// - Parameter connection: Of a database in which `ringfence ledger init` made the log of this benchmark's key.
    static func measure(in directory: String, sharedAt connection: String, count: Int, seconds limit: Int) throws {
        let log = try SharedLogWriter(
            SharedLogLocation(connectionString: connection), name: "bench-\(getpid())", key: key(),
            stateDirectory: directory
        ) { $0 }
        try measure(log, count: count, seconds: limit)
    }

    private static func measure(_ log: any LogStore, count: Int, seconds limit: Int) throws {
        let waiters = Waiters()
        log.addObserver(waiters)
        let record = LogRecord(entry: [UInt8](repeating: 0x61, count: Traffic.typicalEntryBytes))
        let latencies = Mutex<[Double]>([])
        let start = clock.now
        let end = start + .seconds(limit)
        let group = DispatchGroup()
        for _ in 0..<count {
            let thread = Thread {
                let semaphore = DispatchSemaphore(value: 0)
                var own: [Double] = []
                while clock.now < end {
                    let before = clock.now
                    do throws(LogError) {
                        waiters.wait(for: try log.append(record), semaphore)
                        own.append(seconds(clock.now - before))
                    } catch {
                        guard error.isRetryable else { fatalError("\(error)") }
                        usleep(100)
                    }
                }
                let measured = own
                latencies.withLock { $0 += measured }
                group.leave()
            }
            group.enter()
            thread.start()
        }
        group.wait()
        let elapsed = seconds(clock.now - start)
        let all = latencies.withLock { $0 }
        report("entriesPerSecond", Double(all.count) / elapsed)
        report("p50", quantile(all, 0.5))
        report("p99", quantile(all, 0.99))
        try log.close()
    }
}
