import Foundation
import TestSupport
import Testing

/// What `docs/verify.md` shows of a terminal, on a copy of a ledger that a gateway wrote.
@Suite struct VerifyGuideTests {
    @Test func `others' tools verify the ledger as the guide shows`() throws {
        let page = try MarkdownPage(contentsOf: URL(filePath: "\(ServerBinaries.packageFolder)/docs/verify.md"))
        let consoles = page.blocks.filter { $0.language == "console" }
        #expect(consoles.count > 8)
        let deployment = try Deployment(.v15, users: 60)
        try deployment.startGateway()
        try expectSuccess(deployment.psql(as: "alice", "SELECT count(*) FROM app.messages;\n"))
        deployment.stopGateway()
        let folder = try TemporaryDirectory()
        try expectSuccess(
            deployment.ringfence(
                "ledger", "publish", folder.file("copy"), "--ledger", deployment.ledger, "--key", deployment.logKey))
        try expectSuccess(ChildProcess.run(["cp", deployment.logKey, folder.file("log.pub")]))
        try expectSuccess(ChildProcess.run(["mkdir", folder.file("Examples")]))
        try expectSuccess(ChildProcess.run(["cp", "-r", ForeignVerifier.folder, folder.file("Examples/verify")]))
        try expectSuccess(ChildProcess.run(["ln", "-s", "\(ServerBinaries.cache)/venv", folder.file("venv")]))
        let binaries = URL(filePath: Deployment.binary).deletingLastPathComponent().path
        // One shell for all: a command uses the files and variables of those before it.
        let transcript = ConsoleTranscript(consoles.map(\.text).joined())
        let seen = try transcript.run(in: folder.path, path: binaries)
        #expect(seen.count == transcript.steps.count)
        for (step, lines) in zip(transcript.steps, seen) where !step.agrees(with: lines) {
            Issue.record("\(page.name), $ \(step.command)\n\(lines.joined(separator: "\n"))")
        }
        // What is shown as … is there, and says what the page says of it.
        let outputs = zip(transcript.steps, seen).map { "\($0.command)\n\($1.joined(separator: "\n"))" }
        func expect(_ command: String, _ words: String, _ place: SourceLocation = #_sourceLocation) {
            let output = outputs.first { $0.hasPrefix(command) }
            #expect(output?.contains(words) == true, "\(output ?? command)", sourceLocation: place)
        }
        expect("./verify_log log copy", ": every tile and every entry verified")
        expect("venv/bin/python Examples/verify/verify_log.py log copy", "every one is under the root")
        expect("./verify_log entry boot.tlog-proof boot.json", "entry 0 of ")
        expect("./verify_log extends", " continue the ")
        expect("venv/bin/python Examples/verify/verify_log.py extends", " continue the ")
        expect("ringfence ledger range --verify first.tlog-range --entries part", "Exactly entries 0 up to 3")
        expect("ringfence ledger range --verify first.tlog-range --entries first", "Exactly entries 0 up to 3")
        expect("ringfence ledger range --verify first.tlog-range --entries without", "these are not entries 0 up to 3")
        expect("./verify_log log changed", "verify_log: ")
        expect("ringfence ledger verify changed", "the ledger does not verify: tile/entries/000")
    }
}
