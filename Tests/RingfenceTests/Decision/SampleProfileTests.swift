import Testing

@testable import Ringfence

struct `The sample policies` {
    private func profile(_ name: String) throws -> DecidedProfile {
        let inputs = try Fixture.inputs()
        let compiler = try ProfileCompiler(inputs, live: Fixture.socialLive)
        return try compiler.profile(for: #require(inputs.directory.principal(named: name)))
    }

    private func reach(_ name: String, _ table: String) throws -> [String: String] {
        let tables = try profile(name).reach.tables
        let byHome = tables.first { $0.name.description == table }?.byHome ?? [:]
        return Dictionary(uniqueKeysWithValues: byHome.map { ($0.key.description, $0.value.rawValue) })
    }

    private func column(_ column: String, of table: String, for name: String) throws -> ColumnProfile {
        let table = try #require(try profile(name).profile.tables.first { $0.name.description == table })
        return try #require(table.columns.first { $0.name == column })
    }

    @Test func `the service inside the enclave has everything`() throws {
        #expect(try profile("feed-api").profile.isWhollyClear)
        #expect(
            try String(decoding: profile("feed-api").reach.json, as: UTF8.self)
                == #"{"app.devices":{"*":"clear"},"app.locations":{"*":"clear"},"app.messages":{"*":"clear"},"#
                + #""app.payments":{"*":"clear"},"app.profiles":{"*":"clear"},"app.users":{"*":"clear"}}"#)
    }

    @Test func `the data-security team reads everything and writes nothing`() throws {
        let profile = try profile("alice").profile
        #expect(!profile.isWhollyClear)
        for table in profile.tables {
            #expect(table.visible == .always && table.insert.isNever && table.update.isNever && table.delete.isNever)
            #expect(table.columns.allSatisfy { $0.clear == .always })
        }
    }

    @Test func `an engineer sees the people of their own country clear, all others masked`() throws {
        let reach = try reach("sasha", "app.users")
        #expect(reach["SG"] == "clear")
        #expect(reach["US"] == "masked")
        #expect(reach["unknown"] == "masked")
        let email = try column("email", of: "app.users", for: "sasha")
        #expect(email.clear == RowCondition(homes: .some([Jurisdiction(code: "SG")!], includesUnknown: false)))
        #expect(email.masked == .always)
        let attributes = try column("attributes", of: "app.devices", for: "sasha")
        #expect(attributes.mask == .null && attributes.masked == .always)
    }

    @Test func `a covered engineer has no row of a person of the United States`() throws {
        let profile = try profile("casey").profile
        for table in profile.tables where !table.subjects.isEmpty {
            #expect(!table.visible.covers(Fixture.home("US"), key: "1"))
            #expect(!table.visible.covers(.unknown, key: "1"))
            #expect(table.visible.covers(Fixture.home("DE"), key: "1"))
            #expect(table.visibleAlternatives == [table.visible])
        }
        #expect(profile.tables.first { $0.name.table == "videos" }?.visible == .always)
        #expect(try reach("casey", "app.messages")["US"] == "hidden")
        #expect(try reach("casey", "app.messages")["CN"] == "clear")
    }

    @Test func `support renames people who are not of the United States`() throws {
        let users = try #require(try profile("robin").profile.tables.first { $0.name.table == "users" })
        #expect(!users.update.covers(Fixture.home("US"), key: "1"))
        #expect(!users.update.covers(.unknown, key: "1"))
        #expect(users.update.covers(Fixture.home("GB"), key: "1"))
        #expect(users.columns.filter { !$0.update.isNever }.map(\.name) == ["handle"])
        #expect(users.delete.isNever && users.insert.isNever)
    }

    @Test func `analytics sees pseudonyms and nothing else of protected data`() throws {
        #expect(try column("phone", of: "app.users", for: "noor").masked == .always)
        #expect(try column("phone", of: "app.users", for: "noor").clear == .never)
        #expect(try column("email", of: "app.users", for: "noor").masked == .never)
        #expect(try Set(reach("noor", "app.messages").values) == ["hidden"])
    }

    @Test func `each of them has a profile of its own, and devon has one too`() throws {
        let names = ["alice", "sasha", "casey", "noor", "robin", "devon", "feed-api"]
        #expect(Set(try names.map { try profile($0).digest }).count == 7)
    }
}
