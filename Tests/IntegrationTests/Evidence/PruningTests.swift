import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

@Suite struct PruningByAgeTests {
    /// A ledger that a gateway kept in 2014 and 2016: what its rule says is old, is old by its own entries.
    private func writeOldLedger(_ deployment: Deployment) throws {
        let key = try SigningKey(parsing: deployment.folder.read("gateway/secrets/log.key"))
        let writer = try LogWriter(directory: deployment.ledger, key: key) { $1 }
        let policy = PolicyFiles(files: [])
        for (day, beats) in [("2014-01-01", UInt64(400)), ("2016-01-01", 100)] {
            let begin = try #require(EntryTime(parsingDateOrTime: day))
            let head = GatewayEntries.Head(try writer.publishCheckpoint())
            _ = try writer.append(
                GatewayEntries.boot(
                    version: "old", previous: head, policy: policy.digest, heartbeatMilliseconds: 5000, at: begin))
            _ = try writer.append(GatewayEntries.policy(policy, at: begin))
            for beat in 1...beats {
                _ = try writer.append(
                    GatewayEntries.heartbeat(
                        beat: beat, sessions: 0, intervalMilliseconds: 5000,
                        at: begin.advanced(byMilliseconds: Int64(beat) * 5000)))
            }
            _ = try writer.append(GatewayEntries.stopped(at: begin.advanced(byMilliseconds: 2_005_000)))
        }
        try writer.close()
    }

    /// What the sample's configuration says.
    private let sample = "  retain: { details: 18 months }\n"

    @Test func `entries go by the rule that stands in the ledger, and everybody is told of it`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try writeOldLedger(deployment)
        func run(_ arguments: String...) throws -> ChildProcess.Output {
            try ChildProcess.run([Deployment.binary] + arguments, timeout: 60)
        }

        // Without a rule nothing goes, by hand neither.
        try deployment.edit("ringfence.yaml", replacing: sample, with: "")
        try deployment.startGateway()
        let ruleless = try run("ledger", "retain", "--config", deployment.configuration)
        #expect(ruleless.status == 1 && ruleless.errors.contains("ledger.retain is not set"), "\(ruleless)")
        deployment.stopGateway()
        #expect(try LogDirectory(deployment.ledger).minimum() == 0)

        // The clock of this machine says that all of it is old; so do its own entries of the first time only.
        try deployment.edit(
            "ringfence.yaml", replacing: "  origin: ", with: "  retain: { entries: 9 years }\n  origin: ")
        try FileManager.default.removeItem(atPath: deployment.ledger)
        try writeOldLedger(deployment)
        try deployment.startGateway()
        let kept = try run("ledger", "retain", "--config", deployment.configuration)
        #expect(kept.succeeded && kept.output == "No entry is too old.\n", "\(kept)")
        deployment.stopGateway()
        #expect(try LogDirectory(deployment.ledger).minimum() == 0)

        try deployment.edit("ringfence.yaml", replacing: "entries: 9 years", with: "entries: 1 year")
        try FileManager.default.removeItem(atPath: deployment.ledger)
        try writeOldLedger(deployment)
        try deployment.startGateway()
        for _ in 0..<300 where try LogDirectory(deployment.ledger).minimum() == 0 { usleep(100_000) }
        #expect(try LogDirectory(deployment.ledger).minimum() == 256)
        try expectSuccess(deployment.psql(as: "alice", "SELECT count(*) FROM app.users;\n"))
        let again = try run("ledger", "retain", "--config", deployment.configuration)
        #expect(again.succeeded && again.output == "No entry is too old.\n", "\(again)")
        deployment.stopGateway()

        let verified = try run("ledger", "verify", deployment.ledger, "--key", deployment.logKey)
        #expect(verified.succeeded, "\(verified)")
        #expect(verified.output.contains("entries from 256 on; those before were pruned"), "\(verified)")
        #expect(verified.output.contains("keeps them for 1 year"), "\(verified)")
        let hashes = try run("ledger", "verify", deployment.ledger, "--key", deployment.logKey, "--hashes-only")
        #expect(hashes.succeeded && hashes.output.contains("Entries before 256 were pruned"), "\(hashes)")
        for command in [["show", "3"], ["prove", "3"], ["range", "3", "300"]] {
            let refused = try ChildProcess.run(
                [Deployment.binary, "ledger"] + command + ["--ledger", deployment.ledger, "--key", deployment.logKey])
            #expect(!refused.succeeded && refused.errors.contains("its entries were pruned"), "\(refused)")
        }
        try expectSuccess(run("ledger", "prove", "300", "--ledger", deployment.ledger, "--key", deployment.logKey))
        let all = try run("audit", "--ledger", deployment.ledger, "--key", deployment.logKey)
        #expect(all.status == 1 && all.output.contains("were pruned"), "\(all)")
        let recent = try run(
            "audit", "--ledger", deployment.ledger, "--key", deployment.logKey, "--from", "2020-01-01")
        #expect(recent.succeeded && recent.output.contains("Proved complete."), "\(recent)")

        // A copy is pruned as the ledger is.
        let fresh = deployment.folder.file("fresh")
        let published = try run("ledger", "publish", fresh, "--ledger", deployment.ledger, "--key", deployment.logKey)
        #expect(published.succeeded && published.output.contains("Entries before 256 are pruned"), "\(published)")
        try expectSuccess(run("ledger", "verify", fresh, "--key", deployment.logKey))
    }
}
