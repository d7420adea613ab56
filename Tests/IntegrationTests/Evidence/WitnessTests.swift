import Foundation
import TestSupport
import Testing

/// The gateway and witnesses that others run.
@Suite struct WitnessTests {
    private let deployment: Deployment
    private let logKey: String

    init() throws {
        deployment = try Deployment(.v15, users: 60)
        logKey = try deployment.folder.read("gateway/secrets/log.key.pub")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private var policy: String { deployment.folder.file("gateway/witnesses.policy") }

    /// - Parameter required: a value of `requireWitnessedWithin`.
    private func configure(_ policy: String, required: String? = nil) throws {
        try deployment.folder.write(policy, to: "gateway/witnesses.policy")
        try deployment.edit(
            "ringfence.yaml", replacing: "  origin: ",
            with: "  witnesses: witnesses.policy\n"
                + (required.map { "  requireWitnessedWithin: \($0)\n" } ?? "") + "  origin: ")
    }

    private func ask() throws -> ChildProcess.Output {
        try deployment.psql(as: "alice", "SELECT count(*) FROM app.users;\n", options: ["-A", "-t", "-q"])
    }

    private func verify(_ directory: String, _ more: String...) throws -> ChildProcess.Output {
        try ChildProcess.run(
            [Deployment.binary, "ledger", "verify", directory, "--key", deployment.logKey, "--policy", policy] + more)
    }

    private func audit(within age: String) throws -> ChildProcess.Output {
        try deployment.ringfence(
            "audit", "--ledger", deployment.ledger, "--key", deployment.logKey, "--policy", policy, "--fresh-within",
            age)
    }

    /// Until it holds, or the test gives up.
    private func eventually(_ what: String, _ holds: () throws -> Bool) throws {
        for _ in 0..<300 {
            if try holds() { return }
            usleep(100_000)
        }
        throw ChildProcessError("never: \(what); \(deployment.gateway?.errors.suffix(2000) ?? "")")
    }

    @Test func `readers see a quorum; without it statements are refused, and service resumes by itself`() throws {
        let (first, second) = (
            try WitnessProcess("first", logKey: logKey), try WitnessProcess("second", logKey: logKey)
        )
        try configure(
            "log \(logKey)\n\(first.policyLine)\(second.policyLine)group both all first second\nquorum both\n",
            required: "5s")
        let checked = try deployment.ringfence("check", "--config", deployment.configuration)
        #expect(checked.succeeded, "\(checked)")
        try first.start()
        try second.start()
        try deployment.startGateway()
        try eventually("a statement is answered") { try ask().succeeded }
        try eventually("the quorum has cosigned") {
            try verify(deployment.ledger, "--fresh-within", "10m").succeeded
        }
        let copy = deployment.folder.file("copy")
        try expectSuccess(
            deployment.ringfence("ledger", "publish", copy, "--ledger", deployment.ledger, "--key", deployment.logKey))
        let verified = try verify(copy, "--fresh-within", "10m")
        #expect(verified.succeeded && verified.output.contains("cosigned by second at"), "\(verified)")

        first.stop()
        try eventually("sessions are refused") { try ask().errors.contains("witnesses do not answer") }
        #expect(try ask().errors.contains("HINT:"))
        try first.start()
        try eventually("service resumes") { try ask().succeeded }

        // In good order, the last checkpoint is cosigned as well.
        deployment.stopGateway()
        let last = try verify(deployment.ledger, "--fresh-within", "10m")
        #expect(last.succeeded, "\(last)")
        let audited = try audit(within: "10m")
        #expect(audited.succeeded && audited.output.contains("cosigned by second at"), "\(audited)")
        let stale = try verify(deployment.ledger, "--fresh-within", "1s")
        usleep(2_100_000)
        let later = try verify(deployment.ledger, "--fresh-within", "1s")
        #expect(later.status == 1 && later.errors.contains("stale"), "\(stale) \(later)")
        let staleAudit = try audit(within: "1s")
        #expect(staleAudit.status == 1 && staleAudit.output.contains("NOT proved complete: the checkpoint is stale"))
        let shown = try deployment.ringfence(
            "witness", "show", "--directory", second.folder.file("state"), "--key", second.key)
        #expect(shown.output.hasPrefix("ledger.example.com/social: "), "\(shown)")
        #expect(first.stop()?.succeeded == true)
    }

    @Test func `an open session's statements are refused and answered again`() throws {
        let witness = try WitnessProcess("only", logKey: logKey)
        try configure("\(witness.policyLine)quorum only\n", required: "5s")
        try witness.start()
        try deployment.startGateway()
        let script = """
            import psycopg, sys, time
            connection = psycopg.connect(sys.argv[1], autocommit=True)
            def until(refused):
                for _ in range(300):
                    try:
                        assert connection.execute("SELECT 41 + 1").fetchone() == (42,)
                        if not refused: return
                    except psycopg.Error as error:
                        assert error.sqlstate == "57P03", error
                        if refused: return
                    time.sleep(0.1)
                raise SystemExit("never")
            until(False); print("answered", flush=True)
            until(True); print("refused", flush=True)
            until(False); print("answered again", flush=True)
            """
        let client = try ChildProcess([
            Deployment.python, "-c", script, deployment.connectionString(of: "alice"),
        ])
        try eventually("it is answered") { client.output.contains("answered") || client.status != nil }
        witness.stop()
        try eventually("it is refused") { client.output.contains("refused") || client.status != nil }
        try witness.start()
        let output = client.finish(timeout: 60)
        #expect(output.succeeded && output.output == "answered\nrefused\nanswered again\n", "\(output)")
        deployment.stopGateway()
    }

    @Test func `a gateway does not write to an old copy of its ledger`() throws {
        let witness = try WitnessProcess("only", logKey: logKey)
        try configure("\(witness.policyLine)quorum only\n")
        try witness.start()
        try deployment.startGateway()
        deployment.stopGateway()
        let old = deployment.folder.file("old")
        try expectSuccess(ChildProcess.run(["cp", "-a", deployment.ledger, old]))
        try deployment.startGateway()
        #expect(try ask().succeeded)
        deployment.stopGateway()
        let newest = deployment.folder.file("newest")
        try FileManager.default.moveItem(atPath: deployment.ledger, toPath: newest)
        try expectSuccess(ChildProcess.run(["cp", "-a", old, deployment.ledger]))
        let before = try ChildProcess.run(["sh", "-c", "cd \"$0\" && cat head checkpoint", deployment.ledger]).output
        let refused = try deployment.ringfence("serve", "--config", deployment.configuration)
        #expect(refused.status == 1, "\(refused)")
        #expect(refused.errors.contains("witness only contradicts the ledger"), "\(refused)")
        #expect(refused.errors.contains("an old copy of the log was restored"), "\(refused)")
        #expect(refused.errors.contains("Put the newest copy of that directory back"), "\(refused)")
        #expect(
            try ChildProcess.run(["sh", "-c", "cd \"$0\" && cat head checkpoint", deployment.ledger]).output == before)

        // Nor to an empty one.
        try FileManager.default.removeItem(atPath: deployment.ledger)
        let empty = try deployment.ringfence("serve", "--config", deployment.configuration)
        #expect(empty.status == 1 && empty.errors.contains("here are 0"), "\(empty)")

        // With the newest it goes on.
        try? FileManager.default.removeItem(atPath: deployment.ledger)
        try FileManager.default.moveItem(atPath: newest, toPath: deployment.ledger)
        try deployment.startGateway()
        #expect(try ask().succeeded)
        deployment.stopGateway()
    }

