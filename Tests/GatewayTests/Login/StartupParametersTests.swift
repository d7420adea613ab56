import Ringfence
import Testing

@testable import Gateway

struct StartupParametersTests {
    private func upstream(_ pairs: [(name: String, value: String)]) throws -> [String: String] {
        let schemas = SchemaMap(schemas: ["app": "app@3fa9c1"], tables: [])
        let parameters = try StartupParameters([("user", "feed")] + pairs)
        let terms = try Fixture.terms(schemas: schemas)
        return Dictionary(parameters.upstream(terms).map { ($0.name, $0.value) }) { $1 }
    }

    @Test func `the gateway writes who the session is`() throws {
        let sent = try upstream([("database", "other"), ("application_name", "psql")])
        #expect(sent["user"] == "feed#1")
        #expect(sent["database"] == "social")
        #expect(sent["search_path"] == "app")
        #expect(sent["row_security"] == "on")
        #expect(sent["application_name"] == "feed/psql")
    }

    @Test func `harmless settings pass, in options too`() throws {
        let sent = try upstream([
            ("client_encoding", "UTF8"), ("DateStyle", "ISO"),
            ("options", "-c statement_timeout=5s --lock-timeout=1\\ s"),
        ])
        #expect(sent["client_encoding"] == "UTF8")
        #expect(sent["datestyle"] == "ISO")
        #expect(sent["statement_timeout"] == "5s")
        #expect(sent["lock_timeout"] == "1 s")
    }

    @Test func `a search path is led to the profile's schemas`() throws {
        #expect(try upstream([("search_path", "app, public")])["search_path"] == "\"app@3fa9c1\", \"public\"")
        #expect(try upstream([("options", "-csearch_path=\"app\"")])["search_path"] == "\"app@3fa9c1\"")
    }

    @Test(arguments: [
        ("role", "bob"), ("session_authorization", "bob"), ("row_security", "off"), ("replication", "database"),
        ("options", "-c role=bob"), ("options", "-crow_security=off"), ("options", "--session-authorization=bob"),
        ("options", "-d 5"), ("options", "-c"), ("OPTIONS", "-c role=bob"), ("Role", "bob"),
    ])
    func `what would change who the session is or may is refused`(name: String, value: String) {
        #expect(throws: SessionError.self) { try upstream([(name, value)]) }
    }

    @Test func `an application name is printable and short`() {
        #expect(StartupParameters.applicationName(of: "feed", client: "a\nb\u{e9}") == "feed/a?b??")
        #expect(
            StartupParameters.applicationName(of: "feed", client: String(repeating: "x", count: 100)).utf8.count == 63)
    }
}
