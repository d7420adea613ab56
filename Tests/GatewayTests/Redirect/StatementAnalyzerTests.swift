import Foundation
import NIOCore
import Ringfence
import Testing

@testable import Gateway

@Suite struct StatementAnalyzerTests {
    static let tables: Set<TableName> = [
        TableName(schema: "app", table: "users"), TableName(schema: "app", table: "videos"),
        TableName(schema: "app", table: "Mixed Case"),
    ]
    static let map = SchemaMap(
        schemas: ["app": "app@3fa9c1d2e4"], tables: tables,
        copyTargets: [TableName(schema: "app", table: "users"): "users@copy"])

    static func analyze(_ sql: String, map: SchemaMap = map) -> StatementAnalysis {
        var analyzer = StatementAnalyzer(map: map)
        return analyzer.analyze(ByteBuffer(string: sql), parses: true)
    }

    static func names(_ names: String...) -> TableReferences {
        .exactly(names.map { TableName(schema: "app", table: $0) })
    }

    @Test(arguments: [
        ("select * from app.users", "select * from \"app@3fa9c1d2e4\".users"),
        ("select * from APP . users u", "select * from \"app@3fa9c1d2e4\" . users u"),
        ("select * from \"app\".\"Mixed Case\"", "select * from \"app@3fa9c1d2e4\".\"Mixed Case\""),
        (
            "select app.users.email from app.users where app.users.id = 1",
            "select \"app@3fa9c1d2e4\".users.email from \"app@3fa9c1d2e4\".users where \"app@3fa9c1d2e4\".users.id = 1"
        ),
        ("select 'app.users', 'é' from app.users", "select 'app.users', 'é' from \"app@3fa9c1d2e4\".users"),
        (
            "/* app.users */ delete from app.users -- app.users",
            "/* app.users */ delete from \"app@3fa9c1d2e4\".users -- app.users"
        ),
        (
            "insert into app.users select * from app.videos",
            "insert into \"app@3fa9c1d2e4\".users select * from \"app@3fa9c1d2e4\".videos"
        ),
        ("set search_path to app, public", "set search_path to \"app@3fa9c1d2e4\", public"),
        ("set search_path = 'app'", "set search_path = \"app@3fa9c1d2e4\""),
        ("copy app.users to stdout", "copy (SELECT * FROM \"app@3fa9c1d2e4\".\"users\") to stdout"),
        (
            "copy users (id, \"E\" /* x */) to stdout csv",
            "copy (SELECT id, \"E\" /* x */ FROM \"app@3fa9c1d2e4\".\"users\") to stdout csv"
        ),
        ("copy app.users (id) from stdin", "copy \"app@3fa9c1d2e4\".\"users@copy\" (id) from stdin"),
        ("copy (select 1 from app.users) to stdout", "copy (select 1 from \"app@3fa9c1d2e4\".users) to stdout"),
        ("select 1; select 2 from app.users", "select 1; select 2 from \"app@3fa9c1d2e4\".users"),
    ])
    func `a qualified name is redirected where the parser finds it`(sql: String, rewritten: String) {
        #expect(Self.analyze(sql).rewritten.map { String(buffer: $0) } == rewritten)
    }

    @Test(arguments: [
        "select * from users", "select 'app.users'", "select * from U&\"app\".users", "select app.user_email(3)",
        "select * from other.users", "select app.x from videos app", "copy videos from stdin", "selec app.users",
        "set search_path to default", "select $$app.users$$",
    ])
    func `what is no qualified table name goes unchanged`(sql: String) {
        #expect(Self.analyze(sql).rewritten == nil)
    }

