import Foundation
import TestSupport
import Testing

@Suite struct LedgerKeyRotationTests {
    @Test func `an operator rotates the log's key, and each reader verifies with the key that they have`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.startGateway()
        deployment.stopGateway()
        func verify(_ keys: String...) throws -> ChildProcess.Output {
            try ChildProcess.run(
                [Deployment.binary, "ledger", "verify", deployment.ledger] + keys.flatMap { ["--key", $0] },
                timeout: 60)
        }
        let next = deployment.folder.file("gateway/secrets/next.key")
        let nothing = try deployment.ringfence("ledger", "rotate", "--config", deployment.configuration)
        #expect(nothing.status == 2 && nothing.errors.contains("no rotation has begun"), "\(nothing)")
        let begun = try expectSuccess(
            deployment.ringfence("ledger", "rotate", "--out", next, "--config", deployment.configuration))
        #expect(begun.output.contains("nextKey: \(next)"), "\(begun)")

        // Without the overlap nobody would know the new key: that is refused.
        try deployment.edit(
            "ringfence.yaml", replacing: "signingKey: secrets/log.key", with: "signingKey: secrets/next.key")
        let rash = try deployment.ringfence("serve", "--config", deployment.configuration, timeout: 30)
        #expect(rash.status == 2 && rash.errors.contains("signs beside the new one"), "\(rash)")

        try deployment.edit(
            "ringfence.yaml", replacing: "signingKey: secrets/next.key",
            with: "signingKey: secrets/log.key\n  nextKey: secrets/next.key")
        try deployment.startGateway()
        try expectSuccess(deployment.psql(as: "alice", "SELECT 1;\n"))
        let rest = try expectSuccess(
            deployment.ringfence("ledger", "rotate", "--config", deployment.configuration))
        #expect(rest.output.contains("take out nextKey"), "\(rest)")
        deployment.stopGateway()
        for keys in [[deployment.logKey], ["\(next).pub"], ["\(next).pub", deployment.logKey]] {
            let verified = try ChildProcess.run(
                [Deployment.binary, "ledger", "verify", deployment.ledger] + keys.flatMap { ["--key", $0] },
                timeout: 60)
            #expect(verified.succeeded && verified.output.contains("as well"), "\(verified)")
        }

        try deployment.edit(
            "ringfence.yaml", replacing: "signingKey: secrets/log.key\n  nextKey: secrets/next.key",
            with: "signingKey: secrets/next.key")
        try deployment.startGateway()
        deployment.stopGateway()
        try expectSuccess(verify("\(next).pub"))
        try expectSuccess(verify(deployment.logKey, "\(next).pub"))
        let late = try verify(deployment.logKey)
        #expect(late.status == 1 && late.errors.contains("may have rotated its key"), "\(late)")
    }
}
