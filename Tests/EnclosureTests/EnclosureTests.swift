import Crypto
import Enclosure
import Foundation
import Ringfence
import TestSupport
import Testing

@Suite struct EnclosureTests {
    @Test(arguments: PostgresCluster.Version.allCases)
    func `cells of people whose home is not named are masked, odd homes among them`(version: PostgresCluster.Version)
        throws
    {
        let sample = try Sample(version)
        let profile = sample.compiler([sample.users(hiding: false), sample.messages])
        let role = try sample.enclosure.ensureLogin("ann", profile)
        let rows = try sample.rows(role, "SELECT id, handle, email, born, score, tag FROM users ORDER BY id")
        for row in rows {
            let id = row[0]!
            let isEuropean = id == "2" || id == "3"
            #expect(row[1] == "h\(id)")
            #expect(row[2] == (isEuropean ? "u\(id)@example.test" : "u***@example.test"))
            #expect(row[3] == (isEuropean ? "1980-06-15" : "1980-01-01"))
            #expect(row[4] == (isEuropean ? "1234.56" : "1200.00"))
            #expect((row[5] != nil) == isEuropean)
        }
        #expect(rows.count == 7)
        let phones = try sample.rows(role, "SELECT phone FROM users WHERE id NOT IN (2, 3)").compactMap { $0[0] }
        #expect(Set(phones).count == 5 && phones.allSatisfy { $0.count == 64 })
        let bodies = try sample.rows(role, "SELECT id, body FROM messages ORDER BY id")
        #expect(bodies.map { $0[1] } == [nil, "secret 2/3", nil, nil, nil])
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `hidden rows are absent, and neither plans nor statistics tell of their cells`(
        version: PostgresCluster.Version
    ) throws {
        let sample = try Sample(version)
        let role = try sample.enclosure.ensureLogin("bea", sample.compiler([sample.users(hiding: true)]))
        #expect(try sample.rows(role, "SELECT id FROM users ORDER BY id").map { $0[0] } == ["2", "3"])
        // What is not protected in a hidden row is hidden too.
        for (column, theirs, nobodys) in [("email", "u1@example.test", "u0@example.test"), ("handle", "h1", "h0")] {
            let explain = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF) SELECT 1 FROM users WHERE \(column) = "
            let hit = try sample.psql(role, explain + "'\(theirs)';")
            let miss = try sample.psql(role, explain + "'\(nobodys)';")
            #expect(hit.replacingOccurrences(of: "'\(theirs)'", with: "'\(nobodys)'") == miss)
        }
        for attack in [
            "SELECT * FROM app.users;", "SELECT app.leak(1);", "SELECT * FROM ringfence.pseudonym_key;",
            "SELECT * FROM pg_stats WHERE schemaname = 'app';",
            "SELECT query_to_xml('TABLE app.users', true, true, '');",
        ] {
            #expect(!(try sample.psql(role, attack)).contains("u1@example.test"), "\(attack)")
        }
        #expect(try sample.psql(role, "SELECT app.leak(1);").contains("permission denied for schema app"))
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a write that fails quotes no cell of the base row`(version: PostgresCluster.Version) throws {
        let sample = try Sample(version)
        let anybody = RowCondition.always
        let profile = sample.compiler([sample.users(hiding: false, update: anybody, insert: anybody)])
        let role = try sample.enclosure.ensureLogin("eda", profile)
        try sample.database.run(
            """
            CREATE FUNCTION app.chatter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE WARNING 'was %', OLD.email; ASSERT NEW.handle <> 'asserted', OLD.email; RETURN NEW; END $$;
            CREATE TRIGGER chatter BEFORE UPDATE ON app.users FOR EACH ROW EXECUTE FUNCTION app.chatter();
            """)
        let chatter = try sample.psql(role, "UPDATE users SET handle = 'quiet' WHERE id = 4;")
        #expect(chatter.isEmpty, "\(chatter)")
        for (script, expected) in [
            ("UPDATE users SET handle = 'asserted' WHERE id = 1;", "P0004: the database refused to update"),
            ("UPDATE users SET handle = 'forbidden' WHERE id = 1;", "23514: the database refused to update"),
            ("UPDATE users SET handle = 'h2' WHERE id = 1;", "23505: the database refused to update"),
            ("INSERT INTO users (id, handle) VALUES (1, 'new');", "23505: the database refused to insert"),
            ("INSERT INTO users (id, handle) VALUES (70, 'forbidden');", "23514: the database refused to insert"),
        ] {
            let said = try sample.psql(role, "\\set VERBOSITY verbose\n\(script)")
            #expect(said.contains(expected), "\(said)")
            #expect(said.contains("violates constraint \"users_") || said.contains("P0004"), "\(said)")
            #expect(!said.contains("example.test") && !said.contains("Failing row"), "\(said)")
        }
    }

    @Test func `a database that cannot be reached is an error each time`() {
        let enclosure = DatabaseEnclosure(
            connectingWith: [("host", "127.0.0.1"), ("port", "1"), ("dbname", "none")].map {
                (name: $0.0, value: $0.1)
            },
            secret: SymmetricKey(size: .bits256))
        for _ in 0..<5 {
            let error = #expect(throws: EnclosureError.self) { try enclosure.readLiveSchema(["app"]) }
            #expect(error?.code == .unreachable)
        }
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a write asks the base row, and no home can be changed`(version: PostgresCluster.Version) throws {
        let sample = try Sample(version)
        let europe = RowCondition(homes: .some([Sample.de, Sample.fr], includesUnknown: false))
        let profile = sample.compiler([sample.users(hiding: false, update: europe, insert: europe)])
        let role = try sample.enclosure.ensureLogin("cem", profile)
        #expect(
            try sample.rows(role, "UPDATE users SET handle = 'new' WHERE id = 2 RETURNING handle, email")
                == [["new", "u2@example.test"]])
        #expect(
            try sample.psql(role, "UPDATE users SET handle = 'x' WHERE id = 1 RETURNING *;").contains(
                "may not be updated"))
        #expect(
            try sample.psql(role, "UPDATE users SET country = 'DE' WHERE id = 1 RETURNING *;").contains(
                "permission denied"))
        #expect(
            try sample.psql(role, "UPDATE users SET id = 9 WHERE id = 1 RETURNING *;").contains("permission denied"))
        #expect(try sample.psql(role, "DELETE FROM users WHERE id = 1 RETURNING *;").contains("permission denied"))
        _ = try sample.rows(role, "INSERT INTO users (id, handle, country) VALUES (50, 'fifty', 'FR')")
        #expect(
            try sample.psql(role, "INSERT INTO users (id, handle, country) VALUES (51, 'x', 'US');").contains(
                "may not be inserted"))
        #expect(
            try sample.psql(role, "INSERT INTO users (id, handle) VALUES (52, 'x');").contains("may not be inserted"))
        let copied = try sample.psql(
            role,
            "COPY \"users@copy\" (id, handle, country) FROM STDIN;\n60\tsixty\tDE\n\\.\nSELECT handle FROM users WHERE id = 60;"
        )
        #expect(copied.contains("sixty"), "\(copied)")
        let kept = try sample.database.rows(
            "SELECT handle, email, tag FROM app.users WHERE id IN (1, 2, 50) ORDER BY id")
        #expect(
            kept == [
                ["h1", "u1@example.test", "00000000-0000-4000-8000-000000000009"],
                ["new", "u2@example.test", "00000000-0000-4000-8000-000000000009"],
                ["fifty", nil, "00000000-0000-4000-8000-000000000009"],
            ])
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `verification finds drift and exposure, and a new compilation mends the drift`(
        version: PostgresCluster.Version
    ) throws {
        let sample = try Sample(version)
        let profile = sample.compiler([sample.users(hiding: true), sample.messages])
        #expect(try sample.enclosure.verify([profile]).contains { $0.message.contains("is not compiled") })
        let role = try sample.enclosure.ensureLogin("dee", profile)
        #expect(try sample.enclosure.verify([profile]).filter { $0.kind == .drift } == [])
        let schema = profile.names.schema(for: "app")
        for (change, word) in [
            ("ALTER VIEW \"\(schema)\".users RESET (security_barrier)", "users"),
            ("GRANT SELECT ON \"\(schema)\".messages TO PUBLIC", "messages"),
            ("CREATE VIEW \"\(schema)\".extra AS SELECT 1", "extra"),
            ("ALTER ROLE \"\(role.role)\" SUPERUSER", "SUPERUSER"),
            ("ALTER ROLE \"\(profile.names.role)\" SET search_path = 'x'", "search_path"),
        ] {
            try sample.database.run(change)
            let drift = try sample.enclosure.verify([profile]).filter { $0.kind == .drift }
            #expect(drift.contains { $0.description.contains(word) }, "\(change): \(drift)")
        }
        try sample.database.run("ALTER ROLE \"\(role.role)\" NOSUPERUSER")
        try sample.enclosure.recompile([profile])
        #expect(try sample.enclosure.verify([profile]).filter { $0.kind == .drift } == [])
        try sample.database.run("GRANT SELECT ON app.users TO PUBLIC; GRANT USAGE ON SCHEMA app TO PUBLIC")
        let exposures = try sample.enclosure.verify([profile]).filter { $0.kind == .exposure }.map(\.description)
        for word in [
            "app.users: can be read", "app: is a schema", "app.leak(bigint): runs with its owner", "TEMP", "plpgsql",
        ] {
            #expect(exposures.contains { $0.contains(word) }, "\(word): \(exposures)")
        }
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a profile is compiled once, however many ask at once, and dropped when nobody has it`(
        version: PostgresCluster.Version
    ) async throws {
        let sample = try Sample(version)
        let profile = sample.compiler([sample.users(hiding: true), sample.messages])
        let others = (0..<4).map { _ in Sample.makeEnclosure(sample.database, sample.password) }
        let compiled = try await withThrowingTaskGroup(of: Int.self) { group in
            for enclosure in others { group.addTask { try enclosure.apply([profile]).count } }
            return try await group.reduce(0, +)
        }
        #expect(compiled == 1)
        let role = try sample.enclosure.ensureLogin("eve", profile)
        _ = try sample.psql(
            role,
            "CREATE TABLE pg_temp.mine (i int); SELECT lo_create(0); ALTER ROLE CURRENT_USER SET search_path = 'app'; ALTER ROLE CURRENT_USER PASSWORD 'mine';"
        )
        #expect(try sample.psql(role, "SELECT 1;").contains("password authentication failed"))
        let reset = try sample.enclosure.resetPassword(of: "eve", profile)
        #expect(try sample.psql(reset, "SELECT 'in';").contains("in"))
        _ = try sample.enclosure.ensureLogin("eve", profile)
        #expect(try sample.database.rows("SELECT rolconfig FROM pg_roles WHERE rolname = '\(role.role)'") == [[nil]])
        #expect(try sample.enclosure.collectGarbage(keeping: [profile.names.role]) == [])
        // A profile in use stays, and on a busy machine a session outlives its client for a while.
        var dropped: [String] = []
        for _ in 0..<3000 where dropped.isEmpty {
            dropped = try sample.enclosure.collectGarbage(keeping: [])
            if dropped.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(dropped == [profile.names.role])
        #expect(
            try sample.database.rows("SELECT rolname FROM pg_roles WHERE rolname LIKE '%\(profile.names.short)'") == [])
    }
}
