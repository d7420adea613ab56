import Foundation
import TestSupport
import Testing

/// Two gateways before one database, with one ledger in another.
@Suite struct SharedLedgerTests {
    private struct Gateways {
        let deployment: Deployment
        let ledger: TestDatabase
        private let second: String
        private let secondPort: Int

        static let role = "log_writer"
        static let password = "for-a-test"

        init() throws {
            deployment = try Deployment(.v15, users: 60)
            ledger = try PostgresCluster(.v15, isDurable: true).createDatabase(prefix: "ledger")
            try ledger.run("CREATE ROLE \(Self.role) LOGIN PASSWORD '\(Self.password)'")
            try expectSuccess(
                deployment.ringfence(
                    "ledger", "init", "--store", ledger.connectionString(), "--origin", "ledger.example.com/social",
                    "--writer", Self.role))
            let folder = deployment.folder
            try folder.write("\(Self.password)\n", to: "gateway/secrets/ledger.password", permissions: 0o600)
            try deployment.edit(
                "ringfence.yaml", replacing: "  directory: ledger\n",
                with: """
                      directory: seen-a
                      store:
                        postgres:
                          connection: host=127.0.0.1 port=\(ledger.cluster.port) dbname=\(ledger.name) user=\(Self.role)
                          passwordFile: secrets/ledger.password
                          gateway: a

                    """)
            secondPort = try freePort()
            second = folder.file("gateway/second.yaml")
            let text = try folder.read("gateway/ringfence.yaml")
                .replacingOccurrences(of: "127.0.0.1:\(deployment.gatewayPort)", with: "127.0.0.1:\(secondPort)")
                .replacingOccurrences(of: "seen-a", with: "seen-b").replacingOccurrences(
                    of: "gateway: a\n", with: "gateway: b\n"
                ).replacingOccurrences(of: "control.sock", with: "control-b.sock")
            try folder.write(text, to: "gateway/second.yaml", permissions: 0o600)
        }

        /// As the superuser may: a reader's rights would do.
        var location: String { ledger.connectionString() }

        func startSecond() throws -> ChildProcess {
            let child = try ChildProcess([Deployment.binary, "serve", "--config", second])
            try waitForPort(secondPort, of: child)
            return child
        }

        func psql(second isSecond: Bool, as name: String, _ script: String) throws -> ChildProcess.Output {
            let connection = try deployment.connectionString(of: name)
            return try deployment.psql(
                connecting: isSecond
                    ? connection.replacingOccurrences(
                        of: "port=\(deployment.gatewayPort)", with: "port=\(secondPort)") : connection, script)
        }
    }

    @Test func `two gateways share one ledger, and an audit covers both`() throws {
        let gateways = try Gateways()
        let deployment = gateways.deployment
        try expectSuccess(deployment.ringfence("check", "--config", deployment.configuration))
        try deployment.startGateway()
        let second = try gateways.startSecond()
        for isSecond in [false, true] {
            for name in ["alice", "casey"] {
                let output = try gateways.psql(
                    second: isSecond, as: name, "SELECT count(*) FROM app.users;\nSELECT count(*) FROM app.users;\n")
                try expectSuccess(output)
            }
        }
        // One that ends takes no session of the other's with it.
        deployment.stopGateway()
        try expectSuccess(gateways.psql(second: true, as: "alice", "SELECT count(*) FROM app.users;\n"))
        second.signal(SIGKILL, wholeGroup: true)
        _ = second.finish(timeout: 20)
        try deployment.startGateway()
        let restarted = try gateways.startSecond()
        try expectSuccess(gateways.psql(second: true, as: "alice", "SELECT count(*) FROM app.users;\n"))
        #expect(restarted.stop(patience: 30).status == 0)
        #expect(deployment.stopGateway()?.status == 0)

        let key = deployment.logKey
        let verified = try deployment.ringfence("ledger", "verify", gateways.location, "--key", key)
        try expectSuccess(verified)
        #expect(verified.output.contains("6 session"), "\(verified)")
        #expect(verified.output.contains("gateway a was stopped until"), "\(verified)")
        #expect(verified.output.contains("gateway b ended without closing the ledger"), "\(verified)")

        let copy = deployment.folder.file("copy")
        try expectSuccess(deployment.ringfence("ledger", "publish", copy, "--ledger", gateways.location, "--key", key))
        let published = try expectSuccess(
            deployment.ringfence("audit", "--ledger", copy, "--key", key, "--home", "US"))
        #expect(published.output.contains("6 sessions") || published.output.contains("proved complete"), "\(published)")
        // Persons stand in the details, which no published copy has.
        let named = try expectSuccess(
            deployment.ringfence(
                "audit", "--ledger", gateways.location, "--key", key, "--home", "US", "--auditor-key",
                deployment.auditorKey))
        #expect(named.output.contains("alice"), "\(named)")
        #expect(!published.output.contains("alice"), "\(published)")
        for index in ["0", "12"] {
            let proof = deployment.folder.file("proof-\(index)")
            try expectSuccess(
                deployment.ringfence(
                    "ledger", "prove", index, "--ledger", gateways.location, "--key", key, "--output", proof))
        }
        try expectSuccess(
            deployment.ringfence("ledger", "show", "8", "--ledger", gateways.location, "--key", key))
    }

