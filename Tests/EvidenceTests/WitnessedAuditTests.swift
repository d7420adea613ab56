import Evidence
import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

@Suite struct WitnessedAuditTests {
    private let log: SigningKey
    private let witness: CosigningKey
    private let cosignedAt = EntryTime(parsingDateOrTime: "2026-07-01T09:00:00Z")!

    init() throws {
        log = try SigningKey(name: "ledger.example.test/witnessed", seed: [UInt8](repeating: 1, count: 32))
        witness = try CosigningKey(name: "witness.example.test", seed: [UInt8](repeating: 2, count: 32))
    }

    /// A ledger of a quiet minute, and its checkpoint as the witness cosigned it.
    private func ledger(cosigned: Bool) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        let writer = try LogWriter(directory: folder.path, key: log) { $1 }
        let policy = PolicyFiles(files: [])
        let time = EntryTime(parsingDateOrTime: "2026-07-01T08:00:00Z")!
        _ = try writer.append(
            GatewayEntries.boot(
                version: "test", previous: .init(size: 0, root: .emptyRoot), policy: policy.digest,
                heartbeatMilliseconds: 5000, at: time))
        _ = try writer.append(GatewayEntries.policy(policy, at: time))
        _ = try writer.append(GatewayEntries.stopped(at: time))
        try writer.close()
        guard cosigned else { return folder }
        let note = try LogDirectory(folder.path).checkpoint(verifiedBy: log.verifierKey).note
        let line = try witness.cosign(note.text, at: UInt64(cosignedAt.millisecondsSince1970 / 1000))
        try folder.write("\(note.adding([line], verifiedBy: [witness.verifierKey]))", to: "checkpoint")
        return folder
    }

    private func report(
        _ folder: TemporaryDirectory, within seconds: Int64? = nil, after age: Int64 = 30
    ) throws -> AuditReport {
        let policy = try TlogPolicy(
            parsing: "log \(log.verifierKey)\nwitness one \(witness.verifierKey)\nquorum one\n".utf8)
        return Audit(AuditQuery()).run(
            LogDirectory(folder.path), key: log.verifierKey,
            witnesses: WitnessRequirement(policy, freshWithinSeconds: seconds),
            now: cosignedAt.advanced(byMilliseconds: age * 1000))
    }

    @Test func `an answer is proved complete only under a checkpoint that the quorum has cosigned`() throws {
        let complete = try report(ledger(cosigned: true))
        #expect(complete.isProvedComplete)
        #expect(complete.text.contains("cosigned by one at 2026-07-01T09:00:00"))
        let alone = try ledger(cosigned: false)
        let unwitnessed = try report(alone)
        #expect(!unwitnessed.isProvedComplete)
        #expect(unwitnessed.text.contains("NOT proved complete: the quorum is not met: 0 witnesses of 1 cosigned."))
        #expect(String(decoding: unwitnessed.json, as: UTF8.self).contains(#""verdict" : "unwitnessed""#))
        #expect(Audit(AuditQuery()).run(LogDirectory(alone.path), key: log.verifierKey).isProvedComplete)
    }

    @Test func `a quorum that is too old, or not yet, proves nothing`() throws {
        let folder = try ledger(cosigned: true)
        #expect(try report(folder, within: 60, after: 60).isProvedComplete)
        let stale = try report(folder, within: 60, after: 61)
        #expect(!stale.isProvedComplete && stale.text.contains("the checkpoint is stale"))
        #expect(try report(folder, within: 60, after: -60).isProvedComplete)
        let early = try report(folder, within: 60, after: -61)
        #expect(!early.isProvedComplete && early.text.contains("which is not yet"))
    }
}
