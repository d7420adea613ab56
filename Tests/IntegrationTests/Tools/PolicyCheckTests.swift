import Foundation
import TestSupport
import Testing

/// `ringfence policy check` and `policy schema`, without a database.
@Suite struct PolicyCheckTests {
    private static let examples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/social")

    /// The example's catalog, directory and configuration.
    private func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        for name in ["ringfence.yaml", "catalog.yaml", "directory.yaml", "policy.cedar"] {
            var text = try String(contentsOf: Self.examples.appending(path: name), encoding: .utf8)
            let salt = Data(repeating: 1, count: 16).base64EncodedString()
            let key = Data(repeating: 2, count: 32).base64EncodedString()
            text = text.replacingOccurrences(
                of: "@FEED_API_VERIFIER@", with: "SCRAM-SHA-256$4096:\(salt)$\(key):\(key)")
            try folder.write(text, to: name)
        }
        return folder
    }

    private func policy(_ arguments: String...) throws -> ChildProcess.Output {
        try ChildProcess.run([Deployment.binary, "policy"] + arguments)
    }

    @Test func `the example passes, and so it does by the schema that is printed`() throws {
        let folder = try folder()
        let configuration = folder.file("ringfence.yaml")
        let check = try policy("check", "--config", configuration)
        #expect(check.succeeded && check.output == "9 policies: 0 errors, 0 warnings.\n", "\(check)")
        let schema = try policy("schema", "--config", configuration)
        #expect(schema.succeeded && schema.output.contains("entity Column in [Table] {"), "\(schema)")
        try folder.write(schema.output, to: "ringfence.cedarschema")
        let plain = try policy("check", folder.file("policy.cedar"), "--schema", folder.file("ringfence.cedarschema"))
        #expect(plain.succeeded, "\(plain)")
    }

    @Test func `a problem is shown in its line`() throws {
        let folder = try folder()
        try folder.write(
            "forbid (principal is Person, action, resource)\nwhen { principal.covred };\n", to: "other.cedar")
        let path = folder.file("other.cedar")
        let check = try policy("check", path, "--config", folder.file("ringfence.yaml"))
        #expect(check.status == 1)
        #expect(
            check.output == """
                \(path):2:8: error: `Person` has no attribute "covred"
                2 | when { principal.covred };
                  |        ^~~~~~~~~~~~~~~~
                  help: did you mean `covered`?

                1 policies: 1 errors, 0 warnings.

                """, "\(check.output)")
    }

    @Test func `several files are read together, those that are no Cedar too`() throws {
        let folder = try folder()
        try folder.write("entity U; entity D { x: Long }; action a appliesTo { principal: U, resource: D };", to: "s")
        try folder.write("{\"\": {\"entityTypes\": {}, \"actions\": {}}}", to: "s.json")
        try folder.write("permit (principal, action, resource", to: "a.cedar")
        try folder.write("forbid (principal, action, resource) when { resource.x == \"1\" };", to: "b.cedar")
        let check = try policy("check", folder.file("a.cedar"), folder.file("b.cedar"), "--schema", folder.file("s"))
        #expect(check.status == 1 && check.output.hasSuffix("1 policies: 2 errors, 0 warnings.\n"), "\(check)")
        let empty = try policy("check", folder.file("b.cedar"), "--schema", folder.file("s.json"))
        #expect(empty.status == 1, "\(empty)")
        let none = try policy("check", folder.file("b.cedar"), "--schema", folder.file("a.cedar"))
        #expect(none.status == 1 && none.description.contains("is no Cedar schema"), "\(none)")
        #expect(try policy("check", folder.file("absent"), "--schema", folder.file("s")).status == 2)
        #expect(try policy("check", "--schema", folder.file("s")).status == 64)
    }
}
