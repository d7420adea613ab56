import Foundation
import TestSupport
import Testing

@Suite struct DriverTests {
    private static let programs = [
        "sync_client.py", "async_client.py", "pipeline_client.py", "binary_client.py", "asyncpg_client.py",
    ]

    @Test(arguments: PostgresCluster.Version.allCases, programs)
    func `Python's drivers work`(version: PostgresCluster.Version, program: String) throws {
        let deployment = try Deployment(version, users: 60)
        try deployment.startGateway()
        let output = try deployment.python(program)
        #expect(output.succeeded, "\(output)")
        deployment.stopGateway()
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `JDBC works`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment(version, users: 60)
        try deployment.startGateway()
        let folder = try TemporaryDirectory()
        let classPath = "/usr/share/java/*:\(folder.path)"
        let files = deployment.folder.file("gateway")
        try expectSuccess(
            ChildProcess.run([
                "openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "\(files)/people/sasha.key", "-outform", "DER",
                "-out", folder.file("sasha.pk8"),
            ]))
        try expectSuccess(
            ChildProcess.run([
                "javac", "-cp", classPath, "-d", folder.path, Deployment.fixture("JdbcClient.java"),
            ]))
        let output = try ChildProcess.run(
            [
                "java", "-Xmx128m", "-cp", classPath, "JdbcClient",
                "jdbc:postgresql://localhost:\(deployment.gatewayPort)/\(deployment.database.name)",
                "\(files)/tls/authority.crt", "\(files)/people/sasha.crt", folder.file("sasha.pk8"),
                try deployment.folder.read("gateway/services/feed-api.password"),
            ], timeout: 180)
        #expect(output.succeeded, "\(output)")
        deployment.stopGateway()
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a client of protocol 3.2 connects`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment.shared(version)
        // The wheel's psycopg carries libpq 18, which knows `max_protocol_version`.
        let output = try ChildProcess.run(
            [
                Deployment.python, "-c",
                """
                import psycopg, sys
                for wanted in ("3.0", "3.2", "latest"):
                    with psycopg.connect(sys.argv[1] + f" max_protocol_version={wanted}") as connection:
                        print(connection.execute("SELECT 1").fetchone(), connection.pgconn.full_protocol_version)
                """, try deployment.connectionString(of: "feed-api"),
            ])
        #expect(output.succeeded, "\(output)")
    }
}
