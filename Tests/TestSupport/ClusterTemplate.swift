import Foundation

/// A data directory as `initdb` leaves it, made once per version and copied for every cluster.
struct ClusterTemplate {
    let path: String
    let password: String
    let hasTLS: Bool
    private let binaries: ServerBinaries

    init(_ binaries: ServerBinaries) throws {
        self.binaries = binaries
        let banner = try require(ChildProcess.run(["\(binaries.folder)/postgres", "--version"]), "postgres").output
        let number = banner.split(separator: " ").first { $0.first?.isNumber == true } ?? "\(binaries.version)"
        path = "\(ServerBinaries.cache)/template-\(number.filter { !$0.isWhitespace })-\(binaries.userIdentifier)"
        hasTLS = binaries.version == .v15
        if !FileManager.default.fileExists(atPath: path) { try Self.make(at: path, binaries, hasTLS: hasTLS) }
        password = try require(ChildProcess.run(["cat", "\(path)/superuser.password"]), "password").output
    }

    func copy(to target: String) throws {
        try require(ChildProcess.run(["cp", "-a", "--reflink=auto", path, target]), "copy of the template")
    }

    private static func make(at path: String, _ binaries: ServerBinaries, hasTLS: Bool) throws {
        let scratch = try TemporaryDirectory(prefix: "ringfence-initdb")
        let data = scratch.file("data")
        var generator = SystemRandomNumberGenerator()
        let password = "\(String(generator.next(), radix: 36))\(String(generator.next(), radix: 36))"
        let passwordFile = try scratch.write(password, to: "password", permissions: 0o600)
        try binaries.own(scratch.path)
        try require(
            ChildProcess.run(
                binaries.command(
                    "initdb",
                    [
                        "-D", data, "-U", "postgres", "--pwfile", passwordFile, "--auth=scram-sha-256",
                        "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=4",
                    ])),
            "initdb")
        try require(
            ChildProcess.run(["install", "-m", "600", passwordFile, "\(data)/superuser.password"]), "password")
        if hasTLS { try makeCertificates(in: data) }
        try binaries.own(data)
        try FileManager.default.createDirectory(
            atPath: ServerBinaries.cache, withIntermediateDirectories: true)
        // Another test process may be making the same: each fills a folder of its own, and the first rename wins.
        let prepared = "\(path).\(ProcessInfo.processInfo.processIdentifier)"
        try require(ChildProcess.run(["cp", "-a", data, prepared]), "copy of the template")
        let moved = try ChildProcess.run(["mv", "-n", "-T", prepared, path])
        if FileManager.default.fileExists(atPath: prepared) {
            try require(ChildProcess.run(["rm", "-rf", prepared]), "removal")
        }
        guard FileManager.default.fileExists(atPath: path) else { throw ChildProcessError("template: \(moved)") }
    }

    private static func makeCertificates(in folder: String) throws {
        let script = """
            set -e; cd "$0"
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
                -subj '/CN=test database authority' -keyout authority.key -out authority.crt
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' \
                -keyout server.key -out server.csr
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\n' >server.ext
            openssl x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 3650 \
                -extfile server.ext -out server.crt
            chmod 600 server.key authority.key
            """
        try require(ChildProcess.run(["sh", "-c", script, folder]), "openssl")
    }
}
