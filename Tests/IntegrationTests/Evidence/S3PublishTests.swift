import Foundation
import TestSupport
import Testing
import TransparencyLog

/// `ledger publish s3://…` against moto, another project's object store.
@Suite(.enabled(if: MotoServer.isInstalled, "moto is not installed: script/setup installs it")) struct S3PublishTests {
    private func publish(_ log: PublishedLog, to server: MotoServer, _ bucket: String, key: String? = nil) throws
        -> ChildProcess.Output
    {
        try ChildProcess.run(
            [
                Deployment.binary, "ledger", "publish", "s3://\(bucket)/logs/social", "--ledger", log.live, "--key",
                log.keyFile, "--endpoint", server.url, "--region", "us-east-1",
            ], environment: MotoServer.credentials)
    }

    @Test func `a bucket becomes a copy that anybody reads, and grows with the log`() throws {
        let server = try MotoServer()
        try server.makeBucket("ledger")
        let log = try PublishedLog(size: 300)
        try expectSuccess(publish(log, to: server, "ledger"))
        let firstPuts = server.puts()
        try log.grow(to: 700)
        try expectSuccess(publish(log, to: server, "ledger"))
        let later = server.puts().dropFirst(firstPuts.count)
        // A full tile that was there is not put again, tiles that became full are.
        #expect(
            later.contains { $0.hasSuffix("tile/0/001") } && !later.contains { $0.hasSuffix("tile/0/000") }, "\(later)")
        let url = "\(server.url)/ledger/logs/social"
        let verified = try ChildProcess.run([
            Deployment.binary, "ledger", "verify", url, "--key", log.keyFile, "--hashes-only",
        ])
        #expect(verified.succeeded && verified.output.contains("700 entries"), "\(verified)")
        for (name, type, cache) in [
            ("checkpoint", "text/plain; charset=utf-8", "max-age=1"),
            ("tile/0/000", "application/octet-stream", "immutable"),
            ("tile/entries/002.p/188", "application/octet-stream", "immutable"),
        ] {
            let head = try ChildProcess.run(["curl", "-sS", "-o", "/dev/null", "-D", "-", "\(url)/\(name)"]).output
                .lowercased()
            #expect(
                head.hasPrefix("http/1.1 200") && head.contains("content-type: \(type)") && head.contains(cache),
                "\(head)")
            let body = try ChildProcess.run(["curl", "-sS", "\(url)/\(name)"]).outputBytes
            #expect(try body == Array(Data(contentsOf: URL(filePath: "\(log.copy)/\(name)"))), "\(name)")
        }
        let again = server.puts().count
        try expectSuccess(publish(log, to: server, "ledger"))
        #expect(server.puts().count == again, "nothing is new")
    }

    @Test func `another history, and an object that is another, are left alone and named`() throws {
        let server = try MotoServer()
        try server.makeBucket("ledger")
        let log = try PublishedLog(size: 300)
        try expectSuccess(publish(log, to: server, "ledger"))
        let rewritten = try PublishedLog(size: 400, key: log.key)
        let forged = try publish(rewritten, to: server, "ledger")
        #expect(forged.status == 2 && forged.errors.contains("are not the beginning of the log's"), "\(forged)")

        try server.put("ledger/logs/social/tile/0/001", "something else")
        try log.grow(to: 700)
        let refused = try publish(log, to: server, "ledger")
        #expect(
            refused.status == 2 && refused.errors.contains("tile/0/001: the object in s3://ledger/logs/social differs"),
            "\(refused)")
        let shown = try ChildProcess.run(["curl", "-sS", "\(server.url)/ledger/logs/social/checkpoint"]).output
        #expect(shown.contains("\n300\n"), "the checkpoint stays: \(shown)")

        // The same content is fine: an attempt that was interrupted goes on.
        try server.put("ledger/logs/social/tile/0/001", file: "\(log.copy)/tile/0/001")
        try expectSuccess(publish(log, to: server, "ledger"))
    }

    @Test func `what the ledger pruned goes from the bucket too, partial bundles among it`() throws {
        let server = try MotoServer()
        try server.makeBucket("ledger")
        let log = try PublishedLog(size: 300)
        try expectSuccess(publish(log, to: server, "ledger"))
        try log.grow(to: 1000)
        try log.prune(before: 512)
        let pruned = try publish(log, to: server, "ledger")
        #expect(pruned.succeeded && pruned.output.contains("Entries before 512 are pruned in the copy"), "\(pruned)")
        let url = "\(server.url)/ledger/logs/social"
        func status(_ name: String) throws -> String {
            try ChildProcess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "\(url)/\(name)"]).output
        }
        for gone in ["tile/entries/000", "tile/entries/001", "tile/entries/001.p/44"] {
            #expect(try status(gone) != "200", "\(gone)")
        }
        for kept in ["tile/entries/002", "tile/entries/003.p/232", "tile/0/000", "tile/0/001", "pruned", "checkpoint"] {
            #expect(try status(kept) == "200", "\(kept)")
        }
        let verified = try ChildProcess.run([
            Deployment.binary, "ledger", "verify", url, "--key", log.keyFile, "--hashes-only",
        ])
        #expect(verified.succeeded && verified.output.contains("Entries before 512 were pruned"), "\(verified)")
    }

    @Test func `what keeps it from publishing is said`() throws {
        let server = try MotoServer()
        let log = try PublishedLog(size: 1)
        let missing = try publish(log, to: server, "nothing-here")
        #expect(missing.status == 2 && missing.errors.contains("(NoSuchBucket)"), "\(missing)")
        let stranger = try ChildProcess.run(
            [
                Deployment.binary, "ledger", "publish", "s3://ledger", "--ledger", log.live, "--key", log.keyFile,
                "--endpoint", server.url, "--region", "us-east-1",
            ], environment: ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""])
        #expect(stranger.status == 2 && stranger.errors.contains("no credentials"), "\(stranger)")
    }
}

/// moto's server, which runs as long as this does.
final class MotoServer {
    static let program = "\(ServerBinaries.cache)/moto-venv/bin/moto_server"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }
    static let credentials = ["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": ""]

    let url: String
    private let process: ChildProcess

    init() throws {
        let port = try freePort()
        url = "http://127.0.0.1:\(port)"
        process = try ChildProcess([Self.program, "-H", "127.0.0.1", "-p", "\(port)"])
        try waitForPort(port, of: process)
    }

    deinit { process.stop(patience: 2) }

    /// One whose objects everybody may read, as a published ledger's are.
    func makeBucket(_ name: String) throws {
        try curl("-X", "PUT", "\(url)/\(name)")
        let policy =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","#
            + #""Resource":"arn:aws:s3:::\#(name)/*"}]}"#
        try curl("-X", "PUT", "--data-binary", policy, "\(url)/\(name)?policy")
    }

    func put(_ path: String, _ text: String) throws { try curl("-X", "PUT", "--data-binary", text, "\(url)/\(path)") }

    func put(_ path: String, file: String) throws {
        try curl("-X", "PUT", "--data-binary", "@\(file)", "\(url)/\(path)")
    }

    private func curl(_ arguments: String...) throws {
        try expectSuccess(
            ChildProcess.run(
                [
                    "curl", "-sSf", "-H", "Content-Type: application/octet-stream", "-H",
                    "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x",
                ] + arguments))
    }

    /// The objects that were put, in order, as the server's own log has them.
    func puts() -> [String] {
        process.errors.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            guard let verb = words.firstIndex(of: "\"PUT"), verb + 1 < words.count else { return nil }
            return String(words[verb + 1])
        }
    }
}
