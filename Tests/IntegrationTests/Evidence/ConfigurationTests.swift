import Foundation
import TestSupport
import Testing

@Suite struct ConfigurationTests {
    @Test(arguments: PostgresCluster.Version.allCases)
    func `check accepts the example, and explain names the policy's place`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment.shared(version)
        let check = try deployment.ringfence("check", "--config", deployment.configuration)
        #expect(check.succeeded, "\(check)")
        let explained = try deployment.ringfence(
            "explain", "--config", deployment.configuration, "--as", "casey", "--table", "app.users")
        #expect(explained.succeeded, "\(explained)")
        #expect(explained.output.contains("us-boundary"), "\(explained)")
        #expect(explained.output.contains("policy.cedar:"), "\(explained)")
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var file: String
        var old: String
        var new: String
        var testDescription: String { "\(file): \(new)" }
    }

    static let mistakes = [
        Mistake(file: "catalog.yaml", old: "homes: [AU,", new: "homes: [AU,,"),
        Mistake(file: "catalog.yaml", old: "app.videos:", new: "app.vidoes:"),
        Mistake(file: "catalog.yaml", old: "mask: email", new: "mask: emial"),
        Mistake(file: "catalog.yaml", old: "home: country", new: "home: nation"),
        Mistake(file: "catalog.yaml", old: "subject: [author_id,", new: "subject: [writer_id,"),
        Mistake(file: "directory.yaml", old: "location: SG", new: "location: Singapore"),
        Mistake(file: "directory.yaml", old: "teams: [support]", new: "teams: [suport]"),
        Mistake(file: "directory.yaml", old: "covered: true", new: "covered: perhaps"),
        Mistake(file: "policy.cedar", old: "permit (principal is Person", new: "permt (principal is Person"),
        Mistake(file: "policy.cedar", old: "principal.location == \"US\"", new: "principal.location = \"US\""),
        Mistake(file: "policy.cedar", old: "principal.covered &&", new: "principal.covred &&"),
        Mistake(file: "policy.cedar", old: "principal.covered &&", new: "principal has covred &&"),
        Mistake(file: "policy.cedar", old: "Team::\"analytics\"", new: "Team::\"analystics\""),
        Mistake(file: "ringfence.yaml", old: "origin: ledger", new: "origin: other"),
        Mistake(file: "ringfence.yaml", old: "listen: ", new: "lisen: "),
        Mistake(file: "ringfence.yaml", old: "tls: ", new: "tls: perhaps # "),
    ]

    @Test(arguments: mistakes) func `a mistake is reported with its file and line`(mistake: Mistake) throws {
        let original = try Deployment.shared(.v15)
        let folder = try TemporaryDirectory()
        let copy = folder.file("gateway")
        try expectSuccess(ChildProcess.run(["cp", "-a", original.folder.file("gateway"), copy]))
        let text = try folder.read("gateway/\(mistake.file)")
        let place = try #require(text.range(of: mistake.old))
        try folder.write(
            text.replacingCharacters(in: place, with: mistake.new), to: "gateway/\(mistake.file)", permissions: 0o600)
        let line = text[..<place.lowerBound].count { $0 == "\n" } + 1
        let check = try ChildProcess.run([Deployment.binary, "check", "--config", "\(copy)/ringfence.yaml"])
        #expect(check.status == 1 || check.status == 2, "\(check)")
        #expect(check.description.contains("\(mistake.file):\(line)"), "line \(line): \(check)")

        let served = try ChildProcess.run(
            [Deployment.binary, "serve", "--config", "\(copy)/ringfence.yaml"], timeout: 20)
        #expect(!served.succeeded && !served.timedOut, "\(served)")
        #expect(served.description.contains(mistake.file), "\(served)")
    }

    @Test(arguments: [
        ("tls/server.crt", "garbage", "holds no certificate in PEM"),
        ("tls/server.key", nil, "is not the key of the gateway's certificate"),
        ("tls/clients.crt", "", "holds no certificate in PEM"),
        ("auditors/public.key", "garbage", "is not an auditor's public key"),
    ])
    func `check reads what certificates and keys hold, and serve starts with none that are not`(
        file: String, text: String?, message: String
    ) throws {
        let original = try Deployment.shared(.v15)
        let folder = try TemporaryDirectory()
        let copy = folder.file("gateway")
        try expectSuccess(ChildProcess.run(["cp", "-a", original.folder.file("gateway"), copy]))
        try folder.write(text ?? folder.read("gateway/people/casey.key"), to: "gateway/\(file)", permissions: 0o600)
        for command in [["check", "--offline"], ["check"], ["serve"]] {
            let output = try ChildProcess.run(
                [Deployment.binary] + command + ["--config", "\(copy)/ringfence.yaml"], timeout: 20)
            #expect(output.status == 1, "\(command): \(output)")
            #expect(output.description.contains("\(copy)/\(file) \(message)"), "\(command): \(output)")
            #expect(output.description.contains("ringfence.yaml:"), "\(command): \(output)")
        }
    }

    @Test func `serve names an address that is taken, and leaves a ledger that was closed`() throws {
        let original = try Deployment.shared(.v15)
        let folder = try TemporaryDirectory()
        let copy = folder.file("gateway")
        try expectSuccess(ChildProcess.run(["cp", "-a", original.folder.file("gateway"), copy]))
        try expectSuccess(ChildProcess.run(["rm", "-rf", "\(copy)/ledger"]))
        let served = try ChildProcess.run(
            [Deployment.binary, "serve", "--config", "\(copy)/ringfence.yaml"], timeout: 20)
        #expect(served.status == 2, "\(served)")
        #expect(
            served.errors.contains("cannot listen on 127.0.0.1:\(original.gatewayPort): Address already in use"),
            "\(served)")
        #expect(served.errors.contains("change gateway.listen"), "\(served)")
        let verified = try original.ringfence("ledger", "verify", "\(copy)/ledger", "--key", original.logKey)
        #expect(verified.succeeded && verified.output.contains("1 close"), "\(verified)")
    }

    @Test(arguments: PostgresCluster.Version.allCases)
    func `enclose plans, applies once, verifies, and reports drift`(version: PostgresCluster.Version) throws {
        let deployment = try Deployment(version, users: 60)
        let plan = try deployment.ringfence("enclose", "--config", deployment.configuration, "--plan")
        #expect(plan.succeeded && plan.output.contains("CREATE"), "\(plan)")
        #expect(
            try deployment.database.run("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'rf\\_%'") == "1",
            "a plan changes nothing")
        try expectSuccess(deployment.ringfence("enclose", "--config", deployment.configuration, "--apply"))
        let roles = try deployment.database.run(
            "SELECT string_agg(rolname || oid, ' ' ORDER BY 1) FROM pg_roles WHERE rolname LIKE 'rf\\_%'")
        try expectSuccess(deployment.ringfence("enclose", "--config", deployment.configuration, "--apply"))
        #expect(
            try deployment.database.run(
                "SELECT string_agg(rolname || oid, ' ' ORDER BY 1) FROM pg_roles WHERE rolname LIKE 'rf\\_%'") == roles,
            "applied twice, the same")
        let clean = try deployment.ringfence("enclose", "--config", deployment.configuration, "--verify")
        try deployment.database.run("GRANT SELECT ON app.payments TO PUBLIC; GRANT USAGE ON SCHEMA app TO PUBLIC")
        let drifted = try deployment.ringfence("enclose", "--config", deployment.configuration, "--verify")
        #expect(drifted.status == 1, "\(drifted)")
        #expect(drifted.output.contains("app.payments"), "\(drifted)")
        #expect(!clean.output.contains("app.payments"), "\(clean)")
    }
}
