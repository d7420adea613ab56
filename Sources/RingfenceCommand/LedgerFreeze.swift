import ArgumentParser
import Logging
import Ringfence
import TransparencyLog

extension Ledger {
    struct Freeze: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a log: its last entry says so, and names the log that goes on.",
            discussion: """
                For a new key, a new name, or a log that has grown long enough; the gateway must be stopped. Make the \
                successor's key first (`ringfence keygen log`), freeze, then give the gateway the new directory, origin \
                and key, with the old ones as ledger.predecessor. The new log's first entry names the old one's last \
                checkpoint. A frozen log is kept and served for as long as anybody may ask.
                """)

        @OptionGroup var configuration: ConfigurationOption
        @Option(help: "The successor's public key (name+hash+base64), or the file that holds it.") var successor:
            String?

        func run() async throws {
            try await reportingFailure {
                let settings = try configuration.load().configuration.ledger
                guard settings.shared == nil else {
                    throw Failure(
                        message: "a ledger in PostgreSQL cannot be frozen yet.",
                        remedy: "Stop all its gateways, and tell those who verify which checkpoint is the last.")
                }
                let key = try settings.signingKey()
                let successor = try successor.map { try KeyFile.verifierKey($0) }
                guard successor.map({ !key.identity.keys.contains($0) }) ?? true else {
                    throw Failure(message: "a log does not succeed itself.", remedy: "Make another key.")
                }
                LoggingSystem.bootstrap(StreamLogHandler.standardError)
                let witnesses = try GatewayWitnesses(settings, log: Logger(label: "ringfence"))
                var options = LogWriter.Options()
                options.awaitsCosignatures = witnesses != nil
                let writer: LogWriter
                do {
                    try await witnesses?.ask(beforeWritingWith: key)
                    writer = try LogWriter(directory: settings.directory, key: key, options: options) { $1 }
                } catch LogError.locked {
                    throw Failure(
                        message: "the gateway is running.", remedy: "Stop it first: this is its ledger's end.")
                }
                guard writer.durableSize > 0 else {
                    throw Failure(message: "there is no ledger in \(settings.directory) yet.")
                }
                try Succession(of: LogDirectory(settings.directory), key: key.identity).refuseIfFrozen(
                    at: writer.publishCheckpoint())
                let index = try writer.appendDurably(GatewayEntries.freeze(successor: successor, at: .now))
                let checkpoint = try writer.publishCheckpoint()
                witnesses?.begin(writer)
                await witnesses?.finish(checkpoint)
                try writer.close()
                print("Frozen at entry \(index), root \(checkpoint.root.base64).")
                print("Publish it once more: `ringfence ledger publish`.")
            }
        }
    }
}
