import Foundation
import TestSupport
import Testing

@Suite struct FullDiskTests {
    /// A file system of our own needs a mount namespace, and so root.
    static let canMount: Bool =
        (try? ChildProcess.run(["unshare", "-m", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]))?
        .succeeded ?? false

    @Test(.enabled(if: canMount, "needs the right to mount a small file system"))
    func `on a full disk statements are refused, nothing is released, and service resumes with space`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try FileManager.default.createDirectory(atPath: deployment.ledger, withIntermediateDirectories: true)
        try deployment.startGateway(prefix: [
            "unshare", "-m", "--propagation", "private", "sh", "-c",
            "mount -t tmpfs -o size=256m tmpfs \"$0\" && exec \"$@\"", deployment.ledger,
        ])
        let gateway = try #require(deployment.gateway)
        let inside = "/proc/\(gateway.identifier)/root\(deployment.ledger)"
        let dsn = try deployment.connectionString(of: "alice")
        // Statements of 50 kB fill the ledger faster.
        let ask = """
            import psycopg, sys
            released = refused = 0
            try:
                with psycopg.connect(sys.argv[1], autocommit=True) as connection:
                    for number in range(int(sys.argv[2])):
                        try:
                            row = connection.execute(f"SELECT 'answer', {number} /* {'x' * 50000} */").fetchone()
                            assert row == ("answer", number)
                            released += 1
                        except psycopg.OperationalError:
                            raise
                        except psycopg.Error:
                            refused += 1
            except psycopg.OperationalError as error:
                print(str(error).splitlines()[0], file=sys.stderr)
            print(released, refused)
            """
        func asked(_ times: Int) throws -> ChildProcess.Output {
            try ChildProcess.run([Deployment.python, "-c", ask, dsn, "\(times)"])
        }
        let before = try asked(3)
        #expect(before.output == "3 0\n", "\(before)")

        _ = try ChildProcess.run(["dd", "if=/dev/zero", "of=\(inside)/filler", "bs=64k"])
        // What is preallocated may still be used; then nothing more is answered.
        var last = before
        for _ in 0..<60 {
            last = try asked(200)
            if !last.output.hasPrefix("200 ") { break }
        }
        #expect(!last.output.hasPrefix("200 "), "statements went on without a place for their entries")
        let full = try asked(5)
        #expect(full.output.hasPrefix("0 "), "\(full)")

        try FileManager.default.removeItem(atPath: "\(inside)/filler")
        var resumed = false
        for _ in 0..<100 where !resumed {
            if gateway.status != nil { break }
            resumed = try asked(5).output == "5 0\n"
            if !resumed { usleep(200_000) }
        }
        #expect(resumed, "\(gateway.errors.suffix(2000))")
        let verified = try ChildProcess.run([
            "nsenter", "-m", "-t", "\(gateway.identifier)", Deployment.binary, "ledger", "verify", deployment.ledger,
            "--key", deployment.logKey,
        ])
        #expect(verified.succeeded, "\(verified)")
        deployment.stopGateway()
    }
}
