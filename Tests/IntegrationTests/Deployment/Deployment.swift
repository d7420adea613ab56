import Foundation
import Synchronization
import TestSupport

/// The whole system as an operator runs it: a PostgreSQL cluster with the sample database, the configuration that
/// `Examples/social/prepare` makes, and the built `ringfence` as a process.
final class Deployment: Sendable {
    let cluster: PostgresCluster
    let database: TestDatabase
    let folder: TemporaryDirectory
    let gatewayPort: Int
    /// How many people the sample has.
    let users: Int
    private let running = Mutex<ChildProcess?>(nil)
    private static let sharedDeployments = Mutex<[PostgresCluster.Version: Deployment]>([:])

    static let people = ["alice", "sasha", "casey", "noor", "robin", "devon"]

    /// The one that tests share which write nothing and stop nothing.
    static func shared(_ version: PostgresCluster.Version) throws -> Deployment {
        try sharedDeployments.withLock { deployments in
            if let deployment = deployments[version] { return deployment }
            let deployment = try Deployment(version)
            try deployment.startGateway()
            deployments[version] = deployment
            return deployment
        }
    }

    /// Sets everything up; ``startGateway(prefix:)`` is the caller's.
    init(_ version: PostgresCluster.Version, users: Int = 400) throws {
        self.users = users
        cluster = try PostgresCluster(version)
        database = try cluster.createDatabase(prefix: "social")
        folder = try TemporaryDirectory(prefix: "ringfence-deployment")
        gatewayPort = try freePort()
        let password = try folder.write("admin-\(UUID().uuidString)", to: "admin.password", permissions: 0o600)
        let sample = try String(
            decoding: Data(contentsOf: URL(filePath: Self.example("sample.sql"))), as: UTF8.self)
        try database.run(
            sample, variables: ["users": "\(users)", "admin_password": try folder.read("admin.password")])
        try expectSuccess(
            ChildProcess.run([
                Self.example("prepare"), folder.file("gateway"), "--binary", Self.binary,
                "--gateway-port", "\(gatewayPort)", "--server-port", "\(cluster.port)", "--database", database.name,
                "--server-tls", cluster.authorityCertificate == nil ? "disable" : "verify",
                "--server-authorities", cluster.authorityCertificate ?? "", "--admin-password", password,
            ]))
    }

