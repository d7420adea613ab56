import Cedar
import TestSupport
import Testing

@testable import Ringfence

/// Policies that speak of the row's own columns.
struct `Policies on rows` {
    private static let live = Fixture.live([
        Fixture.table(
            "app.users",
            ["id! bigint", "handle! character varying(20)", "email! text", "country text", "born date", "score real"]),
        Fixture.table(
            "app.messages",
            [
                "id! bigint", "author_id! bigint", "recipient_id bigint", "body text",
                "sent_at timestamp with time zone",
                "price numeric(10,2)", "exact numeric", "labels! text[]", "code citext",
            ], references: [("author_id", "app.users"), ("recipient_id", "app.users")]),
        Fixture.table("app.videos", ["id! bigint", "title text", "published boolean"]),
    ])

    private let inputs: RingfenceInputs

    init() throws { inputs = try Fixture.inputs() }

    private func schema(_ live: LiveSchema? = Self.live) -> PolicySchema {
        PolicySchema(
            catalog: inputs.catalog, directory: inputs.directory,
            live: live.map { (store: inputs.store.name, schema: $0) }, areColumnsOpen: true)
    }

    private func decisions(_ policy: String) throws -> StoreDecisions {
        try StoreDecisions(
            principal: Fixture.person("p"), store: inputs.store.name, catalog: inputs.catalog,
            policies: Fixture.policies(policy), live: Self.live)
    }

    private func decision(
        _ condition: String, _ action: DataAction = .read, column: String = "body", table: String = "app.messages",
        home: String? = "DE", effect: String = "permit"
    ) throws -> ColumnDecision {
        let text =
            "\(effect) (principal, action, resource) when { \(condition.replacing("its.", with: Self.messages)) };"
        let tables = try decisions(effect == "permit" ? text : text + "permit (principal, action, resource);").tables
        let found = try #require(tables.first { $0.name.description == table })
        let index = try #require(found.homes.firstIndex(of: home.map(Fixture.home) ?? .nobody))
        return try #require(found.columns.first { $0.facts.name == column })[action][index]
    }

    private static let messages = "resource.row.app.messages."
    private static let isMessage = "resource has row.app.messages && "

