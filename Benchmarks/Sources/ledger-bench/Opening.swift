import TransparencyLog

/// How long the log takes to open after a crash: what is not in the tiles yet is read from the write-ahead log.
enum Opening {
    static func measure(in directory: String) throws {
        let start = clock.now
        let log = try LogWriter(directory: directory, key: key()) { $1 }
        report("seconds", seconds(clock.now - start))
        report("entries", Double(log.durableSize))
        reportPeakMemory()
        try log.close()
    }
}
