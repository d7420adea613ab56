import Glibc
import Ringfence
import TransparencyLog

/// Entries in batches: appended as fast as the log takes them, until they are durable.
enum Appending {
    private static let chunk = 100_000

    static func measure(in directory: String, entries: Int, isSealed: Bool) throws {
        let key = try key()
        var traffic = Traffic(origin: key.name)
        let sealer = traffic.sealer
        let log = try LogWriter(directory: directory, key: key) { sealer.seal($0, $1) }
        try traffic.begin(log, isSealed: isSealed)
        var building = Duration.zero
        var appending = Duration.zero
        var bytes = (entries: 0, details: 0)
        var done = 0
        while done < entries {
            let start = clock.now
            let records = (0..<min(chunk, entries - done)).map { _ in traffic.next() }
            building += clock.now - start
            for record in records {
                bytes.entries += record.entry.count
                bytes.details += record.detail?.count ?? 0
            }
            let append = clock.now
            for record in records { try appendWaiting(record, to: log) }
            while log.durableSize < UInt64(done + records.count) { usleep(50) }
            appending += clock.now - append
            done += records.count
        }
        report("entriesPerSecond", Double(done) / seconds(appending))
        report("buildingPerSecond", Double(done) / seconds(building))
        report("entryBytes", Double(bytes.entries) / Double(done))
        report("detailBytes", Double(bytes.details) / Double(done) * 2)
        reportPeakMemory()
        // The lock dies with the process; the write-ahead log stays as a crash leaves it.
        kill(getpid(), SIGKILL)
    }

    private static func appendWaiting(_ record: LogRecord, to log: LogWriter) throws {
        while true {
            do throws(LogError) {
                _ = try log.append(record)
                return
            } catch {
                guard error.isRetryable else { throw error }
                usleep(20)
            }
        }
    }
}
