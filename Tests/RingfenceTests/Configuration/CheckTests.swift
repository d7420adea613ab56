import Cedar
import Foundation
import TestSupport
import Testing
import TransparencyLog

@testable import Ringfence

struct `Check` {
    /// What is found, as `file:line severity: message`.
    private func findings(
        replacing texts: [String: String] = [:], live: LiveSchema? = Fixture.socialLive,
        prepare: (TemporaryDirectory) throws -> Void = { _ in }
    ) throws -> [String] {
        let folder = try Fixture.folder(replacing: texts)
        try prepare(folder)
        return RingfenceInputs.check(folder.file("ringfence.yaml"), live: live).map { finding in
            let file = finding.file.split(separator: "/").last ?? ""
            let message = finding.message.replacingOccurrences(of: folder.path + "/", with: "")
            return "\(file):\(finding.line) \(finding.severity): \(message)"
        }
    }

    @Test func `finds nothing wrong with the sample, but one column that is not named`() throws {
        #expect(
            try findings() == [
                "catalog.yaml:47 warning: column app.devices.attributes is not in the catalog, so it is protected and masked with NULL"
            ])
    }

    @Test(arguments: [
        (
            "  app.videos:\n", "  app.video:\n",
            [
                "catalog.yaml:10 warning: table app.videos is not in the catalog, so it is refused, and nobody has the whole store clear",
                "catalog.yaml:30 error: the database has no table app.video",
            ]
        ),
        (
            "title: { classification: public }", "titel: { classification: public }",
            [
                "catalog.yaml:30 warning: column app.videos.title is not in the catalog, so it is protected and masked with NULL",
                "catalog.yaml:34 error: the database has no column app.videos.titel",
            ]
        ),
        (
            "subject: { key: id, home: country }", "subject: { key: id, home: county }",
            [
                "catalog.yaml:15 error: the database has no column app.users.county"
            ]
        ),
        (
            "subject: { key: id, home: country }", "subject: { key: handle, home: birth_date }",
            [
                "catalog.yaml:15 error: home app.users.birth_date is date, in which unequal codes may be equal",
                "catalog.yaml:15 error: several rows of app.users may share the key handle, so whose home counts is not certain",
            ]
        ),
        (
            "subject: [author_id, recipient_id]", "subject: [author_id, body]",
            [
                "catalog.yaml:39 error: app.messages.body is text, but app.users.id is bigint",
                "catalog.yaml:39 warning: app.messages.body has no foreign key to app.users(id): rows that lead nowhere count as people of US",
            ]
        ),
        (
            "mask: last4", "mask: year",
            [
                "catalog.yaml:71 error: mask year is for dates and timestamps, and app.payments.card_number is text"
            ]
        ),
    ])
    func `compares the catalog with the database`(passage: String, other: String, expected: [String]) throws {
        let found = try findings(replacing: [
            "catalog.yaml": Fixture.replacing(passage, with: other, in: "catalog.yaml")
        ])
        for finding in expected {
            let parts = finding.split(separator: " ", maxSplits: 1)
            #expect(found.contains { $0.hasSuffix(" " + parts[1]) }, "\(found)")
        }
    }

    @Test func `says where in the catalog`() throws {
        let text = try Fixture.replacing("mask: last4", with: "mask: year", in: "catalog.yaml")
        let line = text.components(separatedBy: "\n").firstIndex { $0.contains("card_number") }.map { $0 + 1 }
        let found = try findings(replacing: ["catalog.yaml": text])
        #expect(found.contains { $0.hasPrefix("catalog.yaml:\(line ?? 0) error: mask year") }, "\(found)")
    }

    @Test func `names what the catalog leaves out`() throws {
        var live = Fixture.socialLive
        live.tables.append(Fixture.table("app.audit", ["id bigint"]))
        live.tables.append(Fixture.table("app.v_users", ["id bigint"], kind: .view))
        live.tables.append(Fixture.table("app.m_users", ["id bigint"], kind: .materializedView))
        live.tables.append(Fixture.table("app.locations_sub", ["id bigint"], partitionOf: "app.locations_2025_1"))
        let found = try findings(live: live).filter {
            $0.contains("is not in the catalog, so") && !$0.contains("column")
        }
        #expect(
            found.map { $0.split(separator: " ", maxSplits: 2)[2] } == [
                "materialized view app.m_users is not in the catalog, so it is refused, and nobody has the whole store clear",
                "table app.audit is not in the catalog, so it is refused, and nobody has the whole store clear",
                "view app.v_users is not in the catalog, so nobody can use it through the gateway",
            ])
    }

    @Test(arguments: [
        ("citext", false), ("character(4)", false), ("character(2)", true), ("character varying(2)", true),
    ])
    func `takes homes only in types that compare bytes`(type: String, isTaken: Bool) throws {
        var live = Fixture.socialLive
        live.tables[0].columns[5].type = type
        let found = try findings(live: live)
        #expect(found.contains { $0.contains("error: home app.users.country is \(type)") } != isTaken)
    }

    @Test(
        arguments: [
            (
                "permit (principal in Team::\"engineeering\", action, resource);", "2:19",
                "the enumerated type `Team` has no entity \"engineeering\"", "Did you mean `\"engineering\"`?"
            ),
            (
                "permit (principal == Person::\"alic\", action, resource);", "2:19",
                "the directory has no Person::\"alic\"", "Did you mean `Person::\"alice\"`?"
            ),
            (
                "permit (principal, action == Action::\"raed\", resource);", "2:27",
                "the schema has no action Action::\"raed\"", "Did you mean `Action::\"read\"`?"
            ),
            (
                "permit (principal, action, resource == Column::\"social.app.users.emial\");", "2:37",
                "the catalog has no Column::\"social.app.users.emial\"",
                "Did you mean `Column::\"social.app.users.email\"`?"
            ),
            (
                "permit (principal, action, resource in Table::\"app.users\");", "2:37",
                "the catalog has no Table::\"app.users\"", nil
            ),
            (
                "permit (principal is Persn, action, resource);", "2:19", "the schema has no entity type `Persn`",
                "Did you mean `Person`?"
            ),
            (
                "forbid (principal, action, resource) when { principal has homeContry && true };", "2:45",
                "the test is always false: `Person` has no attribute \"homeContry\"", nil
            ),
            (
                "forbid (principal is Person, action, resource) when { principal has citzenships && true };", "2:55",
                "the test is always false: `Person` has no attribute \"citzenships\"", "Did you mean `citizenships`?"
            ),
            (
                "permit (principal, action, resource) when { resource.clasification == \"public\" };", "2:45",
                "`Column` has no attribute \"clasification\"", "Did you mean `classification`?"
            ),
            (
                "permit (principal, action, resource) when { resource.subject.homes == \"US\" };", "2:45",
                "`resource.subject` has no attribute \"homes\"", "Did you mean `home`?"
            ),
            (
                "permit (principal, action, resource) when { resource[\"clasification\"] == \"public\" };", "2:45",
                "`Column` has no attribute \"clasification\"", nil
            ),
            (
                "permit (principal, action, resource) when { context.purpose == \"x\" };", "2:45",
                "the context of Action::\"delete\" has no attribute \"purpose\"", nil
            ),
            (
                "forbid (principal, action, resource) when { principal.covered };", "2:45",
                "`Service` has no attribute \"covered\"", "Test `principal is Person` first, which has it."
            ),
            (
                "permit (principal, action, resource) when { resource.category == \"contact\" };", "2:45",
                "the attribute \"category\" of `Column` is optional, and may not be there",
                "Test `resource has category` first."
            ),
            (
                "permit (principal, action, resource) when { resource.classification == \"protcted\" };", "2:72",
                "`resource.classification` never is \"protcted\"", "Did you mean `\"protected\"`?"
            ),
            (
                "permit (principal, action, resource) when { [\"US\", \"UK\"].contains(resource.subject.home) };",
                "2:52", "`resource.subject.home` never is \"UK\"", nil
            ),
            (
                "permit (principal, action, resource) when { \"usa\" == principal.location };", "2:45",
                "`principal.location` never is \"usa\"",
                "A jurisdiction is an ISO 3166-1 code of two capitals, such as \"US\"."
            ),
            (
                "permit (principal, action, resource) when { principal.teams.contains(\"ops\") };", "2:70",
                "`principal.teams` never contains \"ops\"", nil
            ),
            (
                "permit (principal is Person, action, resource) when { principal.citizenships == \"US\" };", "2:55",
                "the operands of `==` are of types that do not go together, Set<String> and String", nil
            ),
            (
                "permit (principal is Person, action, resource) when { principal.covered == \"true\" };", "2:55",
                "the operands of `==` are of types that do not go together, Bool and String", nil
            ),
            (
                "permit (principal, action, resource) when { resource.category == \"contacts\" };", "2:66",
                "`resource.category` never is \"contacts\"", "Did you mean `\"contact\"`?"
            ),
            (
                "permit (principal, action, resource) when { resource.subject.id < \"5\" };", "2:45",
                "Long, datetime or duration is expected, but this is String", nil
            ),
            (
                "permit (principal, action, resource) when { ip(resource.subject.id).isIpv4() };", "2:48",
                "the argument of `ip` is not a string that is written out", nil
            ),
            (
                "permit (principal, action, resource) when { [resource.subject.id].containsAny([\"5\"]) };", "2:46",
                "SQL cannot express what this asks of `resource.subject.id`", nil
            ),
            (
                "forbid (principal, action, resource) when { false };", "2:45",
                "this condition is always false, so the policy never applies", nil
            ),
            (
                "permit (principal == ?principal, action, resource);", "2:1",
                "nothing links this template, so by itself it decides nothing",
                "Write a policy without ?principal and ?resource."
            ),
        ] as [(String, String, String, String?)])
    func `finds in policy what can never come up, with its place`(
        policy: String, place: String, message: String, remedy: String?
    ) throws {
        let folder = try Fixture.folder(replacing: [
            "policy.cedar": "// a comment, with Team::\"nobody\" in it\n" + policy
        ])
        let found = RingfenceInputs.check(folder.file("ringfence.yaml"), live: Fixture.socialLive)
        let finding = found.first { $0.message == message }
        #expect(finding != nil, "\(found.map(\.description))")
        #expect(finding.map { "\($0.line):\($0.column)" } == place)
        #expect(finding?.severity == .error)
        #expect(finding?.file.hasSuffix("policy.cedar") == true)
        if let remedy { #expect(finding?.remedy == remedy) }
    }

    @Test func `warns of policies that fail, and of those that apply to nobody`() throws {
        let policy = """
            @id("all")
            permit (principal, action, resource);
            @id("failing")
            forbid (principal is Person, action, resource)
            when { principal.covered && 9223372036854775807 + 1 == 0 };
            @id("nobody")
            permit (principal in Team::"support", action, resource) when { principal.location == "BR" };
            """
        let found = try findings(replacing: ["policy.cedar": policy]).filter { $0.hasPrefix("policy.cedar") }
        #expect(found.count == 2)
        #expect(
            found.first?.hasPrefix("policy.cedar:3 warning: policy failing fails and so denies when casey asks to")
                == true)
        #expect(
            found.last
                == "policy.cedar:6 warning: policy nobody applies to nobody in the directory and nothing in the catalog"
        )
    }

    @Test func `what is wrong with a policy is said once, and refused when it is loaded`() throws {
        let policy =
            "permit (principal, action, resource);\nforbid (principal, action, resource) when { principal.covred };"
        #expect(try findings(replacing: ["policy.cedar": policy]).filter { $0.hasPrefix("policy.cedar") }.count == 1)
        let folder = try Fixture.folder(replacing: ["policy.cedar": policy])
        let refused = problems { () throws(ConfigurationProblems) in
            try RingfenceInputs.load(folder.file("ringfence.yaml"))
        }
        #expect(brief(refused) == ["2:45 error: `Person` has no attribute \"covred\""])
    }

    @Test func `warns of a permit that a forbid covers, and still loads it`() throws {
        let policy = """
            forbid (principal is Person, action, resource) when { principal.covered };
            @id("shadowed")
            permit (principal is Person, action, resource) when { principal.covered && principal.location == "CN" };
            """
        let found = try findings(replacing: ["policy.cedar": policy]).filter { $0.hasPrefix("policy.cedar") }
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("policy.cedar:2 warning: this permit never decides") == true)
        let folder = try Fixture.folder(replacing: ["policy.cedar": policy])
        #expect(
            problems { () throws(ConfigurationProblems) in try RingfenceInputs.load(folder.file("ringfence.yaml")) }
                == [])
    }

    @Test func `a column that only the database names can be loaded, and is looked for when it is asked`() throws {
        let policy = "permit (principal, action, resource == Column::\"social.app.devices.attributes\");"
        let folder = try Fixture.folder(replacing: ["policy.cedar": policy])
        let inputs = try RingfenceInputs.load(folder.file("ringfence.yaml"))
        #expect(!inputs.check(live: Fixture.socialLive).contains { $0.severity == .error })
        #expect(inputs.check(live: nil).contains { $0.severity == .error })
    }

    @Test func `reports what is no Cedar with its place`() throws {
        let found = try findings(replacing: ["policy.cedar": "permit (principal, action, resource);\npermit (principal"]
        )
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("policy.cedar:2 error:") == true)
    }

    @Test func `reports the problems of all files at once`() throws {
        let found = try findings(replacing: [
            "policy.cedar": "permit (",
            "catalog.yaml": Fixture.replacing("homeWhenUnknown: US", with: "homeWhenUnknown: XX", in: "catalog.yaml"),
            "directory.yaml": Fixture.replacing("  - name: casey", with: "  - name: Casey", in: "directory.yaml"),
        ])
        #expect(Set(found.map { $0.prefix { $0 != ":" } }) == ["policy.cedar", "catalog.yaml", "directory.yaml"])
    }

    @Test func `reports files that are missing or open to all`() throws {
        let found = try findings { folder in
            try FileManager.default.removeItem(atPath: folder.file("tls/server.crt"))
            try folder.write("abc", to: "secrets/gateway.secret", permissions: 0o644)
        }
        #expect(found.contains("ringfence.yaml:6 error: cannot read tls/server.crt: No such file or directory"))
        #expect(
            found.contains(
                "ringfence.yaml:29 error: secrets/gateway.secret does not hold 32 bytes in hexadecimal"))
        #expect(
            found.contains("ringfence.yaml:29 warning: every user of this machine has access to secrets/gateway.secret")
        )
    }

    @Test func `reports a signing key of another log, and what is none`() throws {
        let other = try findings(replacing: [
            "ringfence.yaml": Fixture.replacing("origin: ledger", with: "origin: other", in: "ringfence.yaml")
        ])
        #expect(
            other.last == "ringfence.yaml:33 error: the signing key is that of the log \"ledger.example.com/social\"")
        let none = try findings { try $0.write("x", to: "secrets/log.key", permissions: 0o600) }
        #expect(
            none.contains { $0.hasPrefix("ringfence.yaml:34 error: secrets/log.key is not a log's signing key: ") },
            "\(none)")
    }

    @Test func `reports a witness policy that cannot be kept, with its line`() throws {
        let witness = try CosigningKey.generate(name: "w.example/1").verifierKey
        func found(_ policy: String?, required: String = "") throws -> [String] {
            let yaml = try Fixture.replacing(
                "  origin: ", with: "  witnesses: witnesses.policy\n\(required)  origin: ", in: "ringfence.yaml")
            return try findings(replacing: ["ringfence.yaml": yaml], live: nil) { folder in
                if let policy { try folder.write(policy, to: "witnesses.policy") }
            }
        }
        let line = "witness one \(witness)"
        #expect(try found("\(line) https://w.example\nquorum one\n") == [])
        #expect(try found("quorum none\n") == [])
        #expect(
            try found("quorum none\n", required: "  requireWitnessedWithin: 30s\n")
                == ["ringfence.yaml:34 error: the policy's quorum is none, so nobody has to be there"])
        #expect(
            try found("\n\(line) ftp://w.example\nquorum one\n")
                == ["witnesses.policy:2 error: \"ftp://w.example\" is no submission prefix"])
        #expect(
            try found("\(line)\nquorum one\n") == [
                "witnesses.policy:1 warning: witness one has no URL, so the gateway never asks it",
                "witnesses.policy:2 error: the witnesses that have a URL are no quorum",
            ])
        #expect(
            try found("\(line) https://w.example\nquorum two\n")
                == ["witnesses.policy:2 error: \"two\" is not defined above"])
        let other = try SigningKey.generate(name: "log.example/other").verifierKey
        #expect(
            try found("log \(other)\nquorum none\n")
                == ["witnesses.policy:1 error: the policy does not list this gateway's log"])
        let missing = try found(nil)
        #expect(missing.count == 1 && missing[0].contains("cannot read"), "\(missing)")
    }

    @Test func `reports what is no auditor's public key, the private one above all`() throws {
        let none = try findings { try $0.write("x", to: "auditors/public.key") }
        #expect(
            none.contains {
                $0.hasPrefix(
                    "ringfence.yaml:35 error: auditors/public.key is not an auditor's public key: the first line")
            }, "\(none)")
        let secret = try AuditorPrivateKey.generate(name: "auditor").secretText
        let half = try findings { try $0.write(secret, to: "auditors/public.key") }
        #expect(half.contains { $0.contains("this is an auditor's private key") }, "\(half)")
    }

    @Test func `reports a limit for each principal that limits nobody`() throws {
        func limited(to count: Int) throws -> [String] {
            try findings(replacing: [
                "ringfence.yaml": Fixture.replacing(
                    "    sessions: 500\n", with: "    sessions: 500\n    sessionsPerPrincipal: \(count)\n",
                    in: "ringfence.yaml")
            ]).filter { $0.hasPrefix("ringfence.yaml") }
        }
        #expect(try limited(to: 499) == [])
        let warnings = try limited(to: 500)
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.hasSuffix("warning: one principal may take all 500 sessions, so that nobody else gets in")
                == true, "\(warnings)")
    }

    @Test func `reports a store the catalog does not have`() throws {
        let found = try findings(replacing: [
            "ringfence.yaml": Fixture.replacing("  name: social", with: "  name: socail", in: "ringfence.yaml")
        ])
        #expect(found == ["ringfence.yaml:19 error: the catalog has no store \"socail\""])
    }

    @Test func `works without a database`() throws { #expect(try findings(live: nil) == []) }
}
