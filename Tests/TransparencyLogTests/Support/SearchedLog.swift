import Foundation
import Glibc

@testable import TransparencyLog

/// Logs whose files are searched for what must be gone from them.
extension FaultyStore {
    func openLog(segmentBytes: Int = 16_384) throws -> LogWriter {
        try LogWriter(
            directory: "/log", key: testKey(), options: smallOptions(segmentBytes: segmentBytes), storage: self,
            seal: plainSeal)
    }

    /// The files in which one of the texts lies.
    func paths(with texts: some Sequence<[UInt8]>) -> Set<String> {
        let needles = texts.map { Data($0) }
        return Set(
            paths.filter { path in
                let bytes = Data(bytes(path) ?? [])
                return needles.contains { bytes.range(of: $0) != nil }
            })
    }
}

extension LogWriter {
    /// Waits while there is no room, and until all of it is durable.
    func appendAll(_ records: some Collection<LogRecord>) throws {
        var last: AppendTicket?
        for record in records {
            while true {
                do throws(LogError) {
                    last = try append(record)
                    break
                } catch {
                    guard case .full = error else { throw error }
                    usleep(500)
                }
            }
        }
        while let last, durableSize <= last.rawValue { usleep(100) }
    }
}
