import Testing

@testable import Ringfence

struct `A profile's reach` {
    private func json(_ profile: Profile, _ catalog: Catalog) -> String {
        String(decoding: Reach(profile, catalog: catalog).json, as: UTF8.self)
    }

    private static func condition(_ homes: [String], unknown: Bool = false, keyed: [String] = []) -> RowCondition {
        let set = { (codes: [String]) in Set(codes.map { Jurisdiction(code: $0)! }) }
        let clause = KeyedClause(homes: .some(set(keyed), includesUnknown: false), predicate: .isOneOf(["7"]))
        return RowCondition(
            homes: .some(set(homes), includesUnknown: unknown), keyed: keyed.isEmpty ? [] : [clause])
    }

    private func profile(clear: RowCondition, masked: RowCondition) -> Profile {
        let column = { (name: String, classification: Classification, clear: RowCondition, masked: RowCondition) in
            ColumnProfile(
                name: name, classification: classification, mask: .null, clear: clear, masked: masked, insert: .never,
                update: .never)
        }
        let table = TableProfile(
            name: Fixture.tableName("app.users"), subjects: [.itself(key: "id", home: "country")],
            columns: [
                column("id", .public, .always, .always), column("email", .protected, clear, masked),
                column("phone", .protected, .never, masked),
            ], visible: .always, insert: .never, update: .never, delete: .never)
        return Profile(store: "social", isWhollyClear: false, tables: [table])
    }

    private func catalog() throws -> Catalog {
        try Fixture.catalog(
            """
            homes: [US, DE, FR, SG]
            homeWhenUnknown: US
            stores:
              - name: social
                jurisdiction: US
                operator: E
                tables:
                  app.users: { subject: { key: id, home: country }, columns: { email: { classification: protected } } }
                  app.hidden: { columns: { note: { classification: protected } } }
                  app.videos: { columns: { title: { classification: public } } }
            """)
    }

    @Test func `names the homes that differ from most`() throws {
        let masked = Self.condition(["DE", "FR", "SG"])
        #expect(
            json(profile(clear: Self.condition(["SG"]), masked: masked), try catalog())
                == #"{"app.hidden":{"*":"hidden"},"app.users":{"*":"masked","SG":"clear","US":"hidden","unknown":"hidden"}}"#
        )
    }

    @Test func `is the same for all where all are alike`() throws {
        #expect(
            json(profile(clear: .always, masked: .always), try catalog())
                == #"{"app.hidden":{"*":"hidden"},"app.users":{"*":"clear"}}"#)
        #expect(
            json(profile(clear: .never, masked: .never), try catalog())
                == #"{"app.hidden":{"*":"hidden"},"app.users":{"*":"hidden"}}"#)
    }

    @Test func `counts one subject that is clear as clear`() throws {
        let clear = Self.condition([], keyed: ["US"])
        #expect(
            json(profile(clear: clear, masked: .always), try catalog())
                == #"{"app.hidden":{"*":"hidden"},"app.users":{"*":"masked","US":"clear"}}"#)
    }

    @Test func `of two levels equally frequent states the higher for those it does not name`() throws {
        let reach = Reach.Table(
            name: Fixture.tableName("app.users"),
            byHome: [Fixture.home("US"): .hidden, Fixture.home("DE"): .clear])
        var whole = Reach(Profile(store: "x", isWhollyClear: false, tables: []), catalog: try catalog())
        whole.tables = [reach]
        #expect(String(decoding: whole.json, as: UTF8.self) == #"{"app.users":{"*":"clear","US":"hidden"}}"#)
    }

    @Test func `is read back by the ledger's reader`() throws {
        let bytes = Reach(
            profile(clear: Self.condition(["SG"]), masked: Self.condition(["SG", "DE", "FR"])), catalog: try catalog()
        ).json
        let recorded = try RecordedReach(EntryJSON(parsing: bytes))
        #expect(recorded.level(of: "app.users", home: "US") == .hidden)
        #expect(recorded.level(of: "app.users", home: "unknown") == .hidden)
        #expect(recorded.level(of: "app.users", home: "DE") == .masked)
        #expect(recorded.level(of: "app.users", home: "SG") == .clear)
        #expect(recorded.json == bytes)
    }
}
