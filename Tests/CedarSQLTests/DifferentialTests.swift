import Cedar
import CedarSQL
import Foundation
import TestSupport
import Testing

/// Random policies on rows with hostile contents: PostgreSQL must not show a row that Cedar denies.
///
/// More than a few are tried when `CEDAR_SQL_SETS` says how many sets of policies, and `CEDAR_SQL_SEED` which.
@Suite struct `Conditions on rows in PostgreSQL` {
    private static let environment = ProcessInfo.processInfo.environment
    private static let setCount = environment["CEDAR_SQL_SETS"].flatMap { Int($0) } ?? 120
    private static let seed = environment["CEDAR_SQL_SEED"].flatMap { UInt64($0) } ?? 1
    private static let action = EntityUID(type: "Action", id: "read")

    private struct Question {
        let policies: PolicySet
        let text: String
        let principal: EntityUID
        let context: ValueRecord
        let predicate: SQLExpression
    }

    @Test func `show what Cedar allows and nothing else`() throws {
        let schema = try Schema(parsing: PolicyGenerator.schema, fileName: "test.cedarschema")
        let mapping = try TestModel.mapping()
        var generator = PolicyGenerator(seed: Self.seed, isTranslatable: true)
        generator.unguarded = Self.seed % 2 == 0 ? 0 : 15
        let rows = (0..<80).map { TestRow(number: $0, &generator) }
        let database = try PostgresCluster.shared(.v15).createDatabase()
        defer { try? database.drop() }
        try database.run(TestRow.tableSQL + rows.map(\.insertSQL).joined(separator: "\n"))

        var (decisions, shown, unsafe, stricter, rejected, different) = (0, 0, 0, 0, 0, 0)
        for batch in stride(from: 0, to: Self.setCount, by: 60) {
            var questions: [Question] = []
            for _ in batch..<min(batch + 60, Self.setCount) {
                let text = generator.policies()
                let policies = try PolicySet(parsing: text, fileName: "test.cedar")
                let id: CedarString = generator.chance(70) ? "alice" : "bob"
                let context: ValueRecord =
                    generator.chance(50)
                    ? ["region": "a"] : ["region": "fr", "level": .long(generator.chance(50) ? 2 : -1)]
                do {
                    let principal = EntityUID(type: "User", id: id)
                    let condition = try RowCondition(
                        policies: policies, schema: schema, mapping: mapping, principal: principal,
                        action: Self.action, resourceType: "Row", context: context,
                        entities: try TestModel.entities())
                    questions.append(
                        Question(
                            policies: policies, text: text, principal: principal, context: context,
                            predicate: condition.predicate))
                } catch {
                    rejected += 1
                    Issue.record("\(error)\n\(text)")
                }
            }
            let answers = try Self.answers(to: questions, in: database)
            for (question, answer) in zip(questions, answers) {
                for (row, shownText) in zip(rows, answer) {
                    try #require(shownText != "N", "NULL: \(question.predicate)")
                    let isShown = shownText == "1"
                    let isAllowed = try row.isAllowed(
                        question.policies, question.principal, Self.action, question.context)
                    decisions += 1
                    if isShown { shown += 1 }
                    if isShown, !isAllowed {
                        unsafe += 1
                        Issue.record("unsafe: \(row)\n\(question.text)\n\(question.predicate)")
                    } else if !isShown, isAllowed {
                        if row.isRepresentable {
                            different += 1
                            Issue.record("hidden: \(row)\n\(question.text)\n\(question.predicate)")
                        } else {
                            stricter += 1
                        }
                    }
                }
            }
        }
        print(
            "\(decisions) decisions, \(shown) shown, \(unsafe) unsafe, \(different) hidden, \(stricter) stricter on",
            "values that Cedar has not, \(rejected) of \(Self.setCount) sets rejected")
        #expect(decisions > 0 && unsafe == 0 && different == 0)
    }

    /// For each question a character for each row. Every other one is asked with parameters, and half of them while
    /// backslashes in plain literals are escapes.
    private static func answers(to questions: [Question], in database: TestDatabase) throws -> [String] {
        var script = ""
        for (position, question) in questions.enumerated() {
            script += "SET standard_conforming_strings = \(position % 4 < 2 ? "on" : "off");\n"
            let style: SQLText.Style = position % 2 == 0 ? .literals : .parameters(from: 1)
            let sql = question.predicate.text(style)
            let query =
                "SELECT string_agg(CASE WHEN p THEN '1' WHEN NOT p THEN '0' ELSE 'N' END, '' ORDER BY seq)"
                + " FROM (SELECT seq, \(sql.text) AS p FROM rows) t"
            if sql.parameters.isEmpty {
                script += query + ";\n"
            } else {
                let values = sql.parameters.map {
                    SQLExpression.quotedForTests($0.parameterText)
                }
                script +=
                    "PREPARE q\(position) AS \(query);\nEXECUTE q\(position)(\(values.joined(separator: ", ")));\n"
                script += "DEALLOCATE q\(position);\n"
            }
        }
        let output = try database.run("SET client_min_messages = error;\nSET escape_string_warning = off;\n" + script)
        return output.split(separator: "\n").map(String.init)
    }
}

