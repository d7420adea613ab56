import Foundation
import TestSupport
import Testing

@Suite struct CrashStormTests {
    /// `script/crash-test` asks for more kills.
    @Test func `killed at any moment under load, the gateway loses no entry and tells one history`() throws {
        let environment = ProcessInfo.processInfo.environment
        let kills = environment["RINGFENCE_CRASH_KILLS"].flatMap { Int($0) } ?? 10
        let seed = environment["RINGFENCE_CRASH_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
        print("crash storm: seed \(seed)")
        var storm = try CrashStorm(Deployment(.v15, users: 60), seed: seed)
        let minutes = environment["RINGFENCE_CRASH_MINUTES"].flatMap { Double($0) }
        try storm.run(kills: kills, until: minutes.map { Date(timeIntervalSinceNow: $0 * 60) } ?? .distantFuture)
        print("crash storm: \(storm.report)")
        #expect(storm.report.kills == kills || minutes != nil)
        #expect(storm.report.answers > 0)
        if let path = environment["RINGFENCE_CRASH_REPORT"] {
            try "\(storm.report)\n".write(toFile: path, atomically: true, encoding: .utf8)
        }
    }
}
