import Cedar
import Foundation
import TestSupport
import Testing

@testable import Ringfence

/// The policies and expectations of `docs/policy.md`, on the sample's catalog and directory.
struct `The guide for policy authors` {
    private static let blocks: [MarkdownPage.Block] = {
        let package = Fixture.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return (try? MarkdownPage(contentsOf: package.appending(path: "docs/policy.md")).blocks) ?? []
    }()

    private static func checked(_ policy: String) throws -> (inputs: RingfenceInputs?, problems: [Diagnostic]) {
        let folder = try Fixture.folder(replacing: ["policy.cedar": policy])
        let path = folder.file("ringfence.yaml")
        return (try? RingfenceInputs.load(path), RingfenceInputs.check(path, live: live(policy)))
    }

    /// The database, for policies that ask of rows.
    private static func live(_ policy: String) -> LiveSchema? {
        policy.contains("resource.row") ? Fixture.socialLive : nil
    }

    @Test func `holds blocks of the kinds that are run`() {
        #expect(Set(Self.blocks.map(\.language)) == ["cedar", "cedar mistake", "yaml", "console"])
        #expect(Self.blocks.count > 20)
    }

    @Test(arguments: blocks.filter { $0.language == "cedar" })
    func `shows policies without a mistake`(block: MarkdownPage.Block) throws {
        let problems = try Self.checked(block.text).problems
        // A pattern may concern nobody of the sample's directory: a grant that nobody has.
        let errors = problems.filter { $0.severity == .error }
        #expect(errors.isEmpty, "\(block): \(errors)")
    }

    @Test(arguments: blocks.filter { $0.language == "cedar mistake" })
    func `shows mistakes that are caught`(block: MarkdownPage.Block) throws {
        #expect(try !Self.checked(block.text).problems.isEmpty, "\(block)")
    }

    @Test(arguments: blocks.indices.filter { blocks[$0].language == "yaml" })
    func `shows expectations that the policy above them fulfils`(index: Int) throws {
        let block = Self.blocks[index]
        let above = Self.blocks[..<index].last { $0.language.hasPrefix("cedar") }
        let policy = try #require(above)
        #expect(policy.section == block.section)
        // The policies of mistakes that are no errors can still be decided by.
        let inputs = try #require(try Self.checked(policy.text).inputs, "\(policy)")
        let run = try PolicyTestRun(
            parsing: block.text, file: "policy.md", inputs: inputs, live: Self.live(policy.text))
        #expect(run.failures.isEmpty, "\(block): \(run.text)")
    }
}
