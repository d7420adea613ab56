import Foundation
import Testing

@testable import Ringfence

struct `Reading catalog.yaml` {
    static let whole = """
        homes: [US, DE, "NO"]
        homeWhenUnknown: US
        stores:
          - name: social
            jurisdiction: US
            operator: Example
            tables:
              app.users:
                subject: { key: id, home: country }
                columns:
                  id: { classification: interoperability }
                  email: { classification: protected, category: contact, mask: email }
                  country: { classification: public }
              app.messages:
                subject: [author_id, recipient_id]
                columns:
                  body: { classification: protected, mask: { constant: "-" } }
              app.locations:
                subject: { column: user_id, table: app.users }
                columns:
                  latitude: { classification: protected, mask: { coarse: 0.1 } }
              app.videos:
                columns: { title: { classification: public } }

        """

    private func problems(of text: String) -> [String] {
        brief(
            RingfenceTests.problems { () throws(ConfigurationProblems) in
                try CatalogReader.read(text, file: "catalog.yaml")
            })
    }

    @Test func `tables, subjects and masks are read`() throws {
        let catalog = try Fixture.catalog(Self.whole)
        #expect(catalog.homes.map(\.code) == ["US", "DE", "NO"])
        let users = TableName(schema: "app", table: "users")
        let store = try #require(catalog.stores.first)
        #expect(store.tables.map(\.name.description) == ["app.users", "app.messages", "app.locations", "app.videos"])
        #expect(store.tables[0].subjects == [.itself(key: "id", home: "country")])
        #expect(
            store.tables[1].subjects == [
                .reference(column: "author_id", table: users, key: "id", home: "country"),
                .reference(column: "recipient_id", table: users, key: "id", home: "country"),
            ])
        #expect(
            store.tables[2].subjects == [.reference(column: "user_id", table: users, key: "id", home: "country")])
        #expect(store.tables[3].subjects == [])
        #expect(store.tables[1].columns[0].mask == .constant("-"))
        #expect(store.tables[2].columns[0].mask == .coarse(step: "0.1"))
        #expect(store.tables[0].columns[0].mask == .null)
    }

    @Test func `NO is Norway, with and without quotes`() throws {
        let catalog = try Fixture.catalog(Self.whole.replacingOccurrences(of: "\"NO\"", with: "NO"))
        #expect(catalog.homes.map(\.code) == ["US", "DE", "NO"])
    }

    @Test(arguments: [
        ("[US, DE, \"NO\"]", "[US, DE, us]", ["1:17 error: a home is an ISO 3166-1 code of two letters, not \"us\""]),
        ("[US, DE, \"NO\"]", "[US, DE, US]", ["1:17 error: home US stands twice"]),
        (
            "homeWhenUnknown: US", "homeWhenUnknown: FR",
            ["2:18 error: homeWhenUnknown is FR, which homes does not list"]
        ),
        ("homeWhenUnknown: US\n", "", ["1:1 error: the catalog has no \"homeWhenUnknown\""]),
        (
            "app.users:\n", "users:\n",
            [
                "8:7 error: \"users\" is no table's name",
                "15:19 error: app.messages leads to data subjects, but no table holds them",
                "15:30 error: app.messages leads to data subjects, but no table holds them",
                "19:18 error: app.locations leads to app.users, which is no table of data subjects",
            ]
        ),
        (
            "classification: interoperability", "clasification: interoperability",
            [
                "11:15 error: column app.users.id has no \"classification\"",
                "11:17 error: column app.users.id has no key \"clasification\"",
            ]
        ),
        (
            "classification: public }\n      app.m", "classification: pubic }\n      app.m",
            ["13:38 error: classification cannot be \"pubic\""]
        ),
        ("mask: email", "mask: emial", ["12:72 error: there is no mask \"emial\""]),
        ("mask: email", "mask: coarse", ["12:72 error: there is no mask \"coarse\""]),
        ("{ coarse: 0.1 }", "{ coarse: -1 }", ["21:66 error: coarse is a positive number, not \"-1\""]),
        ("{ coarse: 0.1 }", "{ coarse: 0.0 }", ["21:66 error: coarse is a positive number, not \"0.0\""]),
        ("{ coarse: 0.1 }", "{ coarse: 1, constant: x }", ["21:56 error: a mask is one thing"]),
        (
            "table: app.users }", "table: app.user }",
            [
                "19:18 error: app.locations leads to app.user, which is no table of data subjects"
            ]
        ),
        (
            "{ key: id, home: country }", "{ key: id }",
            [
                "9:18 error: a subject of app.users has no \"home\"",
                "15:19 error: app.messages leads to data subjects, but no table holds them",
                "15:30 error: app.messages leads to data subjects, but no table holds them",
                "19:18 error: app.locations leads to app.users, which is no table of data subjects",
            ]
        ),
        ("[author_id, recipient_id]", "[author_id, author_id]", ["15:30 error: subject author_id stands twice"]),
        ("[author_id, recipient_id]", "[]", ["15:18 error: subject is an empty list"]),
        (
            "operator: Example", "owner: Example",
            [
                "4:5 error: store \"social\" has no \"operator\"", "6:5 error: a store has no key \"owner\"",
            ]
        ),
    ])
    func `a mistake is reported where it is`(passage: String, other: String, expected: [String]) {
        #expect(problems(of: Self.whole.replacingOccurrences(of: passage, with: other)) == expected)
    }

    @Test func `with several tables of people a reference names its own`() {
        let more = "      app.staff: { subject: { key: id, home: country } }\n"
        #expect(
            problems(of: Self.whole + more) == [
                "15:19 error: app.messages may lead to several tables of data subjects: app.users, app.staff",
                "15:30 error: app.messages may lead to several tables of data subjects: app.users, app.staff",
            ])
    }

    @Test func `a table that stands twice is refused`() {
        let text = Self.whole + "      app.users: { columns: {} }\n"
        #expect(problems(of: text) == ["8:7 error: \"app.users\" stands more than once in one mapping, first here"])
    }

    @Test func `places are kept for what is found later`() throws {
        let read = try CatalogReader.read(Self.whole, file: "catalog.yaml")
        let users = TableName(schema: "app", table: "users")
        #expect(read.places.table(users, of: "social").line == 8)
        #expect(read.places.column("email", of: users, of: "social").line == 12)
        #expect(read.places.mask(of: "email", of: users, of: "social").column == 72)
        #expect(read.places.subject(1, of: TableName(schema: "app", table: "messages"), of: "social").column == 30)
    }
}
