import Cedar
import Testing

@testable import Ringfence

struct `Expectations are read` {
    private static func expectations(_ text: String) throws -> [PolicyExpectation] {
        try PolicyExpectationReader.read(text, file: "tests.yaml", inputs: Fixture.inputs())
    }

    @Test func `with whom, what, whose and why`() throws {
        let expectations = try Self.expectations(
            """
            principals:
              batch: { kind: service, location: DE, teams: [services] }
            expectations:
              - { as: casey, table: app.users, columns: [email, phone], home: DE, read: masked, because: engineers-see-masks }
              - { as: batch, table: app.messages, homes: [US, unknown], keys: ["1", "2"], delete: denied }
              - { as: { location: CN, covered: true, teams: [engineering] }, table: app.videos, column: title, read: clear }
            """)
        #expect(
            expectations.map(\.words) == [
                "casey reads app.users (email, phone) of people of DE: masked",
                "batch deletes rows of app.messages of person \"1\" of US and person \"2\" of unknown home: denied",
                "covered person on team engineering in CN reads app.videos.title: clear",
            ])
        #expect(expectations.map(\.line) == [4, 5, 6])
        #expect(expectations[0].because == "engineers-see-masks")
        #expect(expectations[0].rows == [[.init(home: Fixture.home("DE"), key: nil)]])
        #expect(expectations[1].principal.teams == ["services"])
        #expect(expectations[2].principal.isCovered)
    }

    @Test func `any home is each of the list, and the unknown one`() throws {
        let expectations = try Self.expectations(
            "expectations: [{ as: casey, table: app.messages, home: any, read: hidden }]")
        #expect(expectations[0].rows.count == 21)
        #expect(expectations[0].rows.last?.map(\.home) == [.unknown, .unknown])
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var text: String
        var problem: String
        var remedy: String?
        var testDescription: String { problem }
    }

    private static let base = "as: casey, table: app.users, column: email, home: US"

    static let mistakes = [
        Mistake(
            text: "as: cassey, table: app.users, home: US, read: clear",
            problem: "2:11 error: nobody is called \"cassey\"",
            remedy: "Did you mean \"casey\"?"),
        Mistake(
            text: "as: casey, table: app.user, home: US, read: clear",
            problem: "2:25 error: the catalog has no table \"app.user\", so nobody sees it",
            remedy: "Did you mean \"app.users\"?"),
        Mistake(
            text: "as: casey, table: app.users, column: emial, home: US, read: clear",
            problem: "2:44 error: the catalog has no column app.users.emial, so it is protected",
            remedy: "Did you mean \"email\"?"),
        Mistake(
            text: "\(base), read: visible", problem: "2:67 error: read cannot be \"visible\"",
            remedy: "It is one of clear, masked, hidden, allowed, denied."),
        Mistake(
            text: "\(base), update: clear", problem: "2:69 error: update is never clear",
            remedy: "It is allowed, denied."),
        Mistake(
            text: "\(base), read: clear, update: denied", problem: "2:5 error: there are two actions in it",
            remedy: "Write one of read: clear | masked | hidden, and insert, update or delete: allowed | denied."),
        Mistake(text: base, problem: "2:5 error: the expectation says of no action what comes of it", remedy: nil),
        Mistake(
            text: "as: casey, table: app.users, home: ZZ, read: hidden",
            problem: "2:42 error: ZZ is not among the catalog's homes",
            remedy: "People of other homes are those of unknown home: write unknown."),
        Mistake(
            text: "as: casey, table: app.users, read: hidden", problem: "2:5 error: whose row it is remains open",
            remedy: nil),
        Mistake(
            text: "as: casey, table: app.videos, home: US, read: hidden",
            problem: "2:43 error: a row of app.videos is about nobody the catalog names", remedy: "Leave out home."),
        Mistake(
            text: "as: casey, table: app.messages, homes: [US], read: hidden",
            problem: "2:46 error: a row of app.messages is about 2 people, not 1", remedy: nil),
        Mistake(
            text: "as: robin, table: app.users, column: email, home: US, delete: denied",
            problem: "2:44 error: rows are deleted whole", remedy: "Leave the columns out."),
        Mistake(
            text: "\(base), read: hidden, because: us-bondary",
            problem: "2:84 error: there is no policy \"us-bondary\"",
            remedy: "Did you mean \"us-boundary\"?"),
        Mistake(text: "\(base), raed: hidden", problem: "2:61 error: an expectation has no key \"raed\"", remedy: nil),
        Mistake(
            text: "as: { location: China }, table: app.users, home: US, read: hidden",
            problem: "2:23 error: location is an ISO 3166-1 code of two letters, not \"China\"", remedy: nil),
        Mistake(
            text: "as: { location: CN, teams: [enginering] }, table: app.users, home: US, read: hidden",
            problem: "2:35 error: there is no team \"enginering\"", remedy: "Did you mean \"engineering\"?"),
        Mistake(
            text: "as: { kind: service, location: CN, covered: true }, table: app.users, home: US, read: hidden",
            problem: "2:51 error: a service has no covered", remedy: "Leave it out, or write kind: person."),
    ]

    @Test(arguments: mistakes) func `and each mistake has its place`(mistake: Mistake) throws {
        let inputs = try Fixture.inputs()
        let found = problems { () throws(ConfigurationProblems) in
            try PolicyExpectationReader.read(
                "expectations:\n  - { \(mistake.text) }\n", file: "tests.yaml", inputs: inputs)
        }
        #expect(brief(found).contains(mistake.problem), "\(found)")
        if let remedy = mistake.remedy { #expect(found.contains { $0.remedy == remedy }, "\(found)") }
    }

    @Test(arguments: [
        ("expectations: []", "1:15 error: nothing is expected"),
        (
            "principals: { casey: { location: US } }\nexpectations: [{ \(base), read: hidden }]",
            "1:15 error: \"casey\" is in the directory"
        ),
        ("tests: []", "1:1 error: a file of expectations has no key \"tests\""),
    ]) func `and so has a mistake of the whole`(text: String, problem: String) throws {
        let inputs = try Fixture.inputs()
        let found = problems { () throws(ConfigurationProblems) in
            try PolicyExpectationReader.read(text, file: "tests.yaml", inputs: inputs)
        }
        #expect(brief(found).contains(problem), "\(found)")
    }
}
