import Foundation
import TestSupport
import Testing

@Suite struct LimitTests {
    @Test func `a statement that takes longer than the limit is ended, whatever the session sets`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.edit("ringfence.yaml", replacing: "statement: 5min", with: "statement: 1s")
        try deployment.startGateway()
        let output = try deployment.psql(
            as: "alice", "SET statement_timeout = 0;\nSELECT 'survived' FROM pg_sleep(40);\n", timeout: 35)
        #expect(!output.timedOut && !output.output.contains("survived"), "\(output)")
        deployment.stopGateway()
    }

    @Test func `idle sessions end, in a transaction sooner`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.edit("ringfence.yaml", replacing: "idle: 1h", with: "idle: 2s")
        try deployment.edit("ringfence.yaml", replacing: "idleInTransaction: 10min", with: "idleInTransaction: 1s")
        try deployment.startGateway()
        for opening in ["SELECT 'ready';\n", "BEGIN;\nSELECT 'ready';\n"] {
            let session = try ChildProcess(
                ["psql", "-X", "-A", "-t", "-d", try deployment.connectionString(of: "alice")], keepsInputOpen: true)
            session.write(opening)
            #expect(session.wait { output, _ in output.contains("ready") })
            for _ in 0..<600 {
                let sessions = try deployment.database.run(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'alice#%'")
                if sessions == "0" { break }
                usleep(50_000)
            }
            session.write("SELECT 'still here';\n")
            session.closeInput()
            let output = session.finish()
            #expect(!output.output.contains("still here"), "\(output)")
        }
        deployment.stopGateway()
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `live sessions are listed and killed from the command line`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment(version, users: 60)
        try deployment.startGateway()
        let session = try ChildProcess(
            ["psql", "-X", "-A", "-t", "-d", try deployment.connectionString(of: "sasha")], keepsInputOpen: true)
        session.write("SELECT 'ready';\n")
        #expect(session.wait { output, _ in output.contains("ready") })
        let list = try deployment.ringfence("sessions", "list", "--config", deployment.configuration)
        let line = try #require(list.output.split(separator: "\n").first { $0.contains("sasha") }, "\(list)")
        let identifier = try #require(line.split(separator: " ").first).description
        try expectSuccess(deployment.ringfence("sessions", "kill", identifier, "--config", deployment.configuration))
        session.write("SELECT 'still here';\n")
        session.closeInput()
        let output = session.finish()
        #expect(!output.output.contains("still here"), "\(output)")
        let after = try deployment.ringfence("sessions", "list", "--config", deployment.configuration)
        #expect(!after.output.contains("sasha"), "\(after)")
        deployment.stopGateway()
    }

    @Test func `one session more than the limit is refused`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.edit("ringfence.yaml", replacing: "sessions: 500", with: "sessions: 1")
        try deployment.startGateway()
        let session = try ChildProcess(
            ["psql", "-X", "-A", "-t", "-d", try deployment.connectionString(of: "sasha")], keepsInputOpen: true)
        session.write("SELECT 'ready';\n")
        #expect(session.wait { output, _ in output.contains("ready") })
        let refused = try deployment.psql(as: "alice", "SELECT 1;\n")
        #expect(refused.status == 2 && refused.errors.contains("too many clients"), "\(refused)")
        session.closeInput()
        _ = session.finish()
        deployment.stopGateway()
    }

    @Test func `one person's sessions are bounded, and leave the others theirs`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.edit("ringfence.yaml", replacing: "sessionsPerPrincipal: 50", with: "sessionsPerPrincipal: 1")
        try deployment.startGateway()
        let hostile = "application_name='\u{1B}]0;x\u{07}\u{202E}'"
        let session = try ChildProcess(
            ["psql", "-X", "-A", "-t", "-d", "\(try deployment.connectionString(of: "casey")) \(hostile)"],
            keepsInputOpen: true)
        session.write("SELECT 'ready';\n")
        #expect(session.wait { output, _ in output.contains("ready") })
        let refused = try deployment.psql(as: "casey", "SELECT 1;\n")
        #expect(refused.status == 2 && refused.errors.contains("too many sessions of \"casey\""), "\(refused)")
        #expect(refused.errors.contains("limits.sessionsPerPrincipal"), "\(refused)")
        try expectSuccess(deployment.psql(as: "alice", "SELECT 1;\n"))
        let list = try deployment.ringfence("sessions", "list", "--config", deployment.configuration)
        #expect(list.output.contains("casey") && list.output.contains("\\u{1b}]0;x\\u{7}\\u{202e}"), "\(list)")
        #expect(!list.output.contains("\u{1B}"))
        session.closeInput()
        _ = session.finish()
        deployment.stopGateway()
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a slow reader holds the server back instead of filling the gateway`(
        version: PostgresCluster.Version
    ) throws {
        let deployment = try Deployment(version, users: 60)
        try deployment.startGateway()
        // psql reads everything; `head` closes after one line: 1 GB must not pile up in between.
        let dsn = try deployment.connectionString(of: "alice")
        let slow = try ChildProcess(
            [
                Deployment.python, "-c",
                """
                import psycopg, sys, time
                with psycopg.connect(sys.argv[1]) as connection:
                    generator = connection.cursor().stream("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)")
                    print(len(next(generator)[0]), flush=True)
                    sys.stdin.read()
                """, dsn,
            ], keepsInputOpen: true)
        #expect(slow.wait { output, _ in output.contains("1000") })
        var largest = 0
        for _ in 0..<20 {
            largest = max(largest, try deployment.gatewayMemory())
            usleep(50_000)
        }
        #expect(largest < 400_000, "kB of memory while a client reads nothing")
        slow.signal(SIGKILL)
        _ = slow.finish()
        deployment.stopGateway()
    }
}