    @Test func `the tables of a plain statement are known exactly`() {
        #expect(
            Self.analyze("select count(*) from users join app.videos using (id)").tables
                == Self.names("users", "videos"))
        #expect(Self.analyze("select 1").tables == .exactly([]))
        #expect(Self.analyze("begin").tables == .exactly([]))
        #expect(Self.analyze("select relname from pg_catalog.pg_class").tables == .exactly([]))
        #expect(Self.analyze("with users as (select * from users) select * from users").tables == Self.names("users"))
        #expect(Self.analyze("explain analyze select * from users").tables == Self.names("users"))
    }

    @Test(arguments: [
        "select query_to_xml('select * from users', true, true, '')", "do $$begin end$$", "fetch 3 from c", "execute p",
        "select pg_temp.f(1)", "select * from v", "select 1 operator(pg_temp.+) 2", "select 'x'::mydomain",
        "create temp view videos as select * from users", "selec", "select * from videos, ts_stat('select 1')",
        "select set_config('search_path', 'x', false)", "select (('select 1'::text).ts_stat).*",
        "select x.ts_stat from (select 'select 1'::text) x", "explain analyze execute p",
        "update pg_settings set setting = 'off'",
        "with w as (update pg_settings set setting = 'x' returning 1) table w",
        "select * into temp x from videos", "call p()",
    ])
    func `what can reach unnamed tables is said to reach anything`(sql: String) {
        #expect(Self.analyze(sql).tables == .anything)
    }

    @Test func `a definition casts doubt on later names, a fetch does not`() {
        #expect(Self.analyze("create temp view videos as select * from users").redefinesNames)
        #expect(Self.analyze("set search_path to elsewhere").redefinesNames)
        #expect(!Self.analyze("set search_path to app").redefinesNames)
        #expect(!Self.analyze("fetch 3 from c").redefinesNames)
    }

    @Test func `with the application's schema in the path only well-known functions are trusted`() {
        let map = SchemaMap(schemas: [:], tables: Self.tables)
        #expect(Self.analyze("select user_email(3)", map: map).tables == .anything)
        #expect(Self.analyze("select count(*) from app.users", map: map).tables == Self.names("users"))
        #expect(Self.analyze("select count(*) from app.users", map: map).rewritten == nil)
    }

    @Test func `a call in the notation of a column is a call`() {
        let clear = SchemaMap(schemas: [:], tables: Self.tables, columns: ["email"])
        #expect(Self.analyze("select (1::int8).user_email", map: clear).tables == .anything)
        #expect(Self.analyze("select x.user_email from generate_series(1, 9) x", map: clear).tables == .anything)
        #expect(Self.analyze("select u.email, u.* from users u", map: clear).tables == Self.names("users"))
        #expect(Self.analyze("select c.relname from pg_class c", map: clear).tables == .exactly([]))
        // In a profile's own schemas there is no function of anybody's.
        #expect(Self.analyze("select (k).n, x.total from videos x").tables == Self.names("videos"))
        for sql in ["select (('x'::text).ts_stat).*", "select x.ts_stat from videos x", "update pg_settings set a = 1"]
        {
            #expect(Self.analyze(sql).redefinesNames)
        }
    }

    @Test func `texts that differ in numbers alone are parsed once`() {
        #expect(
            StatementAnalyzer.shape(of: ByteBuffer(string: "select 12 from t1 where a=345"))
                == ByteBuffer(string: "select 0 from t1 where a=0"))
        #expect(StatementAnalyzer.shape(of: ByteBuffer(string: "select 1 from \"t 1\"")) == nil)
        #expect(StatementAnalyzer.shape(of: ByteBuffer(string: "select a")) == nil)
        var analyzer = StatementAnalyzer(map: Self.map)
        for number in 0..<2000 {
            let sql = ByteBuffer(string: "select \(number) from app.users where id = \(number)")
            #expect(
                analyzer.analyze(sql, parses: true).rewritten.map { String(buffer: $0) }
                    == "select \(number) from \"app@3fa9c1d2e4\".users where id = \(number)")
        }
    }

    @Test func `a long or deeply nested text is left to PostgreSQL`() {
        for nested in [
            String(repeating: "(", count: 8000), String(repeating: "+1", count: 8000),
            String(repeating: "a", count: 20_000),
        ] {
            #expect(Self.analyze("select 1" + nested).rewritten == nil)
        }
        #expect(Self.analyze("COPY x FROM STDIN" + String(repeating: " ", count: 20_000)).copiesIn)
    }

    @Test(arguments: ["+", "-+", "/*", "/**/", "*/"])
    func `runs of operators that PostgreSQL's scanner would chew on for long are left to it`(operators: String) {
        let run = String(repeating: operators, count: 16_000 / operators.utf8.count)
        let sql = Array("SELECT i \(run) 1".utf8)
        #expect(StatementAnalyzer.operatorCost(of: sql) > StatementAnalyzer.operatorCostMax)
        var analyzer = StatementAnalyzer(map: Self.map)
        let analysis = analyzer.analyze(ByteBuffer(bytes: sql), parses: true)
        #expect(analysis.statementCount == nil && analysis.tables == .anything)
        #expect(analyzer.work == sql.count)
        #expect(Self.analyze("COPY x FROM STDIN \(run)").copiesIn)
    }

    @Test func `rulers in comments and strings are no such runs`() {
        let stars = String(repeating: "*", count: 78)
        let sql =
            "/\(stars)/\n" + String(repeating: "--\(String(repeating: "-", count: 100))\n", count: 60)
            + "select '\(String(repeating: "=", count: 200))', -1 <-> 2 from app.users"
        #expect(Self.analyze(sql).rewritten != nil)
    }

    @Test func `a text whose tree is long is left to PostgreSQL`() {
        #expect(Self.analyze("select *" + String(repeating: ",*", count: 8000)).statementCount == nil)
        let rows = String(repeating: ",(1,'some text',now())", count: 700)
        #expect(Self.analyze("insert into app.videos values (0,'',null)\(rows)").rewritten != nil)
    }

    @Test func `what analysing costs is counted until the next turn`() {
        var analyzer = StatementAnalyzer(map: Self.map)
        _ = analyzer.analyze(ByteBuffer(string: "select 1 from app.users"), parses: true)
        let first = analyzer.work
        _ = analyzer.analyze(ByteBuffer(string: "select 1 from app.users"), parses: true)
        #expect(first > 100 && analyzer.work - first == 23)
        analyzer.turnBegan()
        #expect(analyzer.work == 0)
    }

    @Test func `a text the server reads otherwise is not parsed`() {
        var analyzer = StatementAnalyzer(map: Self.map)
        let analysis = analyzer.analyze(ByteBuffer(string: "select * from app.users"), parses: false)
        #expect(analysis.rewritten == nil && analysis.tables == .anything)
    }

    @Test func `a position of the rewritten text is mapped to the client's`() {
        let sql = "select 'é', nope from app.users where app.users.x = 1"
        let analysis = Self.analyze(sql)
        let rewritten = String(buffer: analysis.rewritten ?? ByteBuffer())
        for word in ["nope", "where", "= 1"] {
            let from = rewritten.range(of: word).map {
                rewritten.distance(from: rewritten.startIndex, to: $0.lowerBound) + 1
            }
            let to = sql.range(of: word).map { sql.distance(from: sql.startIndex, to: $0.lowerBound) + 1 }
            #expect(analysis.originalPosition(ofRewritten: from ?? -1) == to)
        }
        let inside = rewritten.range(of: "@").map {
            rewritten.distance(from: rewritten.startIndex, to: $0.lowerBound) + 1
        }
        #expect(analysis.originalPosition(ofRewritten: inside ?? -1) == 23)
    }

    @Test func `a client reads its own names in messages`() {
        let restorer = NameRestorer(Self.map)
        #expect(
            restorer.restore("relation \"app@3fa9c1d2e4.nope\" does not exist")
                == "relation \"app.nope\" does not exist")
        #expect(restorer.restore("\"app@3fa9c1d2e4\", public") == "app, public")
        #expect(restorer.restore("COPY users@copy, line 3") == "COPY users, line 3")
        #expect(restorer.restore("nothing") == "nothing")
    }

    @Test func `arbitrary bytes neither crash nor stall the reader of parse trees`() {
        var state: UInt64 = 42
        let alphabet = Array("{}[]\",:\\u0041tfn-12 sval".utf8)
        for _ in 0..<3000 {
            let bytes = (0..<40).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            }
            bytes.withUnsafeBufferPointer { _ = ParseTree(json: $0) }
        }
    }
}
