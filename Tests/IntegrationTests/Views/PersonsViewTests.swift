import TestSupport
import Testing

struct Reader: Sendable, CustomTestStringConvertible {
    var version: PostgresCluster.Version
    var person: String
    var testDescription: String { "\(person) on PostgreSQL \(version)" }

    static let all = PostgresCluster.Version.allCases.flatMap { version in
        Deployment.people.map { Reader(version: version, person: $0) }
    }
}

@Suite struct PersonsViewTests {
    @Test(arguments: Reader.all)
    func `each cell a person can read is what the policies' words say`(reader: Reader) throws {
        let deployment = try Deployment.shared(reader.version)
        let oracle = try PolicyOracle(deployment.database)
        for table in PolicyOracle.tables {
            let names = table.columns.map(\.name)
            let query = "SELECT \(names.joined(separator: ", ")) FROM app.\(table.name) ORDER BY \(table.key)"
            let raw = try deployment.database.rows(query)
            #expect(!raw.isEmpty)
            var expected: [([String?], [PolicyOracle.Sight])] = []
            for row in raw {
                let named = Dictionary(uniqueKeysWithValues: zip(names, row))
                if let sights = oracle.sight(of: reader.person, row: named, in: table) {
                    expected.append((row, sights))
                }
            }
            let seen = try deployment.rows(as: reader.person, query)
            #expect(seen.count == expected.count, "rows of \(table.name)")
            #expect(seen.map { $0[0] } == expected.map { $0.0[0] }, "keys of \(table.name)")
            guard seen.count == expected.count else { continue }
            let problems = Self.problems(expected, seen, in: table)
            #expect(problems.isEmpty, "\(table.name): \(problems.prefix(5).joined(separator: "; "))")
        }
    }

    private static func problems(
        _ expected: [([String?], [PolicyOracle.Sight])], _ seen: [[String?]], in table: PolicyOracle.Table
    ) -> [String] {
        var problems: [String] = []
        var pseudonyms = table.columns.map { _ in Pseudonyms() }
        for ((raw, sights), row) in zip(expected, seen) {
            for index in table.columns.indices {
                let problem: String? =
                    switch sights[index] {
                    case .clear: row[index] == raw[index] ? nil : "should be clear"
                    case .nothing: row[index] == nil ? nil : "should be NULL"
                    case .masked:
                        table.columns[index].mask.problem(
                            raw: raw[index], seen: row[index], pseudonyms: &pseudonyms[index])
                    }
                if let problem {
                    let key = raw[0] ?? "NULL"
                    problems.append(
                        "\(table.columns[index].name) of \(key): \(raw[index] ?? "NULL") → \(row[index] ?? "NULL") "
                            + problem)
                }
            }
        }
        return problems
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `the service inside the enclave works on everything, uncatalogued things too`(
        version: PostgresCluster.Version
    ) throws {
        let deployment = try Deployment.shared(version)
        for table in PolicyOracle.tables {
            let query = "SELECT * FROM app.\(table.name) ORDER BY \(table.key)"
            #expect(try deployment.rows(as: "feed-api", query) == deployment.database.rows(query))
        }
    }

    @Test(arguments: Reader.all)
    func `what the catalog does not name is refused`(reader: Reader) throws {
        let deployment = try Deployment.shared(reader.version)
        guard reader.person != "alice" else { return }
        for query in [
            "SELECT * FROM app.video_feed", "SELECT * FROM app.locations_2025_1", "SELECT app.user_email(1)",
            "SELECT * FROM video_feed",
        ] {
            let output = try deployment.psql(as: reader.person, "\\set ON_ERROR_STOP 1\n\(query);")
            #expect(output.status == 3, "\(query): \(output)")
            #expect(output.output.isEmpty)
        }
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `a masked agent renames people outside the US and nobody else`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment(version, users: 60)
        try deployment.startGateway()
        let german = try deployment.database.run("SELECT min(id) FROM app.users WHERE country <> 'US' AND id > 11")
        let american = try deployment.database.run("SELECT min(id) FROM app.users WHERE country = 'US' AND id > 11")
        let allowed = try deployment.psql(
            as: "robin", "\\set ON_ERROR_STOP 1\nUPDATE users SET handle = 'renamed' WHERE id = \(german);",
            options: ["-A", "-t"])
        #expect(allowed.output.contains("UPDATE 1"), "\(allowed)")
        #expect(try deployment.database.run("SELECT handle FROM app.users WHERE id = \(german)") == "renamed")
        // The trigger must leave the other columns as they were: the agent saw their masks only.
        #expect(
            try deployment.database.run("SELECT email LIKE '%***%' FROM app.users WHERE id = \(german)") == "f")
        for refused in [
            "UPDATE users SET handle = 'x' WHERE id = \(american)",
            "UPDATE users SET handle = 'x' WHERE id = 7",
            "UPDATE users SET email = 'x@example.com' WHERE id = \(german)",
            "UPDATE users SET country = 'DE' WHERE id = \(american)",
            "DELETE FROM users WHERE id = \(german)",
            "INSERT INTO users (handle, email, country) VALUES ('n', 'n', 'DE')",
        ] {
            let before = try deployment.database.run("SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM app.users u")
            _ = try deployment.psql(as: "robin", "\(refused);")
            let after = try deployment.database.run("SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM app.users u")
            #expect(before == after, "\(refused)")
        }
        deployment.stopGateway()
    }
}