    @Test func `the schema has what a column is, optional where it may be NULL`() throws {
        let text = schema().text
        let again = try Schema(parsing: text, fileName: "schema")
        let row = try #require(again.entityTypes[CedarModel.column]?.attributes["row"])
        #expect(!row.isRequired && schema().schema.entityTypes == again.entityTypes)
        guard case .record(let schemas) = row.type, case .record(let tables)? = schemas["app"]?.type,
            case .record(let messages)? = tables["messages"]?.type, case .record(let users)? = tables["users"]?.type
        else {
            Issue.record("\(text)")
            return
        }
        #expect(tables["messages"]?.isRequired == false)
        #expect(
            messages.attributes == [
                "id": .init(.long), "author_id": .init(.long), "recipient_id": .init(.long, isRequired: false),
                "body": .init(.string, isRequired: false), "sent_at": .init(.datetime, isRequired: false),
                "price": .init(.decimal, isRequired: false),
            ])
        #expect(Set(users.attributes.keys) == ["id", "handle", "email", "country"])
    }

    @Test func `an array is a set once its elements cannot be NULL`() throws {
        var live = Self.live
        live.tables[1].columns[7].hasNoNullElements = true
        let table = try #require(RowVocabulary(inputs.store, live).table(Fixture.tableName("app.messages")))
        #expect(table.columns["labels"] == RecordType.Attribute(.set(.string)))
        #expect(table.omitted["labels"] == nil && table.omitted["exact"] != nil)
        #expect(RowVocabulary(inputs.store, Self.live).table(table.name)?.omitted["labels"]?.contains("NULL") == true)
    }

    @Test func `a question to the row is left as it is, and the rest is decided`() throws {
        let decision = try decision(Self.isMessage + "its.author_id == 7")
        guard case .row(let test) = decision.allowed else {
            Issue.record("\(decision)")
            return
        }
        #expect(test.text == "resource.row.app.messages.author_id == 7")
        #expect(test.columns == ["author_id"])
        #expect(test.sql(of: "t") == "(t.\"author_id\" = 7)")
        #expect(decision.failures == [])
        #expect(
            try self.decision(Self.isMessage + "its.author_id == 7", column: "email", table: "app.users").allowed
                == .never)
    }

    @Test func `guards go with what they guard, and NULL is neither`() throws {
        let guarded = try decision(Self.isMessage + "resource.row.app.messages has body && its.body == \"x\"")
        guard case .row(let test) = guarded.allowed else {
            Issue.record("\(guarded)")
            return
        }
        #expect(
            test.sql(of: "NEW") == "((NEW.\"body\" IS NOT NULL AND NEW.\"body\" COLLATE \"C\" = 'x') IS TRUE)"
                || test.sql(of: "NEW") == "(NEW.\"body\" IS NOT NULL AND NEW.\"body\" COLLATE \"C\" = 'x')",
            "\(test.sql(of: "NEW"))")
        let mixed = try decision(
            Self.isMessage
                + "resource.row.app.messages has body && (resource.subject.id == \"7\" || its.body == \"x\")")
        #expect(mixed.failures == [] && mixed.allowed.rowTests.count == 2 && mixed.allowed.dependsOnKey)
    }

    @Test func `an unguarded question fails and counts as Cedar says, a forbid more strictly`() throws {
        let permit = try decision(Self.isMessage + "its.body == \"x\"")
        #expect(permit.allowed == .never && permit.failures.map(\.isInexpressible) == [true])
        let forbid = try decision(Self.isMessage + "its.body == \"x\"", effect: "forbid")
        #expect(forbid.allowed == .never && forbid.forbidden == .always)
    }

    @Test func `a value that Cedar has not denies`() throws {
        let decision = try decision(
            Self.isMessage + "resource.row.app.messages has price && its.price.lessThan(decimal(\"9.5\"))")
        let tests = decision.allowed.rowTests.map(\.text)
        #expect(tests.contains("resource.row.app.messages.price is no value that Cedar lacks"), "\(tests)")
        let unclear = try #require(decision.allowed.rowTests.first { $0.text.hasSuffix("Cedar lacks") })
        #expect(decision.allowed.assuming([unclear: false]) == .never)
        #expect(decision.forbidden == .not(.row(unclear)))
    }

    @Test func `a table about nobody has rows to ask`() throws {
        let text =
            "permit (principal, action, resource) when { resource has row.app.videos && resource.row.app.videos has published && resource.row.app.videos.published };"
        let profile = try ProfileCompiler.profile(
            for: Fixture.person("p"), store: inputs.store.name, catalog: inputs.catalog,
            policies: Fixture.policies(text), live: Self.live)
        let videos = try #require(profile.tables.first { $0.name.table == "videos" })
        #expect(videos.visible.rowTests.count == 1 && !videos.visible.isNever && videos.visible != .always)
        #expect(videos.testedColumns == ["published"])
    }

    @Test func `the digest knows what is asked of rows, and reach counts it as reachable`() throws {
        func decided(_ condition: String) throws -> DecidedProfile {
            try ProfileCompiler(
                store: inputs.store.name, catalog: inputs.catalog,
                policies: Fixture.policies(
                    "permit (principal, action, resource) when { \(Self.isMessage)\(condition.replacing("its.", with: Self.messages)) };"
                ),
                live: Self.live
            ).profile(for: Fixture.person("p"))
        }
        let one = try decided("its.author_id == 7")
        #expect(try decided("7 == 7 && its.author_id == 7").digest == one.digest)
        #expect(try decided("its.author_id == 8").digest != one.digest)
        let messages = try #require(one.reach.tables.first { $0.name.table == "messages" })
        #expect(messages.byHome.values.allSatisfy { $0 == .clear })
    }

    @Test(arguments: [
        ("its.author_id + 1 == 7", "arithmetic"), ("[its.author_id].contains(7)", "set"),
        ("resource.subject.id == its.body", "compares the row with"),
        ("its.exact == 7", "exact"), ("its.nobody == 7", "nobody"),
    ])
    func `what SQL cannot say of a row is refused with its place`(condition: String, word: String) throws {
        let condition = Self.isMessage + "resource.row.app.messages has body && " + condition
        let found = schema().review(
            try Fixture.policies(
                "permit (principal, action, resource) when { \(condition.replacing("its.", with: Self.messages)) };"))
        let errors = found.filter { $0.severity == .error }
        #expect(errors.count == 1 && errors.allSatisfy { $0.diagnostic.message.contains(word) }, "\(found)")
        #expect(errors.allSatisfy { $0.diagnostic.help != nil && $0.diagnostic.span.line == 1 })
    }

    @Test(arguments: [
        "its.author_id == 7", "principal.location == its.body", "its.author_id == 7 || resource.subject.id == \"5\"",
        "its.body like \"a*\"", "resource.name == its.body",
    ])
    func `what SQL can say of a row is taken`(condition: String) throws {
        let condition = Self.isMessage + "resource.row.app.messages has body && " + condition
        let found = schema().review(
            try Fixture.policies(
                "permit (principal, action, resource) when { \(condition.replacing("its.", with: Self.messages)) };"))
        #expect(found.filter { $0.severity == .error }.map(\.description) == [])
    }

    @Test func `without a database nothing is decided by what asks of rows`() throws {
        let policies = try Fixture.policies(
            "permit (principal, action, resource) when { \(Self.isMessage)resource.row.app.messages.author_id == 7 };")
        let found = schema(nil).review(policies)
        #expect(found.map(\.severity) == [.warning])
        #expect(throws: DecisionError.self) {
            try StoreDecisions(
                principal: Fixture.person("p"), store: inputs.store.name, catalog: inputs.catalog, policies: policies,
                live: LiveSchema(describing: inputs.store))
        }
    }

    private static let drafts = """
        @id("drafts")
        permit (principal, action in [Action::"read", Action::"delete"], resource)
        when { resource has row.app.messages && !(resource.row.app.messages has body && resource.row.app.messages.author_id == 7) };
        """

    private func inputs(_ policy: String) throws -> RingfenceInputs {
        let folder = try Fixture.folder(replacing: ["policy.cedar": policy])
        return try RingfenceInputs.load(folder.file("ringfence.yaml"))
    }

    @Test(arguments: [
        ("row: { author_id: 7, body: x }, read: hidden, because: drafts", true),
        ("row: { author_id: 8 }, read: clear, because: drafts", true),
        ("row: { body: null }, read: clear", true), ("row: { author_id: 7, body: x }, delete: denied", true),
        ("row: { author_id: 8 }, delete: allowed", true), ("row: { author_id: 7 }, read: clear", false),
        ("read: clear", false),
    ])
    func `an expectation can say what stands in the row`(row: String, holds: Bool) throws {
        let run = try PolicyTestRun(
            parsing: "expectations:\n  - { as: casey, table: app.messages, homes: [DE, DE], \(row) }",
            file: "tests.yaml", inputs: inputs(Self.drafts), live: Self.live)
        #expect(run.failures.isEmpty == (holds && !row.contains("because: drafts") || holds && row.contains("clear")))
        if !holds { #expect(run.text.contains("row: {"), "\(run.text)") }
    }

    @Test(arguments: [
        ("row: { author: 7 }, read: clear", "policies cannot ask for app.messages.author"),
        ("row: { author_id: seven }, read: clear", "no value of app.messages.author_id"),
        ("row: { author_id: null }, read: clear", "no value of app.messages.author_id"),
        ("row: { exact: 1 }, read: clear", "policies cannot ask for app.messages.exact"),
    ])
    func `and only what can stand there`(row: String, problem: String) throws {
        let inputs = try inputs(Self.drafts)
        let found = problems { () throws(ConfigurationProblems) in
            try PolicyTestRun(
                parsing: "expectations:\n  - { as: casey, table: app.messages, homes: [DE, DE], \(row) }",
                file: "tests.yaml", inputs: inputs, live: Self.live)
        }
        #expect(found.count == 1 && found.allSatisfy { $0.message.contains(problem) }, "\(found)")
    }

    @Test func `a difference in what is asked of rows is one, in words`() throws {
        let (old, new) = (try inputs(Self.drafts), try inputs(Self.drafts.replacing("== 7", with: "== 8")))
        #expect(try PolicyDiff(from: old, to: old, live: Self.live).isEmpty)
        let difference = try PolicyDiff(from: old, to: new, live: Self.live)
        #expect(difference.text.contains("resource.row.app.messages.author_id == 8"), "\(difference.text)")
        #expect(throws: DecisionError.self) { try PolicyDiff(from: old, to: new) }
    }

    @Test func `a policy that the database gives no answer to is refused before it decides`() throws {
        let inputs = try inputs(Self.drafts.replacing("author_id", with: "author"))
        let error = #expect(throws: DecisionError.self) { try ProfileCompiler(inputs, live: Self.live) }
        #expect(error?.description.contains("author") == true)
        #expect(inputs.check(live: nil).filter { $0.severity == .error && $0.file.hasSuffix("policy.cedar") } == [])
        #expect(inputs.check(live: Self.live).contains { $0.severity == .error && $0.file.hasSuffix("policy.cedar") })
    }
}
