import Foundation
import TestSupport
import Testing

@Suite struct LedgerTests {
    private static var today: String {
        let format = DateFormatter()
        format.dateFormat = "yyyy-MM-dd"
        format.timeZone = TimeZone(identifier: "UTC")
        return format.string(from: Date())
    }

    /// Traffic of several people, then the gateway stopped, so that all outcomes are in.
    private func deploymentWithTraffic() throws -> Deployment {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.startGateway()
        try expectSuccess(
            deployment.psql(as: "alice", "SELECT email FROM app.users;\nSELECT count(*) FROM app.messages;\n"))
        try expectSuccess(deployment.psql(as: "sasha", "SELECT email FROM app.users WHERE id = 1;\n"))
        _ = try deployment.psql(
            as: "casey", "SELECT * FROM app.users;\nSET ROLE app_owner;\nSELECT * FROM app.video_feed;\n")
        try expectSuccess(
            deployment.psql(as: "feed-api", "INSERT INTO app.messages (author_id, body) VALUES (1, 'secret words');\n"))
        deployment.stopGateway()
        return deployment
    }

    @Test func `a ledger verifies, shows, proves and publishes`() throws {
        let deployment = try deploymentWithTraffic()
        let verified = try deployment.ringfence("ledger", "verify", deployment.ledger, "--key", deployment.logKey)
        #expect(verified.succeeded, "\(verified)")

        let copy = deployment.folder.file("copy")
        try expectSuccess(
            deployment.ringfence(
                "ledger", "publish", copy, "--ledger", deployment.ledger, "--key", deployment.logKey))
        let verifiedCopy = try deployment.ringfence("ledger", "verify", copy, "--key", deployment.logKey)
        #expect(verifiedCopy.succeeded, "\(verifiedCopy)")
        let published = try PublishedEntries(folder: copy)
        for kind in ["boot", "epoch", "policy", "profile", "session", "statement", "outcome", "close"] {
            #expect(published.count(ofKind: kind) > 0, "\(kind)")
        }
        // psql sends one Query for each line; the service and three people wrote seven of them.
        #expect(published.count(ofKind: "statement") == 7)
        #expect(published.count(ofKind: "session") == 4)

        let statement = try #require(published.entries.firstIndex { $0["kind"] as? String == "statement" })
        let shown = try deployment.ringfence(
            "ledger", "show", "\(statement)", "--ledger", copy, "--key", deployment.logKey)
        #expect(shown.succeeded && shown.output.contains("statement"), "\(shown)")
        let proof = try deployment.ringfence(
            "ledger", "prove", "\(statement)", "--ledger", copy, "--key", deployment.logKey)
        #expect(proof.succeeded && proof.output.hasPrefix("c2sp.org/tlog-proof@v1"), "\(proof)")
    }

    @Test func `what is published holds no person, no address and no statement`() throws {
        let deployment = try deploymentWithTraffic()
        let copy = deployment.folder.file("copy")
        try expectSuccess(
            deployment.ringfence(
                "ledger", "publish", copy, "--ledger", deployment.ledger, "--key", deployment.logKey))
        for word in [
            "alice", "sasha", "casey", "feed-api", "127.0.0.1", "secret words", "SELECT", "@example.com", "amber_1",
        ] {
            let found = try ChildProcess.run(["grep", "-rlaF", word, copy])
            #expect(found.output.isEmpty, "\(word) in \(found.output)")
        }
        // The sealed details beside the operator's own ledger are sealed.
        for word in ["secret words", "alice", "amber.1@"] {
            let found = try ChildProcess.run(["grep", "-rlaF", word, deployment.ledger])
            #expect(found.output.isEmpty, "\(word) in \(found.output)")
        }
    }

    @Test func `a flipped bit anywhere in a tile is found and its file named`() throws {
        let deployment = try deploymentWithTraffic()
        let copy = deployment.folder.file("copy")
        try expectSuccess(
            deployment.ringfence(
                "ledger", "publish", copy, "--ledger", deployment.ledger, "--key", deployment.logKey))
        let files = try ChildProcess.run(["sh", "-c", "cd \"$0\" && find tile checkpoint -type f | sort", copy]).output
            .split(separator: "\n").map(String.init)
        #expect(files.count >= 3)
        for file in files {
            let original = try Data(contentsOf: URL(filePath: "\(copy)/\(file)"))
            for place in [0, original.count / 2, original.count - 1] {
                var changed = original
                changed[place] ^= 1
                try changed.write(to: URL(filePath: "\(copy)/\(file)"))
                let verified = try deployment.ringfence("ledger", "verify", copy, "--key", deployment.logKey)
                #expect(!verified.succeeded, "\(file) at \(place): \(verified)")
                // A checkpoint that is changed is no tile's fault.
                if file != "checkpoint" {
                    #expect(verified.description.contains(file), "\(file) at \(place): \(verified)")
                }
            }
            try original.write(to: URL(filePath: "\(copy)/\(file)"))
        }
        #expect(try deployment.ringfence("ledger", "verify", copy, "--key", deployment.logKey).succeeded)
    }

    @Test func `an audit of the public copy answers in plain words and as JSON`() throws {
        let deployment = try deploymentWithTraffic()
        let copy = deployment.folder.file("copy")
        try expectSuccess(
            deployment.ringfence(
                "ledger", "publish", copy, "--ledger", deployment.ledger, "--key", deployment.logKey))
        let today = Self.today
        let question = ["--from", today, "--to", today, "--home", "US"]
        func audit(_ more: String...) throws -> ChildProcess.Output {
            try ChildProcess.run(
                [Deployment.binary, "audit", "--ledger", copy, "--key", deployment.logKey] + question + more)
        }
        let china = try audit("--located", "CN")
        #expect(china.succeeded, "\(china)")
        #expect(!china.output.contains("casey"), "names are not public")
        let data = try audit("--located", "CN", "--json")
        #expect(data.succeeded, "\(data)")
        #expect(try JSONSerialization.jsonObject(with: Data(data.outputBytes)) is [String: Any])
        let table = try audit("--table", "users")
        #expect(table.status == 2 && table.errors.contains("Write it as app.users."), "\(table)")
        let nope = try audit("--table", "app.nope")
        #expect(nope.status == 1 && nope.output.hasPrefix("NOT ANSWERED: no session's reach"), "\(nope)")
        let key = try audit("--auditor-key", deployment.auditorKey)
        #expect(key.status == 1 && key.output.contains("no sealed details"), "\(key)")
        let reversed = try ChildProcess.run([
            Deployment.binary, "audit", "--ledger", copy, "--key", deployment.logKey, "--from", today, "--to",
            "2026-01-01",
        ])
        #expect(reversed.status == 2 && reversed.errors.contains("comes after"), "\(reversed)")
        let everybody = try audit()
        #expect(everybody.succeeded && everybody.output != china.output, "\(everybody)")

        let named = try ChildProcess.run(
            [
                Deployment.binary, "audit", "--ledger", deployment.ledger, "--key", deployment.logKey,
                "--auditor-key", deployment.auditorKey,
            ] + question)
        #expect(named.succeeded && named.output.contains("alice"), "\(named)")
    }
}