    @Test func `a log's end is cosigned too`() throws {
        let witness = try WitnessProcess("only", logKey: logKey)
        try configure("\(witness.policyLine)quorum only\n")
        try witness.start()
        try deployment.startGateway()
        let early = try deployment.ringfence("ledger", "freeze", "--config", deployment.configuration)
        #expect(early.status != 0 && early.errors.contains("the gateway is running"), "\(early)")
        deployment.stopGateway()
        let shown = "\(deployment.ledger)/checkpoint"
        let before = try String(contentsOfFile: shown, encoding: .utf8)
        let frozen = try deployment.ringfence("ledger", "freeze", "--config", deployment.configuration)
        #expect(frozen.succeeded && frozen.output.hasPrefix("Frozen at entry"), "\(frozen)")
        let verified = try verify(deployment.ledger, "--fresh-within", "10m")
        #expect(verified.succeeded && verified.output.contains("1 freeze"), "\(verified) after \(frozen)")
        // Frozen is what was signed, however far readers see.
        try before.write(toFile: shown, atomically: true, encoding: .utf8)
        let served = try ChildProcess.run(
            [Deployment.binary, "serve", "--config", deployment.configuration], timeout: 30)
        #expect(served.status == 2 && served.errors.contains("is frozen"), "\(served)")
        witness.stop()
    }

    /// Another project's witness and log client, which need a Python that not every machine has.
    static let others = "\(ServerBinaries.cache)/witness-venv/bin"
    static let hasOthers = FileManager.default.isExecutableFile(atPath: "\(others)/aics-witness")

    @Test(.enabled(if: hasOthers, "needs Python 3.12 or later for aics-witness"))
    func `another project's witness cosigns our ledger`() throws {
        let port = try freePort()
        let folder = try TemporaryDirectory(prefix: "other-witness")
        let configuration = ["--config", folder.file("witness.json")]
        let made = try expectSuccess(
            ChildProcess.run(
                ["\(Self.others)/aics-witness", "init"] + configuration + [
                    "--name", "other.example/w", "--listen", "127.0.0.1:\(port)",
                ]))
        let key = try #require(
            made.output.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("other.example/w+") }, "\(made)")
        let origin = String(logKey.prefix { $0 != "+" })
        try expectSuccess(
            ChildProcess.run(
                ["\(Self.others)/aics-witness", "add-log"] + configuration + ["--origin", origin, "--vkey", logKey]))
        let witness = try ChildProcess(["\(Self.others)/aics-witness", "serve"] + configuration)
        try waitForPort(port, of: witness)
        try configure("witness other \(key) http://127.0.0.1:\(port)\nquorum other\n", required: "10s")
        try deployment.startGateway()
        try eventually("a statement is answered") { try ask().succeeded }
        deployment.stopGateway()
        let verified = try verify(deployment.ledger, "--fresh-within", "10m")
        #expect(verified.succeeded && verified.output.contains("cosigned by other at"), "\(verified)")
        // A restart begins by asking it.
        try deployment.startGateway()
        deployment.stopGateway()
        #expect(try verify(deployment.ledger, "--fresh-within", "10m").succeeded)
        witness.stop()
    }

    @Test(.enabled(if: hasOthers, "needs Python 3.12 or later for aics-witness"))
    func `our witness serves another project's log and client`() throws {
        let client = Deployment.fixture("witness_client.py")
        let origin = "other.example/log"
        let key = try expectSuccess(ChildProcess.run(["\(Self.others)/python", client, "vkey", origin]))
        let witness = try WitnessProcess("ours", logKey: key.output)
        try witness.start()
        let fed = try ChildProcess.run(["\(Self.others)/python", client, witness.url, witness.key, origin])
        #expect(
            fed.output == "cosigned 1\ncosigned 5\ncosigned 5\ncosigned 300\nrefused 422\n" && fed.succeeded, "\(fed)")
        witness.stop()
    }
}
