import Foundation
import TestSupport
import Testing
import TransparencyLog

/// `ledger follow` as a process: what it prints, remembers and sends.
@Suite struct LedgerFollowTests {
    /// A ledger of heartbeats, written as a gateway would.
    private final class Heartbeats {
        let folder: TemporaryDirectory
        let key: SigningKey
        var directory: String { folder.file("ledger") }
        var keyFile: String { folder.file("log.pub") }

        init(key: SigningKey? = nil) throws {
            folder = try TemporaryDirectory(prefix: "ringfence-follow")
            self.key = try key ?? SigningKey.generate(name: "ledger.example.com/social")
            try folder.write("\(self.key.verifierKey)\n", to: "log.pub")
        }

        /// - Parameter age: How many seconds ago.
        func append(_ kind: String, _ members: String, age: TimeInterval = 0) throws {
            let time = Date(timeIntervalSinceNow: -age).formatted(
                Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            let log = try LogWriter(directory: directory, key: key, seal: { $1 })
            _ = try log.append(
                LogRecord(entry: Array(#"{"v":1,"kind":"\#(kind)","time":"\#(time)",\#(members)}"#.utf8)))
            try log.close()
        }

        func boot(_ version: String = "0.1.0", age: TimeInterval = 0) throws {
            let policy = String(repeating: "ab", count: 32)
            try append(
                "boot",
                #""version":"\#(version)","previous":{"size":0,"root":"\#(Hash.emptyRoot.base64)"},"#
                    + #""policy":"\#(policy)","heartbeat":5000"#, age: age)
        }

        func beat(_ number: Int, age: TimeInterval = 0) throws {
            try append("heartbeat", #""beat":\#(number),"sessions":0,"interval":5000"#, age: age)
        }
    }

    private func follow(_ ledger: String, _ log: Heartbeats, _ arguments: String...) throws -> ChildProcess.Output {
        try ChildProcess.run(
            [
                Deployment.binary, "ledger", "follow", ledger, "--key", log.keyFile, "--state",
                log.folder.file("state"), "--once", "--heartbeat-within", "1h", "--stale-after", "1h",
            ] + arguments)
    }

    /// What a line says after its time.
    private func lines(_ output: ChildProcess.Output) -> [String] {
        output.output.split(separator: "\n").map { String($0.split(separator: " ", maxSplits: 1).last ?? "") }
    }

    @Test func `what is missing is told once, over restarts too`() throws {
        let log = try Heartbeats()
        try log.boot()
        try log.beat(1)
        let first = try follow(log.directory, log)
        #expect(first.status == 0 && first.output.isEmpty, "\(first)")
        try log.beat(3)
        let second = try follow(log.directory, log)
        #expect(second.status == 1 && lines(second) == ["failure entry 2: heartbeat 3 follows 1"], "\(second)")
        let third = try follow(log.directory, log)
        #expect(third.status == 0 && third.output.isEmpty, "\(third)")
        let json = try follow(log.directory, log, "--json", "--heartbeat-within", "1h")
        #expect(json.status == 0 && json.output.isEmpty, "\(json)")
    }

    @Test func `a ledger without news is silent, then old, and well again`() throws {
        let log = try Heartbeats()
        try log.boot(age: 7202)
        try log.beat(1, age: 7200)
        let old = try follow(log.directory, log)
        #expect(old.status == 1, "\(old)")
        #expect(lines(old).map { $0.prefix(12) } == ["alarm stale:", "alarm silent"], "\(old)")
        let still = try follow(log.directory, log)
        #expect(still.status == 1 && still.output.isEmpty, "\(still)")
        try log.beat(2)
        let well = try follow(log.directory, log)
        #expect(lines(well).filter { $0.hasPrefix("over") }.count == 2, "\(well)")
        // The time without entries stays a gap of the ledger.
        #expect(well.status == 1 && lines(well).contains { $0.hasPrefix("gap entry 2") }, "\(well)")
        #expect(try follow(log.directory, log).status == 0)
    }

    @Test func `another history is an alarm, and both checkpoints are kept`() throws {
        let log = try Heartbeats()
        try log.boot()
        try log.beat(1)
        #expect(try follow(log.directory, log).status == 0)
        let other = try Heartbeats(key: log.key)
        try other.boot("9.9.9")
        for beat in 1...3 { try other.beat(beat) }
        let forked = try follow(other.directory, log)
        #expect(forked.status == 1 && lines(forked).first?.hasPrefix("alarm forked:") == true, "\(forked)")
        let evidence = log.folder.file("state/evidence")
        let kept = try FileManager.default.contentsOfDirectory(atPath: evidence).sorted()
        #expect(kept.count == 2)
        for (name, directory) in zip(kept, [log.directory, other.directory]) {
            #expect(
                try Data(contentsOf: URL(filePath: "\(evidence)/\(name)"))
                    == Data(contentsOf: URL(filePath: "\(directory)/checkpoint")), "\(name)")
        }
        #expect(try follow(other.directory, log).status == 1)
        // A shorter one, too, is not what was verified.
        let shorter = try Heartbeats(key: log.key)
        try shorter.boot()
        #expect(try lines(follow(shorter.directory, log)).first?.hasPrefix("alarm shrunk:") == true)
        let back = try follow(log.directory, log)
        #expect(back.status == 0, "\(back)")
        #expect(lines(back).allSatisfy { $0.hasPrefix("over") } && lines(back).count == 2, "\(back)")
    }

    @Test func `over HTTP it is the same, and nobody there is an alarm`() throws {
        let log = try Heartbeats()
        try log.boot()
        let port = try freePort()
        let url = "http://127.0.0.1:\(port)"
        let nobody = try follow(url, log)
        #expect(
            nobody.status == 1 && lines(nobody).first?.hasPrefix("alarm unreachable: checkpoint: http") == true,
            "\(nobody)")
        let server = try ChildProcess([
            Deployment.binary, "ledger", "serve", "--ledger", log.directory, "--listen", "127.0.0.1:\(port)",
        ])
        try waitForPort(port, of: server)
        let somebody = try follow(url, log)
        #expect(somebody.status == 0 && lines(somebody).first?.hasPrefix("over unreachable") == true, "\(somebody)")
        try log.beat(2)
        #expect(try lines(follow(url, log)) == ["failure entry 1: heartbeat 2 follows 0"])
        server.stop(patience: 20)
    }

    @Test func `a webhook gets each line once it takes it, signed, in order`() async throws {
        let log = try Heartbeats()
        try log.boot()
        try log.beat(5)
        try log.beat(9)
        let secret = Data((0..<32).map { UInt8($0) }).base64EncodedString()
        let secretFile = try log.folder.write("whsec_\(secret)\n", to: "secret")
        let port = try freePort()
        let receiver = try ChildProcess([
            "python3", "-u", "-c",
            """
            import base64, hashlib, hmac, http.server, sys
            key = base64.b64decode(sys.argv[2])
            refusals = 2
            class H(http.server.BaseHTTPRequestHandler):
                def log_message(self, *a): pass
                def do_POST(self):
                    global refusals
                    body = self.rfile.read(int(self.headers['content-length']))
                    signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
                    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
                    good = self.headers['webhook-signature'] == 'v1,' + mac
                    status = 503 if refusals > 0 else 204
                    refusals -= 1
                    print(status, good, self.headers['webhook-id'], body.decode())
                    self.send_response(status); self.end_headers()
            server = http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), H)
            print('up')
            server.serve_forever()
            """, "\(port)", secret,
        ])
        defer { receiver.stop(patience: 1) }
        while !receiver.output.contains("up"), receiver.status == nil { try await Task.sleep(for: .milliseconds(20)) }
        let webhook = ["--webhook", "http://127.0.0.1:\(port)/hook", "--webhook-secret-file", secretFile]
        let once = try ChildProcess.run(
            [
                Deployment.binary, "ledger", "follow", log.directory, "--key", log.keyFile, "--state",
                log.folder.file("state"), "--once", "--heartbeat-within", "1h", "--stale-after", "1h",
            ] + webhook)
        #expect(once.status == 1, "\(once)")
        let received = receiver.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ", maxSplits: 3) }
        #expect(received.map { $0[0] } == ["503", "503", "204", "204"], "\(receiver.output)")
        #expect(received.allSatisfy { $0[1] == "True" })
        #expect(Set(received.prefix(3).map { $0[2] }).count == 1, "the same message, under the same id")
        #expect(received[2][3].contains("heartbeat 5 follows 0") && received[3][3].contains("heartbeat 9 follows 5"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: log.folder.file("state/queue")).isEmpty)
    }

    @Test func `it runs until it is told to stop, and only one has a state`() async throws {
        let log = try Heartbeats()
        try log.boot()
        let command = [
            Deployment.binary, "ledger", "follow", log.directory, "--key", log.keyFile, "--state",
            log.folder.file("state"), "--every", "1s", "--heartbeat-within", "1h", "--stale-after", "1h",
        ]
        let running = try ChildProcess(command)
        while !FileManager.default.fileExists(atPath: log.folder.file("state/followed")), running.status == nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        let second = try ChildProcess.run(command)
        #expect(second.status == 2 && second.errors.contains("Another monitor has it"), "\(second)")
        try log.beat(7)
        while !running.output.contains("heartbeat 7"), running.status == nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        let end = running.stop(patience: 20)
        #expect(end.status == 0, "\(end)")
        for bad in [
            ["--webhook", "http://127.0.0.1/"],
            ["--webhook", "http://example.com/", "--webhook-secret-file", "/dev/null"],
        ] {
            let refused = try ChildProcess.run(command + bad)
            #expect(refused.status == 64 || refused.status == 2, "\(refused)")
        }
    }
}
