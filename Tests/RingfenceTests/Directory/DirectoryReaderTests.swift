import Foundation
import Testing

@testable import Ringfence

struct `Reading directory.yaml` {
    static let verifier =
        "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$BIreKc4f+1N645obY+shPU06Wbiea/g9ou+e9B6bUpA=:"
        + "siB5HaMCrLhEiN8W3O+ABY3jqInGECjB8P8NiFntok0="

    static let whole = """
        teams: [data-security, services]
        people:
          - { name: alice, employer: E, employerCountry: US, location: US, citizenships: [US], covered: false, teams: [data-security], certificate: "CN=alice,O=E" }
          - name: bob
            employer: E
            employerCountry: CN
            location: CN
            citizenships: []
            covered: true
            certificates: ["CN=bob", "CN=bob2"]
        services:
          - { name: feed-api, location: US, teams: [services], scram: "\(verifier)" }

        """

    private func problems(of text: String) -> [String] {
        brief(
            RingfenceTests.problems { () throws(ConfigurationProblems) in
                try DirectoryReader.read(text, file: "directory.yaml")
            })
    }

    @Test func `people and services are read`() throws {
        let directory = try DirectoryReader.read(Self.whole, file: "directory.yaml").directory
        #expect(directory.principals.map(\.name) == ["alice", "bob", "feed-api"])
        #expect(directory.people[0].certificateSubjects == ["CN=alice,O=E"])
        #expect(directory.people[1].certificateSubjects == ["CN=bob", "CN=bob2"])
        #expect(directory.people[1].isCovered)
        #expect(directory.people[1].teams == [])
        #expect(directory.services[0].scramVerifier == Self.verifier)
        #expect(directory.principal(named: "bob")?.location.code == "CN")
        #expect(directory.principal(named: "Bob") == nil)
    }

    @Test(arguments: [
        ("name: alice", "name: Alice", ["3:13 error: \"Alice\" cannot be part of a role's name"]),
        ("name: alice", "name: \"a#b\"", ["3:13 error: \"a#b\" cannot be part of a role's name"]),
        (
            "name: alice", "name: " + String(repeating: "x", count: 41),
            ["3:13 error: \"" + String(repeating: "x", count: 41) + "\" cannot be part of a role's name"]
        ),
        ("name: feed-api", "name: bob", ["12:13 error: \"bob\" is also the name of line 4"]),
        ("teams: [services],", "teams: [service],", ["12:45 error: there is no team \"service\""]),
        (
            "teams: [data-security],", "teams: [data-security, data-security],",
            ["3:127 error: team \"data-security\" stands twice"]
        ),
        ("covered: true", "covered: \"true\"", ["9:14 error: covered is true or false, not \"true\""]),
        ("covered: true", "covered: yes", ["9:14 error: covered is true or false, not \"yes\""]),
        ("    covered: true\n", "", ["4:5 error: person \"bob\" has no \"covered\""]),
        ("citizenships: []", "citizenships: CN", ["8:19 error: citizenships is a list, not \"CN\""]),
        (
            "location: CN", "location: China",
            ["7:15 error: location is an ISO 3166-1 code of two letters, not \"China\""]
        ),
        (
            "SCRAM-SHA-256$4096:", "SCRAM-SHA-1$4096:",
            [
                "12:63 error: the SCRAM verifier of service \"feed-api\" is not of the form "
                    + "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>"
            ]
        ),
        (
            "SCRAM-SHA-256$4096:", "SCRAM-SHA-256$1:",
            ["12:63 error: the SCRAM verifier of service \"feed-api\" has fewer than 4096 iterations"]
        ),
        (
            "BIreKc4f", "BIre",
            [
                "12:63 error: the SCRAM verifier of service \"feed-api\" has a StoredKey that is not 32 bytes of base64"
            ]
        ),
        (
            "certificates: [\"CN=bob\", \"CN=bob2\"]", "certificates: [bob]",
            [
                "10:20 error: \"bob\" is no certificate subject",
                "4:5 warning: person \"bob\" has no certificate and cannot connect",
            ]
        ),
    ])
    func `a mistake is reported where it is`(passage: String, other: String, expected: [String]) {
        let found = problems(of: Self.whole.replacingOccurrences(of: passage, with: other))
        #expect(Set(found).isSubset(of: expected) && found.contains(expected[0]), "\(found)")
    }
}
