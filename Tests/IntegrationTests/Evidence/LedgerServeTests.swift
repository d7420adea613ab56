import Foundation
import TestSupport
import Testing

/// `ledger serve`, and the commands of auditors that read from it, as processes.
@Suite struct LedgerServeTests {
    private func ringfence(_ arguments: String...) throws -> ChildProcess.Output {
        try ChildProcess.run([Deployment.binary] + arguments)
    }

    /// Serves a ledger while `body` runs with its URL.
    private func serving(_ ledger: String, _ body: (String) throws -> Void) throws {
        let port = try freePort()
        let server = try ChildProcess([
            Deployment.binary, "ledger", "serve", "--ledger", ledger, "--listen", "127.0.0.1:\(port)",
        ])
        try waitForPort(port, of: server)
        try body("http://127.0.0.1:\(port)")
        let end = server.stop(patience: 20)
        #expect(end.status == 0, "\(end)")
    }

    @Test func `a ledger is read over HTTP as it is read here`() throws {
        let log = try PublishedLog(size: 700)
        for ledger in [log.live, log.copy] {
            try serving(ledger) { url in
                let here = try ringfence("ledger", "verify", log.copy, "--key", log.keyFile, "--hashes-only")
                let there = try ringfence(
                    "ledger", "verify", url, "--key", log.keyFile, "--hashes-only", "--cache", log.folder.file("tiles"))
                #expect(there.succeeded && there.output == here.output, "\(there)")
                for command in [["prove", "256"], ["range", "5", "300"]] {
                    let here = try ChildProcess.run(
                        [Deployment.binary, "ledger"] + command + ["--ledger", log.copy, "--key", log.keyFile])
                    let there = try ChildProcess.run(
                        [Deployment.binary, "ledger"] + command + ["--ledger", url, "--key", log.keyFile])
                    #expect(there.succeeded && there.outputBytes == here.outputBytes, "\(there)")
                }
                let mirror = log.folder.file("mirror")
                try expectSuccess(ringfence("ledger", "publish", mirror, "--ledger", url, "--key", log.keyFile))
                #expect(try ChildProcess.run(["diff", "-r", log.copy, mirror]).succeeded)
            }
        }
    }

    @Test func `others' tools read what is served`() throws {
        let log = try PublishedLog(size: 700)
        try serving(log.live) { url in
            let fetched = log.folder.file("fetched")
            for file in try log.files() {
                try expectSuccess(
                    ChildProcess.run(["curl", "-sSf", "--create-dirs", "-o", "\(fetched)/\(file)", "\(url)/\(file)"]))
            }
            let verified = try ForeignVerifier.go.run("log", fetched, log.keyFile)
            #expect(verified.succeeded && verified.output.hasPrefix("700 entries"), "\(verified)")
        }
    }

    @Test func `a URL at which nothing answers is said, and is no finding`() throws {
        let log = try PublishedLog(size: 1)
        let nobody = try ringfence(
            "ledger", "verify", "http://127.0.0.1:\(freePort())", "--key", log.keyFile, "--hashes-only")
        #expect(nobody.status == 2 && nobody.errors.contains("cannot be read: checkpoint: http://"), "\(nobody)")
        let nonsense = try ringfence("ledger", "verify", "http://a b", "--key", log.keyFile)
        #expect(nonsense.status == 64, "\(nonsense)")
    }
}
