import Foundation
import TestSupport
import Testing

/// The policy author's commands, as a process: standard input, exit codes, and what goes to which stream.
@Suite struct PolicyCommandTests {
    private static let configuration = Deployment.example("ringfence.yaml")

    private func policy(_ arguments: [String], input: String? = nil) throws -> ChildProcess.Output {
        try ChildProcess.run([Deployment.binary, "policy"] + arguments, input: input)
    }

    @Test func `format reads standard input, with and without a dash`() throws {
        for arguments in [["format"], ["format", "-"]] {
            let output = try policy(arguments, input: "permit(principal,action,resource);")
            #expect(output.succeeded && output.output == "permit (principal, action, resource);\n", "\(output)")
        }
        let narrow = try policy(["format", "--line-width", "20", "-"], input: "permit(principal,action,resource);")
        #expect(narrow.output == "permit\n(principal, action, resource);\n", "\(narrow)")
    }

    @Test func `format --check and --write name the files they are about`() throws {
        let folder = try TemporaryDirectory()
        let good = try folder.write("permit (principal, action, resource);\n", to: "good.cedar")
        let ugly = try folder.write("permit(principal,action,resource);\n", to: "ugly.cedar")
        let bad = try folder.write("permit (principal, action);\n", to: "bad.cedar")
        let check = try policy(["format", "--check", good, ugly])
        #expect(check.status == 1 && check.output == "\(ugly)\n", "\(check)")
        let write = try policy(["format", "--write", good, bad, ugly])
        #expect(write.status == 1 && write.output == "\(ugly)\n", "\(write)")
        #expect(write.errors.hasPrefix("\(bad):1:"), "\(write)")
        #expect(try folder.read("bad.cedar") == "permit (principal, action);\n", "what is not Cedar stays")
        #expect(try policy(["format", "--check", good, ugly]).succeeded)
        #expect(try policy(["format", "--write"]).status == 64)
        #expect(try policy(["format", "--write", "--check", good]).status == 64)
        #expect(try policy(["format", folder.file("none.cedar")]).status == 1)
    }

    @Test func `test exits with what it found`() throws {
        let folder = try TemporaryDirectory()
        let sample = try policy(["test", Deployment.example("policy-tests.yaml"), "--config", Self.configuration])
        #expect(sample.succeeded, "\(sample)")
        let line = "{ as: casey, table: app.users, column: email, home: US, read: clear }"
        let wrong = try folder.write("expectations: [\(line)]\n", to: "wrong.yaml")
        let failed = try policy(["test", wrong, "--config", Self.configuration, "--json"])
        #expect(failed.status == 1 && failed.output.contains("\"failed\":1"), "\(failed)")
        let misspelt = try folder.write("expectations:\n  - { az: casey }\n", to: "misspelt.yaml")
        let unread = try policy(["test", misspelt, "--config", Self.configuration])
        #expect(unread.status == 1 && unread.errors.contains("misspelt.yaml:2:7: error:"), "\(unread)")
    }

    @Test func `explain needs no database`() throws {
        let explained = try policy(["explain", "--config", Self.configuration, "--as", "casey", "--table", "app.users"])
        #expect(explained.succeeded && explained.output.contains("us-boundary"), "\(explained)")
        #expect(try policy(["explain", "--config", Self.configuration, "--as", "nobody"]).status == 1)
    }

    @Test func `each line of cases is answered, also one that is nothing, but for blank ones`() throws {
        let cases = "{\"id\": 1}\n\0\n \t\r\n\u{0C}\n\n[]\n{\"id\": 2}\n"
        let output = try policy(["authorize", "--cases", "-"], input: cases)
        let answers = output.output.split(separator: "\n")
        #expect(answers.count == 5, "\(output)")
        #expect(answers.dropFirst().dropLast().allSatisfy { $0.contains("\"error\"") }, "\(output)")
        #expect(answers.first?.contains("\"id\":1") == true && answers.last?.contains("\"id\":2") == true, "\(output)")
    }

    @Test func `diff takes files, folders and configurations`() throws {
        let folder = try TemporaryDirectory()
        let text = try String(contentsOfFile: Deployment.example("policy.cedar"), encoding: .utf8)
        let same = try folder.write(text, to: "same/policy.cedar")
        try folder.write("permit (principal is Person, action == Action::\"read\", resource);\n", to: "more/a.cedar")
        try folder.write(text, to: "more/b.cedar")
        let configured = ["--config", Self.configuration]
        for equal in [[same], [folder.file("same")], [same, folder.file("same")], [Self.configuration]] {
            let output = try policy(["diff"] + equal + configured)
            #expect(output.succeeded && output.output == "Nothing changes for 7 principals.\n", "\(equal): \(output)")
        }
        #expect(try policy(["diff", Self.configuration, Self.configuration]).succeeded)
        let more = try policy(["diff", same, folder.file("more")] + configured)
        #expect(more.status == 1 && more.output.contains("gain"), "\(more)")
        #expect(try policy(["diff", folder.file("none.cedar")] + configured).status == 2)
        try folder.write("permit (principal);\n", to: "broken.cedar")
        #expect(try policy(["diff", folder.file("broken.cedar")] + configured).status == 2)
        // What is to be must be as `check` wants it; what was may be worse.
        let misspelt = try folder.write(
            text.replacingOccurrences(of: "principal.covered", with: "principal.covred"), to: "misspelt.cedar")
        let invalid = try policy(["diff", same, misspelt] + configured)
        #expect(invalid.status == 2 && invalid.errors.contains("covred"), "\(invalid)")
        #expect(try policy(["diff", misspelt, same] + configured).status == 1)
    }
}
