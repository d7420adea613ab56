import TestSupport
import Testing

@Suite struct PostgresClusterTests {
    @Test(arguments: PostgresCluster.Version.allCases)
    func `a cluster of each version answers`(version: PostgresCluster.Version) throws {
        let cluster = try PostgresCluster.shared(version)
        let database = try cluster.createDatabase()
        #expect(try database.run("SHOW server_version_num").hasPrefix("\(version.rawValue)"))
        #expect(
            try database.rows("SELECT 1, NULL, E'a\\nb|c', '' UNION ALL SELECT 2, 'x', 'y', 'z'") == [
                ["1", nil, "a\nb|c", ""], ["2", "x", "y", "z"],
            ])
        #expect(try database.run("SHOW ssl") == (cluster.authorityCertificate == nil ? "off" : "on"))
        try database.drop()
    }

    @Test func `a wrong password is refused`() throws {
        let database = try PostgresCluster.shared(.v15).createDatabase()
        let output = try database.psql("SELECT 1", password: "wrong")
        #expect(output.status == 2)
        #expect(output.errors.contains("password authentication failed"))
        try database.drop()
    }

    @Test func `a cluster of one's own stops and starts again`() throws {
        let cluster = try PostgresCluster(.v15, settings: ["work_mem": "'5MB'"])
        let database = try cluster.createDatabase()
        #expect(try database.run("SHOW work_mem") == "5MB")
        try cluster.stop(.immediate)
        #expect(try database.psql("SELECT 1").status == 2)
        try cluster.start()
        #expect(try database.run("SELECT 1") == "1")
    }
}