    @Test func `while the ledger is away no answer leaves, and service resumes by itself`() throws {
        let gateways = try Gateways()
        try gateways.deployment.startGateway()
        defer { gateways.deployment.stopGateway() }
        func ask() throws -> ChildProcess.Output {
            try gateways.psql(second: false, as: "alice", "SELECT 'answer' || count(*) FROM app.users;\n")
        }
        try expectSuccess(ask())
        try gateways.ledger.cluster.stop(.immediate)
        let refused = try ask()
        #expect(!refused.succeeded && !refused.output.contains("answer"), "\(refused)")
        #expect(refused.errors.contains("the access ledger does not answer"), "\(refused)")
        try gateways.ledger.cluster.start()
        var last = try ask()
        for _ in 0..<50 where !last.succeeded { last = try ask() }
        #expect(last.output.contains("answer"), "\(last)")
    }

    @Test func `a second gateway of the same name is refused while the first one runs`() throws {
        let gateways = try Gateways()
        let deployment = gateways.deployment
        try deployment.startGateway()
        defer { deployment.stopGateway() }
        let other = try deployment.folder.read("gateway/second.yaml").replacingOccurrences(
            of: "gateway: b\n", with: "gateway: a\n")
        let file = try deployment.folder.write(other, to: "gateway/third.yaml", permissions: 0o600)
        let refused = try ChildProcess.run([Deployment.binary, "serve", "--config", file], timeout: 60)
        #expect(refused.status == 2 && refused.errors.contains("is called a in this ledger"), "\(refused)")
    }

    @Test func `what such a ledger lacks is refused, with what to do instead`() throws {
        let gateways = try Gateways()
        let deployment = gateways.deployment
        let next = deployment.folder.file("gateway/secrets/next.key")
        let commands = [
            (["rotate", "--out", next, "--config", deployment.configuration], "cannot be rotated yet"),
            (["freeze", "--config", deployment.configuration], "cannot be frozen yet"),
            (["rebuild", "--ledger", gateways.location, "--key", deployment.logKey], "made anew yet"),
        ]
        for (arguments, what) in commands {
            let refused = try ChildProcess.run([Deployment.binary, "ledger"] + arguments, timeout: 60)
            #expect(refused.status == 2 && refused.errors.contains(what), "\(refused)")
        }
        #expect(!FileManager.default.fileExists(atPath: next))
        for (old, new, what) in [
            ("  origin:", "  nextKey: secrets/log.key\n  origin:", "cannot change its key yet"),
            ("retain: { details:", "retain: { entries: 10 years, details:", "cannot be pruned yet"),
        ] {
            try deployment.edit("ringfence.yaml", replacing: old, with: new)
            for command in ["check", "serve"] {
                let refused = try deployment.ringfence(command, "--config", deployment.configuration, timeout: 30)
                #expect(refused.status != 0 && "\(refused)".contains(what), "\(refused)")
            }
            try deployment.edit("ringfence.yaml", replacing: new, with: old)
        }
    }

    @Test func `check says what is wrong with the ledger's database, and how to mend it`() throws {
        let gateways = try Gateways()
        let deployment = gateways.deployment
        try deployment.edit("ringfence.yaml", replacing: "gateway: a\n", with: "gateway: a\n      schema: nowhere\n")
        let missing = try deployment.ringfence("check", "--config", deployment.configuration)
        #expect(missing.status == 1 && missing.output.contains("ringfence ledger init"), "\(missing)")
        try deployment.edit(
            "ringfence.yaml", replacing: "  origin:", with: "  witnesses: witnesses.policy\n  origin:")
        let witnessed = try deployment.ringfence("check", "--config", deployment.configuration)
        #expect(
            witnessed.status == 1 && witnessed.output.contains("cannot have its checkpoints cosigned yet")
                || witnessed.errors.contains("cannot have its checkpoints cosigned yet"), "\(witnessed)")
    }
}
