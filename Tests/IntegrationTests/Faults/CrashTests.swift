import Foundation
import TestSupport
import Testing

@Suite struct CrashTests {
    @Test(arguments: PostgresCluster.Version.allCases)
    func `after SIGKILL no answer lacks its entry, and the ledger goes on`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment(version, users: 60)
        try deployment.startGateway()
        var answers = 0
        for _ in 1...2 {
            let log = deployment.folder.file("answers")
            let dsn = try deployment.connectionString(of: "feed-api")
            let writer = try ChildProcess(
                [Deployment.python, Deployment.fixture("write_until_cut.py"), log], environment: ["DSN_FEED_API": dsn])
            for _ in 0..<1200 where (try? deployment.folder.read("answers").count { $0 == "\n" }) ?? 0 < 100 {
                usleep(25_000)
            }
            deployment.killGateway()
            let result = try expectSuccess(writer.finish())
            answers += Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
            try deployment.startGateway()
        }
        #expect(answers >= 100)
        try expectSuccess(deployment.psql(as: "alice", "SELECT 1;\n"))
        let verified = try deployment.ringfence("ledger", "verify", deployment.ledger, "--key", deployment.logKey)
        #expect(verified.succeeded, "\(verified)")
        deployment.stopGateway()
        let copy = deployment.folder.file("copy")
        try expectSuccess(
            deployment.ringfence(
                "ledger", "publish", copy, "--ledger", deployment.ledger, "--key", deployment.logKey))
        let published = try PublishedEntries(folder: copy)
        #expect(published.count(ofKind: "statement") >= answers)
        #expect(published.count(ofKind: "boot") == 3)
        let rows = try deployment.database.run("SELECT count(*) FROM app.messages WHERE body LIKE 'cut %'")
        // A row may have been written whose answer was never released, but it has its entry.
        #expect(Int(rows) ?? 0 >= answers)
        #expect(published.count(ofKind: "statement") >= Int(rows) ?? .max)
    }

    @Test func `SIGTERM lets the running statement finish`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.startGateway()
        let query = try ChildProcess([
            "psql", "-X", "-A", "-t", "-d", try deployment.connectionString(of: "alice"),
            "-c", "SELECT 'finished' FROM pg_sleep(2)",
        ])
        for _ in 0..<400 {
            let running = try deployment.database.run(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%finished%pg_sleep(2)%' AND state = 'active' "
                    + "AND pid <> pg_backend_pid()")
            if running == "1" { break }
            usleep(20_000)
        }
        let gateway = try #require(deployment.gateway)
        gateway.signal(SIGTERM)
        let finished = query.finish()
        #expect(finished.output == "finished\n", "\(finished)")
        let stopped = gateway.finish(timeout: 30)
        #expect(stopped.succeeded, "\(stopped)")
        #expect(
            try deployment.ringfence("ledger", "verify", deployment.ledger, "--key", deployment.logKey).succeeded)
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `an upstream that goes away is reported, and used again when it is back`(
        version: PostgresCluster.Version
    ) throws {
        let deployment = try Deployment(version, users: 60)
        try deployment.startGateway()
        let open = try ChildProcess(
            ["psql", "-X", "-A", "-t", "-d", try deployment.connectionString(of: "alice")], keepsInputOpen: true)
        open.write("SELECT 'before';\n")
        #expect(open.wait { output, _ in output.contains("before") })
        try deployment.cluster.stop(.immediate)
        open.write("SELECT 'after';\n")
        open.closeInput()
        let cut = open.finish()
        #expect(cut.status == 2 || cut.status == 3, "\(cut)")
        #expect(!cut.output.contains("after"))
        let refused = try deployment.psql(as: "alice", "SELECT 1;\n")
        #expect(refused.status == 2 && refused.errors.contains("FATAL"), "\(refused)")
        #expect(deployment.gateway?.status == nil, "the gateway lives")
        try deployment.cluster.start()
        #expect(try deployment.rows(as: "alice", "SELECT count(*) FROM app.users") == [["60"]])
        deployment.stopGateway()
    }
}