extension SQLExpression {
    /// Dollar quotes: independent of how the module itself writes literals.
    fileprivate static func quotedForTests(_ text: String) -> String { "$q$\(text)$q$" }
}

/// A row, as it is in PostgreSQL and as an entity.
private struct TestRow: CustomStringConvertible {
    static let tableSQL = """
        CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
        CREATE TABLE users (id text, home text COLLATE loose);
        INSERT INTO users VALUES ('alice', 'DE'), ('bob', 'FR');
        CREATE TABLE rows (seq int, id text COLLATE loose PRIMARY KEY, name text COLLATE loose NOT NULL,
        alias text COLLATE loose, n bigint NOT NULL, m bigint, flag bool NOT NULL, mark bool,
        at timestamptz NOT NULL, until timestamptz, lasts bigint NOT NULL, wait bigint,
        price numeric(19, 4) NOT NULL, rebate numeric, "from" inet NOT NULL, via inet,
        labels text[] COLLATE loose NOT NULL, hints text[] COLLATE loose, counts bigint[] NOT NULL,
        owner text COLLATE loose NOT NULL, editor text COLLATE loose, readers text[] COLLATE loose NOT NULL,
        team text COLLATE loose NOT NULL, other text NOT NULL, s_home text COLLATE loose NOT NULL,
        s_id text COLLATE loose, extra_id int, extra_level bigint, team_id text COLLATE loose);

        """

    private var columns: [(name: String, sql: String)] = []
    private var attributes: [CedarString: Value] = [:]
    private var parents: [EntityUID] = []
    private let id: CedarString
    /// Whether Cedar has all its values.
    private(set) var isRepresentable = true

    init(number: Int, _ generator: inout PolicyGenerator) {
        id = CedarString("r\(number)")
        columns = [("seq", "\(number)"), ("id", "'r\(number)'")]
        func text() -> (String, Value) {
            let text = generator.pick(PolicyGenerator.strings) ?? ""
            return (Self.quoted(text), .string(CedarString(text)))
        }
        func long() -> (String, Value) {
            let text = generator.pick(PolicyGenerator.numbers) ?? "0"
            return ("'\(text)'", .long(Int64(text) ?? 0))
        }
        func user() -> (String, Value) {
            let id = generator.pick(PolicyGenerator.users) ?? ""
            return (Self.quoted(id), .entity(EntityUID(type: "User", id: CedarString(id))))
        }
        func list(_ type: String, _ element: () -> (String, Value)) -> (String, Value) {
            let elements = (0..<Int.random(in: 0...3, using: &generator.random)).map { _ in element() }
            return (
                "ARRAY[\(elements.map(\.0).joined(separator: ", "))]::\(type)[]", .set(ValueSet(elements.map(\.1)))
            )
        }
        add("name", nil, isOptional: false, text(), &generator)
        add("alias", nil, isOptional: true, text(), &generator)
        add("n", nil, isOptional: false, long(), &generator)
        add("m", nil, isOptional: true, long(), &generator)
        for (name, isOptional) in [("flag", false), ("mark", true)] {
            let value = generator.chance(50)
            add(name, nil, isOptional: isOptional, ("\(value)", .bool(value)), &generator)
        }
        for (name, isOptional) in [("at", false), ("until", true)] {
            let (sql, milliseconds) = generator.pick(Self.moments) ?? ("'epoch'", 0)
            add(
                name, nil, isOptional: isOptional,
                (sql, milliseconds.map { .datetime(CedarDatetime(millisecondsSince1970: $0)) }), &generator)
        }
        for (name, isOptional) in [("lasts", false), ("wait", true)] {
            let text = generator.pick(PolicyGenerator.durations) ?? "0ms"
            let milliseconds = (try? CedarDuration(parsing: text))?.milliseconds ?? 0
            add(
                name, nil, isOptional: isOptional,
                ("'\(milliseconds)'", .duration(CedarDuration(milliseconds: milliseconds))), &generator)
        }
        for (name, isOptional) in [("price", false), ("rebate", true)] {
            let special = isOptional ? ["NaN", "Infinity", "-Infinity", "0.00001", "1.50000"] : ["NaN"]
            let text = generator.pick(PolicyGenerator.decimals + special) ?? "0.0"
            add(
                name, nil, isOptional: isOptional,
                ("'\(text)'", (try? CedarDecimal(parsing: text == "1.50000" ? "1.5" : text)).map(Value.decimal)),
                &generator)
        }
        for (name, isOptional) in [("from", false), ("via", true)] {
            let text = generator.pick(PolicyGenerator.addresses) ?? "::"
            add(
                name, nil, isOptional: isOptional, ("'\(text)'", (try? CedarAddress(parsing: text)).map(Value.address)),
                &generator)
        }
        add("labels", nil, isOptional: false, list("text", text), &generator)
        var hints = list("text", text) as (String, Value?)
        if generator.chance(15) { hints = ("ARRAY['a', NULL]", nil) }
        add("hints", nil, isOptional: true, hints, &generator)
        add("counts", nil, isOptional: false, list("bigint", long), &generator)
        add("owner", nil, isOptional: false, user(), &generator)
        add("editor", nil, isOptional: true, user(), &generator)
        add("readers", nil, isOptional: false, list("text", user), &generator)
        let team = CedarString(generator.pick(PolicyGenerator.teams) ?? "")
        add("team", nil, isOptional: false, ("'\(team)'", .entity(EntityUID(type: "Team", id: team))), &generator)
        add("other", nil, isOptional: false, ("'x'", .entity(EntityUID(type: "Other", id: "x"))), &generator)
        var subject = Self([:])
        subject.add("home", "s_home", isOptional: false, text(), &generator)
        subject.add("id", "s_id", isOptional: true, text(), &generator)
        columns += subject.columns
        attributes["subject"] = .record(ValueRecord(subject.attributes))
        if generator.chance(50) {
            let (sql, level) = long()
            columns += [("extra_id", "1"), ("extra_level", sql)]
            attributes["extra"] = ["level": level]
        }
        if generator.chance(60) {
            let team = CedarString(generator.pick(PolicyGenerator.teams) ?? "")
            columns.append(("team_id", "'\(team)'"))
            parents = [EntityUID(type: "Team", id: team)]
        }
    }

