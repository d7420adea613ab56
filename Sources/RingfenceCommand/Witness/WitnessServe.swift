import ArgumentParser
import Glibc
import Logging
import Ringfence
import TransparencyLog
import Web
import Witnessing

struct WitnessServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a witness until SIGTERM or SIGINT.",
        discussion: """
            Answers POST /add-checkpoint for logs, GET /<SHA-256 of the origin>/checkpoint for monitors and GET /metrics \
            for Prometheus, in plain HTTP: everything is public and signed, and a proxy can add TLS. Each checkpoint is \
            durable before its cosignature leaves. Never restore an old copy of the directory, and never delete it: a \
            witness that forgets is none.
            """)

    @Option(name: .customLong("key"), help: "The witness's key, as `witness keygen` wrote it.") var keyFile: String
    @Option(help: "A file with the public keys of the logs it cosigns, one to a line.") var logs: String
    @Option(help: "Where it keeps what it cosigned.") var directory: String
    @Option(help: "Where it listens.") var listen: ListenAddress = ListenAddress(port: 7380)

    func run() async throws {
        try await reportingFailure {
            LoggingSystem.bootstrap(StreamLogHandler.standardError)
            let log = Logger(label: "ringfence.witness")
            let key: CosigningKey
            do {
                key = try CosigningKey(parsing: KeyFile.read(keyFile))
            } catch let error as NoteError {
                throw Failure(
                    message: "\(keyFile) is not a witness's key: \(error)",
                    remedy: "Make one: ringfence witness keygen --name NAME --out \(keyFile)")
            }
            let keys = try WitnessedLogs.read(logs)
            let stop = StopSignal()
            let service = try WitnessService(key: key, logs: keys, directory: try takeDirectory(), now: Self.now) {
                log.error("the disk failed: nothing more is cosigned", metadata: ["error": "\($0)"])
                stop.request()
            }
            // One thread: requests are decided one at a time anyway.
            let server = try await listen.start(service)
            log.info(
                "ready",
                metadata: [
                    "address": "\(server.address)", "witness": "\(key.name)", "logs": "\(service.logs.count)",
                    "directory": "\(directory)",
                ])
            await stop.wait()
            try await server.stop()
            if let failure = service.failure {
                throw Failure(
                    message: "the witness stopped: \(failure)",
                    remedy: "See to the disk, then start it again: it reads what is really there.")
            }
            log.info("stopped")
        }
    }

    private func takeDirectory() throws -> WitnessDirectory {
        do throws(StorageError) {
            return try WitnessDirectory(directory)
        } catch {
            throw Failure(
                message: "cannot use \(directory): \(error)",
                remedy: error.isLocked ? "Another process has it: two witnesses with one memory are none." : nil)
        }
    }

    private static func now() -> UInt64 { UInt64(clamping: EntryTime.now.millisecondsSince1970 / 1000) }
}
