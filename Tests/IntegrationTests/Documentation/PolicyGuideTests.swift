import Foundation
import TestSupport
import Testing

/// What `docs/policy.md` shows of a terminal, in a copy of the sample.
@Suite struct PolicyGuideTests {
    @Test func `the guide's commands do what it shows`() throws {
        let page = try MarkdownPage(contentsOf: URL(filePath: "\(ServerBinaries.packageFolder)/docs/policy.md"))
        let consoles = page.blocks.filter { $0.language == "console" }
        #expect(consoles.count > 5)
        let folder = try TemporaryDirectory()
        let sample = folder.file("social")
        try expectSuccess(ChildProcess.run(["cp", "-a", Deployment.example(""), sample]))
        let binaries = URL(filePath: Deployment.binary).deletingLastPathComponent().path
        // Blocks follow each other: one uses the files that an earlier one made.
        for block in consoles {
            let transcript = ConsoleTranscript(block.text)
            let seen = try transcript.run(in: sample, path: binaries)
            #expect(seen.count == transcript.steps.count, "\(block)")
            for (step, lines) in zip(transcript.steps, seen) where !step.agrees(with: lines) {
                Issue.record("\(page.name), \(block), $ \(step.command)\n\(lines.joined(separator: "\n"))")
            }
        }
    }
}
