import Cedar
import Foundation
import TestSupport
import Testing

@testable import Ringfence

struct `A difference of policies` {
    private static func inputs(_ replacing: [String: String]) throws -> RingfenceInputs {
        let folder = try Fixture.folder(replacing: replacing)
        return try RingfenceInputs.load(folder.file("ringfence.yaml"))
    }

    private static func policy(_ text: String, named name: String = "policy.cedar") throws -> RingfenceInputs {
        let folder = try Fixture.folder()
        let base = try RingfenceInputs.load(folder.file("ringfence.yaml"))
        return try base.deciding(byPolicyFiles: [folder.write(text, to: name)])
    }

    private func expect(_ text: String, golden name: String) throws {
        let text = text.replacing(/\/[^ ]*\/([a-z]+\.cedar)/) { $0.1 }
        let url = Fixture.folder.appending(path: "golden/\(name)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: url)
        }
        #expect(try text == String(decoding: Data(contentsOf: url), as: UTF8.self))
    }

    @Test func `is none between a text and the same text formatted`() throws {
        let text = try Fixture.text("social/policy.cedar")
        let formatted = try PolicyFormatter(lineWidth: 40).format(text, fileName: "policy.cedar")
        let difference = try PolicyDiff(from: Self.policy(text), to: Self.policy(formatted))
        #expect(difference.isEmpty)
        #expect(difference.text == "Nothing changes for 7 principals.\n")
        #expect(difference.json.hasPrefix("{\"changed\":[],\"unchanged\":[{\"description\":"))
    }

    @Test func `says who loses rows and cells to a boundary`() throws {
        let new = try Fixture.text("social/policy.cedar")
        let boundary = try #require(new.range(of: "// The boundary"))
        let services = try #require(new.range(of: "@id(\"services-inside"))
        let old = new.replacingCharacters(in: boundary.lowerBound..<services.lowerBound, with: "")
        let difference = try PolicyDiff(from: Self.policy(old, named: "old.cedar"), to: Self.policy(new))
        try expect(difference.text, golden: "diff-boundary.txt")
        #expect(difference.groups.map { $0.members.map(\.name) } == [["casey"]])
        #expect(difference.groups[0].changes.allSatisfy { $0.direction == .lose })
        #expect(difference.groups[0].changes.allSatisfy { $0.reasons.map(\.policy) == ["us-boundary"] })
        let back = try PolicyDiff(from: Self.policy(new), to: Self.policy(old, named: "old.cedar"))
        #expect(back.groups[0].changes.count == difference.groups[0].changes.count)
        #expect(back.groups[0].changes.allSatisfy { $0.direction == .gain && $0.reasons.allSatisfy(\.isGone) })
    }

    @Test func `counts each key, and only keys for which it differs`() throws {
        let old = """
            @id("team") permit (principal in Team::"engineering", action == Action::"read", resource)
            when { ["1", "2", "30"].contains(resource.subject.id) };
            """
        let same = """
            @id("team") permit (principal in Team::"engineering", action == Action::"read", resource)
            when { resource.subject.id like "3*" && ["1", "30", "2"].contains(resource.subject.id) ||
                ["2", "1"].contains(resource.subject.id) };
            """
        let other = """
            @id("team") permit (principal in Team::"engineering", action == Action::"read", resource)
            when { resource.subject.id like "3*" };
            """
        #expect(try PolicyDiff(from: Self.policy(old), to: Self.policy(same)).isEmpty)
        let difference = try PolicyDiff(from: Self.policy(old), to: Self.policy(other))
        #expect(difference.groups.flatMap(\.members).map(\.name) == ["sasha", "casey"])
        let email = difference.groups[0].changes.first { $0.column == "email" }
        #expect(email?.direction == .change)
        #expect(email?.homes.count == 21)
        #expect(email?.before == "clear if the key is one of \"1\", \"2\", \"30\", else hidden")
        #expect(email?.after == "clear if the key is like \"3*\", else hidden")
    }

