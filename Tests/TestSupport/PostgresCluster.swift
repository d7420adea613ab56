import Foundation
import Synchronization

/// A private PostgreSQL server on a loopback port, in a folder of its own, gone when the test process is.
///
/// Version 15 is Debian's, with TLS; 18 is the PyPI wheel's, which is built without. Everybody authenticates by
/// SCRAM-SHA-256. Durability is off unless asked for.
public final class PostgresCluster: Sendable {
    public enum Version: Int, Sendable, CaseIterable, CustomStringConvertible {
        case v15 = 15
        case v18 = 18
        public var description: String { "\(rawValue)" }
    }

    public enum StopMode: String, Sendable { case smart, fast, immediate }

    public let version: Version
    public let host = "127.0.0.1"
    public let port: Int
    public let superuser = "postgres"
    public let superuserPassword: String
    /// The certificate authority of the server's certificate; nil where the server has no TLS.
    public let authorityCertificate: String?
    public let binaries: ServerBinaries
    /// The server's own log file.
    public var log: String { "\(data)/server.log" }
    /// The server's data directory, readable by its user and root only.
    public let data: String

    private let folder: TemporaryDirectory
    private static let sharedClusters = Mutex<[Version: PostgresCluster]>([:])
    private static let counter = Mutex(0)

    /// The one cluster of `version` that this test process shares; make databases in it, stop nothing.
    public static func shared(_ version: Version) throws -> PostgresCluster {
        try sharedClusters.withLock { clusters in
            if let cluster = clusters[version] { return cluster }
            let cluster = try PostgresCluster(version)
            clusters[version] = cluster
            return cluster
        }
    }

    /// Starts a cluster for a test of its own.
    ///
    /// - Parameters:
    ///   - settings: what goes to `postgresql.conf` besides, values as they are written there.
    ///   - accessRules: `pg_hba.conf`, when it is to be other than SCRAM for everybody on loopback.
    public init(
        _ version: Version, isDurable: Bool = false, settings: [String: String] = [:], accessRules: String? = nil
    ) throws {
        self.version = version
        folder = try TemporaryDirectory(prefix: "ringfence-pg\(version)", stopping: Self.stopping)
        binaries = try ServerBinaries(version: version, scratch: folder.path)
        let template = try ClusterTemplate(binaries)
        data = folder.file("data")
        try template.copy(to: data)
        superuserPassword = template.password
        authorityCertificate = template.hasTLS ? folder.file("authority.crt") : nil
        port = try freePort()

        var lines = [
            "listen_addresses": "'127.0.0.1'", "port": "\(port)", "unix_socket_directories": "''",
            "fsync": isDurable ? "on" : "off", "synchronous_commit": isDurable ? "on" : "off",
            "full_page_writes": isDurable ? "on" : "off", "shared_buffers": "64MB", "max_connections": "200",
            "password_encryption": "'scram-sha-256'", "max_wal_size": "512MB", "log_line_prefix": "'%m [%p] %u@%d '",
        ]
        if template.hasTLS {
            lines.merge(["ssl": "on", "ssl_cert_file": "'server.crt'", "ssl_key_file": "'server.key'"]) { $1 }
        }
        lines.merge(settings) { $1 }
        let text = lines.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
        let configuration = folder.file("ringfence.conf")
        try Data(text.utf8).write(to: URL(filePath: configuration))
        try require(
            ChildProcess.run(["sh", "-c", "cat \"$0\" >>\"$1/postgresql.conf\"", configuration, data]), "configuration")
        let rules = accessRules ?? "host all all 127.0.0.1/32 scram-sha-256\n"
        try require(
            ChildProcess.run(["sh", "-c", "cat >\"$0/pg_hba.conf\"", data], input: rules), "access rules")
        if let authorityCertificate {
            try require(
                ChildProcess.run(["install", "-m", "644", "\(data)/authority.crt", authorityCertificate]),
                "authority's certificate")
        }
        try start()
    }

    /// Ends the server below `folder` at once: SIGQUIT to the process that its pid file names.
    private static func stopping(folder: String) -> String {
        """
        pid=$(head -n 1 \(shellQuoted(folder))/data/postmaster.pid 2>/dev/null)
        if [ -n "$pid" ]; then
            kill -QUIT "$pid" 2>/dev/null
            i=0; while kill -0 "$pid" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.05; i=$((i+1)); done
        fi
        """
    }

    /// Starts the server after ``stop(_:)``; at first the initialiser does.
    public func start() throws {
        let started = try ChildProcess.run(
            binaries.command("pg_ctl", ["-D", data, "-l", log, "-w", "-t", "60", "start"]))
        guard started.succeeded else {
            let log = try ChildProcess.run(["tail", "-n", "20", log]).output
            throw ChildProcessError("PostgreSQL \(version) did not start: \(started)\(log)")
        }
    }

    public func stop(_ mode: StopMode = .fast) throws {
        try require(
            ChildProcess.run(binaries.command("pg_ctl", ["-D", data, "-m", mode.rawValue, "-w", "stop"])),
            "stop of PostgreSQL \(version)")
    }

    /// A new, empty database (or a copy of `template`) that belongs to the superuser.
    public func createDatabase(prefix: String = "test", template: String? = nil) throws -> TestDatabase {
        let number = Self.counter.withLock { counter in
            counter += 1
            return counter
        }
        let name = "\(prefix)_\(number)"
        let source = template.map { " TEMPLATE \"\($0)\"" } ?? ""
        try TestDatabase(cluster: self, name: "postgres").run("CREATE DATABASE \"\(name)\"\(source)")
        return TestDatabase(cluster: self, name: name)
    }
}
