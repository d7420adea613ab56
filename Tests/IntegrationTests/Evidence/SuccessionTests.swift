import Foundation
import TestSupport
import Testing

@Suite struct SuccessionTests {
    @Test func `a frozen ledger takes no more entries, and its successor names it`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.startGateway()
        let early = try deployment.ringfence("ledger", "freeze", "--config", deployment.configuration)
        #expect(early.status == 2 && early.errors.contains("the gateway is running"), "\(early)")
        try expectSuccess(deployment.psql(as: "alice", "SELECT count(*) FROM app.users;\n"))
        deployment.stopGateway()

        let key = deployment.folder.file("gateway/secrets/next.key")
        let made = try deployment.ringfence("keygen", "log", "--name", "ledger.example.com/next", "--out", key)
        try expectSuccess(made)
        let frozen = try deployment.ringfence(
            "ledger", "freeze", "--successor", "\(key).pub", "--config", deployment.configuration)
        try expectSuccess(frozen)
        let root = try #require(
            frozen.output.split(separator: "\n").first?.split(separator: " ").last?.dropLast().description)
        let verified = try deployment.ringfence("ledger", "verify", deployment.ledger, "--key", deployment.logKey)
        try expectSuccess(verified)
        #expect(
            verified.output.contains("the log was frozen; its successor is ledger.example.com/next+"), "\(verified)")

        for arguments in [["serve"], ["ledger", "freeze"]] {
            let refused = try ChildProcess.run(
                [Deployment.binary] + arguments + ["--config", deployment.configuration], timeout: 30)
            #expect(refused.status == 2 && refused.errors.contains("is frozen"), "\(refused)")
        }

        try deployment.edit("ringfence.yaml", replacing: "directory: ledger", with: "directory: next")
        try deployment.edit(
            "ringfence.yaml", replacing: "origin: ledger.example.com/social", with: "origin: ledger.example.com/next")
        try deployment.edit(
            "ringfence.yaml", replacing: "signingKey: secrets/log.key",
            with: "signingKey: secrets/next.key\n  predecessor: { directory: ledger, key: secrets/log.key.pub }")
        try deployment.startGateway()
        try expectSuccess(deployment.psql(as: "alice", "SELECT count(*) FROM app.users;\n"))
        deployment.stopGateway()
        let next = try deployment.ringfence(
            "ledger", "verify", deployment.folder.file("gateway/next"), "--key", "\(key).pub")
        try expectSuccess(next)
        #expect(
            next.output.contains("the log goes on from ledger.example.com/social with") && next.output.contains(root),
            "\(next) \(root)")
        try deployment.startGateway()
        deployment.stopGateway()
    }

    @Test func `a log that is not frozen, or that names another successor, has none`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.startGateway()
        deployment.stopGateway()
        for name in ["next", "other"] {
            try expectSuccess(
                deployment.ringfence(
                    "keygen", "log", "--name", "ledger.example.com/\(name)", "--out",
                    deployment.folder.file("gateway/secrets/\(name).key")))
        }
        let configuration = try deployment.folder.read("gateway/ringfence.yaml")
        func next() throws -> ChildProcess.Output {
            try deployment.edit("ringfence.yaml", replacing: "directory: ledger", with: "directory: next")
            try deployment.edit(
                "ringfence.yaml", replacing: "origin: ledger.example.com/social",
                with: "origin: ledger.example.com/next")
            try deployment.edit(
                "ringfence.yaml", replacing: "signingKey: secrets/log.key",
                with: "signingKey: secrets/next.key\n  predecessor: { directory: ledger, key: secrets/log.key.pub }")
            return try ChildProcess.run(
                [Deployment.binary, "serve", "--config", deployment.configuration], timeout: 30)
        }
        let unfrozen = try next()
        #expect(unfrozen.status == 2 && unfrozen.errors.contains("is not frozen"), "\(unfrozen)")
        try deployment.folder.write(configuration, to: "gateway/ringfence.yaml", permissions: 0o600)
        try expectSuccess(
            deployment.ringfence(
                "ledger", "freeze", "--successor", deployment.folder.file("gateway/secrets/other.key.pub"), "--config",
                deployment.configuration))
        let other = try next()
        #expect(other.status == 2 && other.errors.contains("names another successor"), "\(other)")
    }
}