    @Test func `of configurations sees people who move, come and go, and other masks`() throws {
        let directory = try Fixture.text("social/directory.yaml")
        let moved = directory.replacingOccurrences(of: "    location: SG\n", with: "    location: DE\n")
            .replacingOccurrences(of: "name: devon", with: "name: dana")
        let catalog = try Fixture.replacing("mask: year", with: "mask: \"null\"", in: "catalog.yaml")
        let difference = try PolicyDiff(
            from: Self.inputs([:]), to: Self.inputs(["directory.yaml": moved, "catalog.yaml": catalog]))
        try expect(difference.text, golden: "diff-configuration.txt")
        let described = difference.groups.flatMap(\.classes).map(\.words)
        #expect(described.contains("people on team engineering in DE, who were people on team engineering in SG"))
        #expect(described.contains("people on no team in US, new in the directory"))
        #expect(described.contains("people on no team in US, no longer in the directory"))
    }

    @Test func `is JSON for programs`() throws {
        let old = try Self.policy("permit (principal, action, resource);")
        let new = try Self.policy("permit (principal is Person, action, resource);")
        let difference = try PolicyDiff(from: old, to: new)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(difference.json.utf8)) as? [String: Any])
        let changed = try #require(json["changed"] as? [[String: Any]])
        #expect(changed.count == 1)
        #expect((changed[0]["changes"] as? [[String: Any]])?.first?["direction"] as? String == "lose")
        #expect((json["unchanged"] as? [Any])?.isEmpty == false)
    }

    private static let snippets = [
        #"@id("a") permit (principal, action == Action::"read", resource) when { resource.subject.home == principal.location };"#,
        #"@id("b") permit (principal in Team::"engineering", action == Action::"readMasked", resource);"#,
        #"@id("c") permit (principal, action, resource) when { resource.classification == "public" };"#,
        #"@id("d") forbid (principal is Person, action, resource) when { principal.covered && resource.subject.home == "US" };"#,
        #"@id("e") permit (principal, action in [Action::"read", Action::"update"], resource) when { ["7", "9"].contains(resource.subject.id) };"#,
        #"@id("f") forbid (principal, action, resource) when { resource.subject.id like "9*" };"#,
        #"@id("g") permit (principal == Person::"sasha", action, resource in Table::"social.app.users");"#,
        #"@id("h") forbid (principal, action == Action::"read", resource) when { resource.category == "contact" };"#,
        #"@id("i") permit (principal is Service, action, resource) unless { resource.subject.home == "DE" };"#,
    ]

    /// Two random policies; each principal, column, home and a few keys, asked one by one.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `covers what asking one by one finds`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var differing = 0
        for _ in 0..<2 {
            func draw() throws -> RingfenceInputs {
                let chosen = Self.snippets.filter { _ in Bool.random(using: &generator) }
                return try Self.policy(chosen.joined(separator: "\n"))
            }
            let (old, new) = (try draw(), try draw())
            let difference = try PolicyDiff(from: old, to: new)
            let live = LiveSchema(describing: old.store)
            for principal in old.directory.principals {
                let changes =
                    difference.groups.first { $0.members.map(\.name).contains(principal.name) }?.changes ?? []
                func decisions(_ inputs: RingfenceInputs) throws -> StoreDecisions {
                    try StoreDecisions(
                        principal: principal, store: "social", catalog: inputs.catalog, policies: inputs.policies,
                        live: live)
                }
                for (before, after) in zip(try decisions(old).tables, try decisions(new).tables) {
                    for (was, `is`) in zip(before.columns, after.columns) {
                        for (index, home) in before.homes.enumerated() {
                            let levels = ["7", "9", "9x", "x"].map { key in
                                (Self.level(was, index, key), Self.level(`is`, index, key))
                            }
                            let change = changes.first {
                                $0.question == .read && $0.table.isExactly(before.name)
                                    && $0.column == was.facts.name && $0.homes.contains(home)
                            }
                            let (gains, loses) = (levels.contains { $0 < $1 }, levels.contains { $0 > $1 })
                            let expected: PolicyDiff.Direction? =
                                gains ? (loses ? .change : .gain) : (loses ? .lose : nil)
                            if expected != nil { differing += 1 }
                            // The keys tried are all that these policies tell apart, so the other way round too.
                            #expect(
                                change?.direction == expected,
                                "seed \(seed): \(principal.name) \(before.name).\(was.facts.name) \(home)")
                        }
                    }
                }
            }
        }
        #expect(differing > 20)
    }

    private static func level(_ column: ColumnDecisions, _ index: Int, _ key: String) -> Int {
        if column[.read][index].allowed.isTrue(of: key) == true { return 2 }
        return column[.readMasked][index].allowed.isTrue(of: key) == true ? 1 : 0
    }
}
