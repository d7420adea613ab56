import Cedar
import Foundation
import TestSupport
import Testing

@testable import Ringfence

struct `Expectations` {
    private static func run(_ lines: String, policy: String? = nil) throws -> PolicyTestRun {
        let inputs = try policy.map { try Self.inputs($0) } ?? Fixture.inputs()
        return try PolicyTestRun(parsing: "expectations:\n\(lines)", file: "tests.yaml", inputs: inputs)
    }

    /// The sample under another policy, be it one that `check` would refuse: what it decides is asked here.
    private static func inputs(_ policy: String) throws -> RingfenceInputs {
        let folder = try TemporaryDirectory()
        return try Fixture.inputs().deciding(byPolicyFiles: [folder.write(policy, to: "policy.cedar")])
    }

    @Test func `of the sample all hold`() throws {
        let inputs = try RingfenceInputs.load(Fixture.example("ringfence.yaml"))
        let run = try PolicyTestRun(reading: Fixture.example("policy-tests.yaml"), inputs: inputs)
        #expect(run.failures.isEmpty, "\(run.text)")
        let decided = Set(run.results.compactMap(\.expectation.because))
        #expect(decided == Set(inputs.policies.policies.map(\.id)), "each policy decides something that is expected")
    }

    /// The negative half: leaving a policy out, or its condition, or whom it is for, fails some expectation.
    @Test func `of the sample notice each policy that is lost or widened`() throws {
        let text = try String(contentsOfFile: Fixture.example("policy.cedar"), encoding: .utf8)
        let tests = try String(contentsOfFile: Fixture.example("policy-tests.yaml"), encoding: .utf8)
        let policies = try Fixture.policies(text).policies
        for policy in policies {
            let bytes = Array(text.utf8)
            let own = String(decoding: bytes[policy.span.startOffset..<policy.span.endOffset], as: UTF8.self)
            var variants = ["\(policy.id) is lost": "@id(\"\(policy.id)\") forbid (principal, action in [], resource);"]
            let unconditional = own.replacing(/(?s)\)\s*(when|unless) \{.*\};$/, with: ");")
            if unconditional != own { variants["\(policy.id) has no condition"] = unconditional }
            let anybody = own.replacing(/principal (in|is) [^,]+,/, with: "principal,")
            if anybody != own { variants["\(policy.id) is for anybody"] = anybody }
            #expect(variants.count > 1)
            for (name, variant) in variants {
                let changed = text.replacingOccurrences(of: own, with: variant)
                let run = try PolicyTestRun(parsing: tests, file: "policy-tests.yaml", inputs: Self.inputs(changed))
                // us-boundary speaks of `covered`, which services lack: for anybody it fails for them.
                #expect(!run.failures.isEmpty, "not noticed: \(name)")
            }
        }
    }

    @Test func `that do not hold say what was decided, by which policy, where`() throws {
        let run = try Self.run(
            """
              - { as: casey, table: app.users, columns: [email, phone], home: US, read: masked }
              - { as: sasha, table: app.users, column: email, home: SG, read: clear, because: engineers-see-masks }
              - { as: devon, table: app.users, column: email, home: SG, read: clear }
              - { as: robin, table: app.users, column: handle, home: GB, update: allowed }
            """)
        let text = run.text.replacingOccurrences(of: Fixture.folder.path + "/social/", with: "")
        #expect(
            text == """
                FAIL  casey reads app.users (email, phone) of people of US: masked
                      expected in tests.yaml:2
                      app.users.email, phone of people of US is hidden: forbid us-boundary (policy.cedar:31)
                FAIL  sasha reads app.users.email of people of SG: clear (engineers-see-masks)
                      expected in tests.yaml:3
                      app.users.email of people of SG is clear, but not by the policy expected: permit engineers-read-their-own-country (policy.cedar:12)
                FAIL  devon reads app.users.email of people of SG: clear
                      expected in tests.yaml:4
                      app.users.email of people of SG is hidden: no policy permits it
                ok    robin updates app.users.handle of people of GB: allowed
                4 expectations: 3 do not hold.

                """)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(run.json.utf8)) as? [String: Any])
        #expect(json["failed"] as? Int == 3)
        #expect((json["expectations"] as? [Any])?.count == 4)
    }

    private static let keyed = """
        @id("shared") permit (principal, action == Action::"read", resource)
        when { ["7", "9"].contains(resource.subject.id) };
        @id("not-nine") forbid (principal, action, resource) when { resource.subject.id == "9" };
        @id("writes") permit (principal, action in [Action::"update", Action::"delete"], resource);
        """

    @Test func `know the key where policy asks for it`() throws {
        let run = try Self.run(
            """
              - { as: devon, table: app.users, column: email, home: US, key: "7", read: clear, because: shared }
              - { as: devon, table: app.users, column: email, home: US, key: "9", read: hidden, because: not-nine }
              - { as: devon, table: app.users, column: email, home: US, key: "8", read: hidden }
              - { as: devon, table: app.messages, column: body, home: US, keys: ["7", "8"], read: hidden }
              - { as: devon, table: app.messages, column: body, home: US, key: "7", read: clear }
              - { as: devon, table: app.users, column: email, home: US, read: clear }
            """, policy: Self.keyed)
        #expect(run.results.map(\.holds) == [true, true, true, true, true, false], "\(run.text)")
        #expect(run.results.last?.findings.first?.outcome == nil)
        #expect(run.text.contains("is undecided: it depends on whom the row is about"), "\(run.text)")
    }

    @Test func `of writing ask that the row is there, and stays whose it is`() throws {
        let run = try Self.run(
            """
              - { as: devon, table: app.users, column: email, home: US, key: "7", update: allowed }
              - { as: devon, table: app.users, column: country, home: US, key: "7", update: denied }
              - { as: devon, table: app.users, column: email, home: US, key: "8", update: denied }
              - { as: devon, table: app.users, home: US, key: "7", delete: allowed }
              - { as: devon, table: app.users, home: US, key: "9", delete: denied, because: not-nine }
              - { as: devon, table: app.users, home: US, key: "8", delete: denied }
            """, policy: Self.keyed)
        #expect(run.failures.isEmpty, "\(run.text)")
    }

    @Test func `of a policy that fails say so`() throws {
        let run = try Self.run(
            "  - { as: feed-api, table: app.users, column: email, home: US, read: hidden, because: us-boundary }\n",
            policy: """
                @id("all") permit (principal, action, resource);
                @id("us-boundary") forbid (principal, action, resource) when { principal.covered };
                """)
        #expect(run.failures.isEmpty, "\(run.text)")
    }
}
