import Foundation
import TestSupport
import Testing

@Suite struct PsqlTests {
    @Test(
        arguments: Reader.all,
        [
            #"\d"#, #"\dt"#, #"\dv"#, #"\d users"#, #"\d+ app.users"#, #"\dn+"#, #"\df"#, #"\du"#, #"\l"#,
            #"\dp"#, #"\conninfo"#, #"\encoding"#, #"\dconfig search_path"#,
        ])
    func `meta-commands work`(reader: Reader, command: String) throws {
        // Debian's psql 15 asks version 18 for a column that was renamed, with a gateway or without.
        if command == #"\l"#, reader.version == .v18 { return }
        let deployment = try Deployment.shared(reader.version)
        let output = try deployment.psql(
            as: reader.person, "\\set ON_ERROR_STOP 1\n\(command)\n", options: [])
        #expect(output.succeeded, "\(command): \(output)")
        #expect(!output.errors.contains("ERROR"), "\(output)")
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `the list of tables names the tables as people know them`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment.shared(version)
        let list = try deployment.psql(as: "sasha", "\\d\n", options: [])
        for table in PolicyOracle.tables { #expect(list.output.contains(table.name), "\(list)") }
        let columns = try deployment.psql(as: "sasha", "\\d+ app.users\n", options: [])
        for name in ["id", "handle", "email", "birth_date", "country"] {
            #expect(columns.output.contains(name), "\(columns)")
        }
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `copy in psql gives what SELECT gives`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment.shared(version)
        let folder = try TemporaryDirectory()
        let whole = folder.file("whole")
        let query = folder.file("query")
        try expectSuccess(
            deployment.psql(
                as: "sasha",
                """
                \\set ON_ERROR_STOP 1
                \\copy (SELECT id, email FROM app.users ORDER BY id) TO '\(query)' (FORMAT csv)
                \\copy users (id, email) TO '\(whole)' (FORMAT csv)
                """))
        let expected = try deployment.rows(as: "sasha", "SELECT id, email FROM users ORDER BY id").map {
            "\($0[0] ?? ""),\($0[1] ?? "")"
        }
        #expect(try folder.read("query").split(separator: "\n").map(String.init) == expected)
        #expect(try folder.read("whole").split(separator: "\n").map(String.init).sorted() == expected.sorted())
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a report that qualifies its names runs for everybody`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment.shared(version)
        for person in Deployment.people {
            let output = try ChildProcess.run([
                "psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", try deployment.connectionString(of: person), "-f",
                Deployment.example("report.sql"),
            ])
            #expect(output.succeeded, "\(person): \(output)")
        }
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `an error's position points into what the person wrote`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment.shared(version)
        let output = try deployment.psql(as: "sasha", "SELECT id, nonsense FROM app.users WHERE id = 1;\n")
        #expect(output.errors.contains("42703"), "\(output)")
        let lines = output.errors.split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines.firstIndex { $0.hasPrefix("LINE 1: SELECT id, nonsense FROM app.users") }
        #expect(line != nil, "\(output)")
        if let line, let caret = lines[line + 1].firstIndex(of: "^") {
            let column = lines[line + 1].distance(from: lines[line + 1].startIndex, to: caret)
            #expect(column == "LINE 1: SELECT id, ".count, "\(output)")
        }
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a refusal says what was refused and how to go on`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment.shared(version)
        let output = try deployment.psql(as: "casey", "SELECT * FROM app.video_feed;\nSET ROLE app_owner;\n")
        #expect(output.errors.contains("42501") || output.errors.contains("42P01"), "\(output)")
        #expect(output.errors.contains("HINT"), "\(output)")
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a stranger, a wrong certificate and a wrong password are refused`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment.shared(version)
        let alice = try deployment.connectionString(of: "alice")
        let service = try deployment.connectionString(of: "feed-api")
        let password = try deployment.folder.read("gateway/services/feed-api.password")
        for wrong in [
            alice.replacingOccurrences(of: "user=alice", with: "user=sasha"),
            alice.replacingOccurrences(of: "user=alice", with: "user=postgres"),
            alice.replacingOccurrences(of: "user=alice", with: "user=rf_admin"),
            alice.replacingOccurrences(of: "people/alice", with: "people/casey"),
            service.replacingOccurrences(of: password, with: "wrong"),
            service.replacingOccurrences(of: "user=feed-api", with: "user=alice"),
            alice.replacingOccurrences(of: "sslmode=verify-full", with: "sslmode=disable"),
            alice.replacingOccurrences(of: "dbname=\(deployment.database.name)", with: "dbname=postgres"),
        ] {
            let output = try ChildProcess.run(["psql", "-X", "-w", "-d", wrong, "-c", "SELECT 1"])
            #expect(output.status == 2, "\(wrong): \(output)")
            // Without a certificate for the name the gateway asks for a password, which psql has not got.
            #expect(output.errors.contains("FATAL") || output.errors.contains("no password supplied"), "\(output)")
        }
    }
}
