import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing
import TransparencyLog
import Web
import Witnessing

@Suite(.timeLimit(.minutes(2))) struct WitnessServerTests {
    private let key: CosigningKey
    private let log: SigningKey

    init() throws {
        key = try CosigningKey.generate(name: "witness.example/w1")
        log = try SigningKey.generate(name: "log.example/\"quoted\"")
    }

    private func service(_ folder: TemporaryDirectory, failed: @escaping @Sendable (StorageError) -> Void = { _ in })
        throws -> WitnessService
    {
        try WitnessService(
            key: key, logs: [log.verifierKey], directory: WitnessDirectory(folder.file("state")),
            now: { 1_800_000_000 },
            failed: failed)
    }

    private func empty() throws -> AddCheckpointRequest {
        let checkpoint = try log.sign("\(log.name)\n0\n\(Hash.emptyRoot.base64)\n")
        return AddCheckpointRequest(oldSize: 0, proof: [], note: checkpoint)
    }

    /// Status, headers and body of a request by curl, which knows nothing of us.
    private func curl(_ server: WebServer, _ path: String, _ arguments: [String] = []) async throws -> String {
        let url = "http://127.0.0.1:\(server.address.port ?? 0)\(path)"
        return try ChildProcess.run(["curl", "-sS", "-i", "--max-time", "10"] + arguments + [url]).output
            .replacingOccurrences(of: "\r", with: "")
    }

    private func withServer(
        _ options: WebServer.Options = WebServer.Options(host: "127.0.0.1", port: 0),
        _ body: (WebServer, TemporaryDirectory) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory(prefix: "witness")
        let server = try await WebServer.start(options, service(folder))
        do {
            try await body(server, folder)
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }

    @Test func `logs submit, monitors read, and Prometheus counts`() async throws {
        try await withServer { server, folder in
            let request = folder.file("request")
            try Data(empty().bytes).write(to: URL(filePath: request))
            let hash = WitnessedCheckpoint.pathName(of: log.name)
            #expect(try await curl(server, "/\(hash)/checkpoint").hasPrefix("HTTP/1.1 404"))

            let answer = try await curl(server, "/add-checkpoint", ["--data-binary", "@\(request)"])
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
            let line = answer.split(separator: "\n").last.map { "\($0)\n" } ?? ""
            let cosigned = try empty().note.adding(
                SignedNote.signatureLines(line.utf8), verifiedBy: [key.verifierKey])
            #expect(try cosigned.verified(by: [key.verifierKey]).map(\.time) == [1_800_000_000])

            let read = try await curl(server, "/\(hash)/checkpoint")
            #expect(read.hasPrefix("HTTP/1.1 200") && read.hasSuffix(cosigned.description), "\(read)")
            let stale = try await curl(
                server, "/add-checkpoint", ["--data-binary", try empty().text.replacing("old 0", with: "old 1")])
            #expect(stale.hasPrefix("HTTP/1.1 400"))

            let metrics = try await curl(server, "/metrics")
            for sample in [
                "ringfence_witness_answers_total{status=\"200\"} 1",
                "ringfence_witness_answers_total{status=\"400\"} 1",
                "ringfence_witness_log_size{log=\"log.example/\\\"quoted\\\"\"} 0", "ringfence_witness_up 1",
                "ringfence_witness_cosigned_seconds{log=\"log.example/\\\"quoted\\\"\"} 1800000000",
            ] {
                #expect(metrics.contains(sample + "\n"), "\(sample) in \(metrics)")
            }
        }
    }

    @Test func `a conflict names the size in the protocol's type`() async throws {
        try await withServer { server, _ in
            let checkpoint = try log.sign("\(log.name)\n3\n\(Hash.leaf([1]).base64)\n")
            let request = AddCheckpointRequest(oldSize: 2, proof: [], note: checkpoint)
            let answer = try await curl(server, "/add-checkpoint", ["--data-binary", request.text])
            #expect(answer.hasPrefix("HTTP/1.1 409"), "\(answer)")
            #expect(answer.contains("Content-Type: text/x.tlog.size\n") && answer.hasSuffix("\n\n0\n"), "\(answer)")
        }
    }

    @Test func `what is not the protocol is refused, and the server goes on`() async throws {
        try await withServer { server, folder in
            let long = try folder.write(String(repeating: "x", count: 200_000), to: "long")
            #expect(try await curl(server, "/add-checkpoint", ["--data-binary", "@\(long)"]).hasPrefix("HTTP/1.1 413"))
            #expect(
                try await curl(
                    server, "/add-checkpoint", ["-H", "Transfer-Encoding: chunked", "--data-binary", "@\(long)"]
                )
                .contains("HTTP/1.1 413"))
            for (path, status) in [
                ("/add-checkpoint", 405), ("/", 404), ("/../lock", 404), ("/checkpoint", 404), ("/lock", 404),
                ("/add-checkpoint/", 404), ("//checkpoint", 404),
            ] {
                let answer = try await curl(server, path, ["--path-as-is"])
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(path): \(answer)")
            }
            #expect(try await curl(server, "/metrics", ["-X", "DELETE"]).hasPrefix("HTTP/1.1 405"))
            #expect(try await curl(server, "/metrics", ["--head"]).hasPrefix("HTTP/1.1 200"))
            // A body announced but not sent does not hold a place for ever.
            #expect(try await curl(server, "/add-checkpoint", ["-d", ""]).hasPrefix("HTTP/1.1 400"))
        }
    }

    @Test func `one connection too many is closed, a silent one after its time`() async throws {
        var options = WebServer.Options(host: "127.0.0.1", port: 0)
        options.connectionsMax = 1
        for requestTime in [TimeAmount.minutes(5), .seconds(1)] {
            options.requestTime = requestTime
            try await withServer(options) { server, _ in
                // It says nothing.
                let silent = try ChildProcess([
                    "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(server.address.port ?? 0); echo up; exec cat <&3",
                ])
                while !silent.output.contains("up"), silent.status == nil {
                    try await Task.sleep(for: .milliseconds(5))
                }
                func isAnswered() async throws -> Bool {
                    try await curl(server, "/metrics").hasPrefix("HTTP/1.1 200")
                }
                if requestTime > .seconds(1) {
                    #expect(try await !isAnswered(), "its place is taken")
                    silent.stop(patience: 1)
                }
                var tries = 0
                while try await !isAnswered(), tries < 300 {
                    tries += 1
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(tries < 300, "its place is free again")
                silent.stop(patience: 1)
            }
        }
    }

    @Test func `after a restart it goes on where it was`() async throws {
        let folder = try TemporaryDirectory(prefix: "witness")
        let request = try empty()
        do {
            let first = try service(folder)
            #expect(first.addCheckpoint(request.bytes).status == 200)
        }
        let again = try service(folder)
        #expect(again.logs.map { $0.latest?.checkpoint.size } == [0])
        #expect(again.addCheckpoint(request.bytes).status == 200)
    }

    @Test func `an error of the disk stops it, and no cosignature leaves`() throws {
        let folder = try TemporaryDirectory(prefix: "witness")
        let failures = Mutex(0)
        let service = try service(folder) { _ in failures.withLock { $0 += 1 } }
        // A file where the log's folder belongs: also root cannot make one.
        try folder.write("", to: "state/\(WitnessedCheckpoint.pathName(of: log.name))")
        let request = try empty()
        #expect(service.addCheckpoint(request.bytes).status == 503)
        try FileManager.default.removeItem(
            atPath: folder.file("state/\(WitnessedCheckpoint.pathName(of: log.name))"))
        #expect(service.addCheckpoint(request.bytes).status == 503)
        #expect(failures.withLock { $0 } == 1 && service.failure != nil)
    }

    @Test func `the client reads what the server answers, and says why when there is no answer`() async throws {
        let client = try WebClient(WebClient.Options(time: .seconds(20)))
        let transport = HTTPWitnessTransport(client)
        try await withServer { server, _ in
            let port = server.address.port ?? 0
            let url = try #require(HTTPPrefix(parsing: "http://127.0.0.1:\(port)/"))
            let answer = try await transport.addCheckpoint(empty().bytes, to: url)
            #expect(answer.status == 200)
            let elsewhere = try #require(HTTPPrefix(parsing: "http://127.0.0.1:\(port)/prefix"))
            #expect(try await transport.addCheckpoint(empty().bytes, to: elsewhere).status == 404)
            let secure = try #require(HTTPPrefix(parsing: "https://127.0.0.1:\(port)"))
            await #expect(throws: WitnessUnreachable.self) {
                try await transport.addCheckpoint(empty().bytes, to: secure)
            }
        }
        let nobody = try #require(HTTPPrefix(parsing: "http://127.0.0.1:\(try freePort())"))
        await #expect(throws: WitnessUnreachable.self) { try await transport.addCheckpoint([], to: nobody) }
        try await client.shutDown()
    }
}

extension AddCheckpointRequest {
    fileprivate var text: String { String(decoding: bytes, as: UTF8.self) }
}
