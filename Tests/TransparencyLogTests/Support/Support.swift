import Foundation
import Synchronization

import TestSupport

@testable import TransparencyLog

/// Remembers what the log reported.
final class Witnessed: DurabilityObserver {
    struct State {
        var durable: UInt64?
        var failure: LogError?
        var failures = 0
        var reportsAfterFailure = 0
    }
    let state = Mutex(State())

    func entriesDurable(through last: AppendTicket) {
        state.withLock {
            $0.durable = last.rawValue
            if $0.failure != nil { $0.reportsAfterFailure += 1 }
        }
    }

    func logUnreachable(_ reason: String) {}

    func logFailed(_ error: LogError) {
        state.withLock {
            $0.failure = error
            $0.failures += 1
        }
    }
}

/// A new directory under the system's temporary one, removed by the closure's end.
func withTemporaryDirectory<R>(_ body: (String) throws -> R) throws -> R {
    let path = FileManager.default.temporaryDirectory.path + "/log-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func fixture(_ name: String) throws -> Data {
    try Data(
        contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../Fixtures/\(name)"))
}

func testKey(_ name: String = "log.example/test") throws -> SigningKey {
    try SigningKey(name: name, seed: [UInt8](repeating: 7, count: 32))
}

/// A sealing that is plain to see.
let plainSeal: LogWriter.Seal = { index, detail in [0xDD, UInt8(truncatingIfNeeded: index.rawValue)] + detail }

func entry(_ number: UInt64) -> [UInt8] { Array("entry \(number)".utf8) }

func smallOptions(interval: Duration = .zero, segmentBytes: Int = 16_384) -> LogWriter.Options {
    var options = LogWriter.Options()
    options.segmentBytes = segmentBytes
    options.checkpointInterval = interval
    return options
}

/// A closed log in memory.
func makeLog(_ store: FaultyStore = FaultyStore(), size: UInt64, details: Bool = true) throws -> FaultyStore {
    let log = try LogWriter(
        directory: "/log", key: testKey(), options: smallOptions(interval: .seconds(3600), segmentBytes: 1 << 20),
        storage: store, seal: plainSeal)
    for number in 0..<size {
        let record = LogRecord(entry: entry(number), detail: details && number % 3 == 0 ? entry(number) : nil)
        // A log that is filled at full speed may be behind for a moment.
        while true {
            do throws(LogError) {
                _ = try log.append(record)
                break
            } catch {
                guard error.isRetryable else { throw error }
                _ = try log.publishCheckpoint()
            }
        }
    }
    try log.close()
    return store
}

/// Every single-byte corruption a fuzzer would start with.
func mutations(of bytes: [UInt8], count: Int, seed: UInt64) -> [[UInt8]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
        var mutated = bytes
        switch Int.random(in: 0..<4, using: &generator) {
        case 0 where !mutated.isEmpty:
            mutated[Int.random(in: 0..<mutated.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        case 1:
            mutated.insert(
                UInt8.random(in: 0...255, using: &generator), at: Int.random(in: 0...mutated.count, using: &generator))
        case 2 where !mutated.isEmpty: mutated.remove(at: Int.random(in: 0..<mutated.count, using: &generator))
        default: mutated = Array(mutated.prefix(Int.random(in: 0...mutated.count, using: &generator)))
        }
        return mutated
    }
}