    private init(_ attributes: [CedarString: Value]) {
        self.attributes = attributes
        id = ""
    }

    /// - Parameter value: Nil where Cedar has no such value: an attribute that is missing, even a required one.
    private mutating func add(
        _ name: String, _ column: String?, isOptional: Bool, _ value: (sql: String, value: Value?),
        _ generator: inout PolicyGenerator
    ) {
        if isOptional, generator.chance(40) { return }
        columns.append(("\"\(column ?? name)\"", value.sql))
        attributes[CedarString(name)] = value.value
        if value.value == nil { isRepresentable = false }
    }

    /// With microseconds, which Cedar has not.
    private static let moments: [(String, Int64?)] = [
        ("'epoch'", 0), ("'1969-12-31 23:59:59.999999Z'", -1), ("'1969-12-31 23:59:59.9985Z'", -2),
        ("'2024-02-29 12:00:00Z'", 1_709_208_000_000), ("'2024-02-29 12:00:00.000999Z'", 1_709_208_000_000),
        ("'2024-02-29 12:00:00.001Z'", 1_709_208_000_001), ("'0001-01-01 00:00:00Z BC'", -62_167_219_200_000),
        ("'infinity'", nil), ("'-infinity'", nil),
    ]

    private static func quoted(_ text: String) -> String { "$q$\(text)$q$" }

    var insertSQL: String {
        "INSERT INTO rows (\(columns.map(\.name).joined(separator: ", ")))"
            + " VALUES (\(columns.map(\.sql).joined(separator: ", ")));"
    }

    var description: String { insertSQL }

    /// By Cedar, with the rule that a `forbid` that fails denies.
    func isAllowed(
        _ policies: PolicySet, _ principal: EntityUID, _ action: EntityUID, _ context: ValueRecord
    ) throws -> Bool {
        let uid = EntityUID(type: "Row", id: id)
        let actions = [Entity(uid: action), Entity(uid: EntityUID(type: "Action", id: "view"), parents: [action])]
        let entities = try TestModel.entities().adding(
            [Entity(uid: uid, attributes: ValueRecord(attributes), parents: parents)] + actions)
        let response = policies.authorize(
            Request(principal: principal, action: action, resource: uid, context: context), entities)
        return response.decision == .allow && !response.hasFailedForbid
    }
}
