import Foundation
import TestSupport

/// A witness as its operator runs it: `ringfence witness serve` with a key, a list of logs and a directory of its own.
final class WitnessProcess {
    let name: String
    let folder: TemporaryDirectory
    let port: Int
    private var process: ChildProcess?

    /// Makes the key; ``start()`` is the caller's.
    init(_ name: String, logKey: String) throws {
        self.name = name
        folder = try TemporaryDirectory(prefix: "ringfence-witness")
        port = try freePort()
        try expectSuccess(
            ChildProcess.run([
                Deployment.binary, "witness", "keygen", "--name", "witness.example/\(name)", "--out",
                folder.file("key"),
            ]))
        try folder.write("# the gateway's\n\(logKey)\n", to: "logs")
    }

    var key: String {
        get throws { try folder.read("key.pub").trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Its line in a policy file.
    var policyLine: String {
        get throws { "witness \(name) \(try key) \(url)\n" }
    }

    func start() throws {
        let child = try ChildProcess([
            Deployment.binary, "witness", "serve", "--key", folder.file("key"), "--logs", folder.file("logs"),
            "--directory", folder.file("state"), "--listen", "127.0.0.1:\(port)",
        ])
        process = child
        try waitForPort(port, of: child)
    }

    @discardableResult
    func stop() -> ChildProcess.Output? { process?.stop(patience: 20) }
}

/// Until something listens there, as long as the process lives.
func waitForPort(_ port: Int, of child: ChildProcess) throws {
    for _ in 0..<400 {
        if try ChildProcess.run(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"]).succeeded { return }
        if child.status != nil { break }
        usleep(50_000)
    }
    throw ChildProcessError("nothing listens at \(port): \(child.stop())")
}