    /// The `ringfence` that was built with these tests; `RINGFENCE_BINARY` names another.
    static var binary: String {
        if let named = ProcessInfo.processInfo.environment["RINGFENCE_BINARY"] { return named }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: tests).deletingLastPathComponent().appending(path: "ringfence").path
    }

    static func example(_ name: String) -> String { "\(ServerBinaries.packageFolder)/Examples/social/\(name)" }

    static func fixture(_ name: String) -> String {
        "\(ServerBinaries.packageFolder)/Tests/IntegrationTests/Fixtures/\(name)"
    }

    static var python: String { "\(ServerBinaries.cache)/venv/bin/python" }

    var configuration: String { folder.file("gateway/ringfence.yaml") }
    var ledger: String { folder.file("gateway/ledger") }
    var logKey: String { folder.file("gateway/secrets/log.key.pub") }
    var auditorKey: String { folder.file("gateway/auditor/private.key") }

    // MARK: The gateway's process

    /// Starts `ringfence serve` and waits until it takes connections.
    ///
    /// - Parameter prefix: what goes before the command, such as `unshare …`.
    func startGateway(prefix: [String] = []) throws {
        let child = try ChildProcess(prefix + [Self.binary, "serve", "--config", configuration])
        running.withLock { $0 = child }
        for _ in 0..<600 {
            if isListening(port: gatewayPort) { return }
            if child.status != nil { break }
            usleep(50_000)
        }
        throw ChildProcessError("the gateway did not start: \(child.stop())")
    }

    var gateway: ChildProcess? { running.withLock { $0 } }

    /// SIGKILL, as when a machine loses power but for its disk's cache.
    func killGateway() {
        guard let gateway else { return }
        gateway.signal(SIGKILL, wholeGroup: true)
        _ = gateway.finish(timeout: 20)
    }

    @discardableResult
    func stopGateway() -> ChildProcess.Output? { gateway?.stop(patience: 30) }

    func restartGateway() throws {
        stopGateway()
        try startGateway()
    }

    /// Replaces text in one of the gateway's files; it must be there.
    func edit(_ file: String, replacing old: String, with new: String) throws {
        let text = try folder.read("gateway/\(file)")
        guard text.contains(old) else { throw ChildProcessError("\(file) has no \(old)") }
        try folder.write(text.replacingOccurrences(of: old, with: new), to: "gateway/\(file)", permissions: 0o600)
    }

    /// The gateway's resident memory in kB.
    func gatewayMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(gateway?.identifier ?? 0)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    // MARK: Commands

    /// Runs the command line.
    func ringfence(_ arguments: String..., timeout: TimeInterval = 120) throws -> ChildProcess.Output {
        try ChildProcess.run([Self.binary] + arguments, timeout: timeout)
    }

    /// A connection string for one of the people (by client certificate) or the service (by password).
    func connectionString(of name: String) throws -> String {
        let files = folder.file("gateway")
        let base =
            "host=localhost port=\(gatewayPort) dbname=\(database.name) user=\(name) sslmode=verify-full "
            + "sslrootcert=\(files)/tls/authority.crt connect_timeout=20"
        if Self.people.contains(name) {
            return "\(base) sslcert=\(files)/people/\(name).crt sslkey=\(files)/people/\(name).key"
        }
        return "\(base) password=\(try folder.read("gateway/services/\(name).password"))"
    }

    /// What psql does with a script, connected through the gateway.
    func psql(
        as name: String, _ script: String, options: [String] = ["-A", "-t", "-q"], timeout: TimeInterval = 120
    ) throws -> ChildProcess.Output {
        try psql(connecting: connectionString(of: name), script, options: options, timeout: timeout)
    }

    /// What psql does with a script over a connection of any kind.
    func psql(
        connecting connection: String, _ script: String, options: [String] = ["-A", "-t", "-q"],
        timeout: TimeInterval = 120
    ) throws -> ChildProcess.Output {
        try ChildProcess.run(
            ["psql", "-X", "-v", "VERBOSITY=verbose", "-P", "pager=off"] + options + ["-d", connection, "-f", "-"],
            input: script, timeout: timeout)
    }

    /// The rows of one query through the gateway; NULL is nil.
    func rows(as name: String, _ query: String) throws -> [[String?]] {
        let null = "\u{1}N"
        let output = try expectSuccess(
            psql(
                as: name, "\\pset null '\(null)'\n\\pset recordsep '\u{1e}'\n\(query);",
                options: ["-A", "-t", "-q", "-F", "\u{1f}", "-v", "ON_ERROR_STOP=1"]))
        var text = output.output[...]
        if text.last == "\n" { text = text.dropLast() }
        guard !text.isEmpty else { return [] }
        return text.split(separator: "\u{1e}", omittingEmptySubsequences: false).map { row in
            row.split(separator: "\u{1f}", omittingEmptySubsequences: false).map { $0 == null ? nil : String($0) }
        }
    }

    /// Runs a Python program of the fixtures with `DSN_<NAME>` for everybody and `RAW_DSN` past the gateway.
    func python(_ fixture: String, _ arguments: [String] = [], timeout: TimeInterval = 180) throws
        -> ChildProcess.Output
    {
        var environment = ["RAW_DSN": database.connectionString(), "GATEWAY_PORT": "\(gatewayPort)"]
        for name in Self.people + ["feed-api"] {
            environment["DSN_\(name.uppercased().replacingOccurrences(of: "-", with: "_"))"] = try connectionString(
                of: name)
        }
        return try ChildProcess.run(
            [Self.python, Self.fixture(fixture)] + arguments, environment: environment, timeout: timeout)
    }
}

/// Throws with all that the command printed unless it succeeded.
@discardableResult
func expectSuccess(_ output: ChildProcess.Output) throws -> ChildProcess.Output {
    guard output.succeeded else { throw ChildProcessError("\(output)") }
    return output
}
