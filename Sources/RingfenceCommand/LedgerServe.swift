import ArgumentParser
import Distribution
import Logging
import TransparencyLog
import Web

extension Ledger {
    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Serve a ledger's public files over HTTP until SIGTERM or SIGINT.",
            discussion: """
                For the gateway's own directory, while it is written, or for a published copy: checkpoint, tiles and \
                bundles of entries as C2SP tlog-tiles names them, never a sealed detail, and nothing beyond the \
                published checkpoint. In plain HTTP, since all of it is public and signed; a proxy in front can add TLS.
                """)

        @Option(name: .customLong("ledger"), help: "The ledger's directory, or a published copy.") var path: String
        @Option(help: "Where it listens.") var listen: ListenAddress = ListenAddress(port: 7381)

        func run() async throws {
            try await reportingFailure {
                LoggingSystem.bootstrap(StreamLogHandler.standardError)
                let log = Logger(label: "ringfence.ledger")
                let stop = StopSignal()
                let directory = LogDirectory(path)
                let shown = try directory.shownCheckpoint()
                let server = try await listen.start(LedgerSite(directory, log: log)) { $0.threads = 4 }
                log.info(
                    "ready",
                    metadata: [
                        "address": "\(server.address)", "ledger": "\(path)",
                        "log": "\(shown?.checkpoint.origin ?? "none yet")",
                    ])
                await stop.wait()
                try await server.stop()
                log.info("stopped")
            }
        }
    }
}
