import ArgumentParser
import PostgresLog
import Ringfence
import TransparencyLog

extension Ledger {
    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the tiles of hashes anew from the entries, where they are missing or wrong.",
            discussion: """
                For the gateway's own directory, while the gateway is stopped. Entries are not derived from anything: \
                if they do not have the root that was signed, nothing is changed.
                """)

        @Option(help: "The ledger's directory.") var ledger: String
        @OptionGroup var logKey: LogKeyOption

        func run() async throws {
            try await reportingFailure {
                guard SharedLogLocation(parsing: ledger) == nil else {
                    throw Failure(
                        message: "a ledger in PostgreSQL cannot have its tiles made anew yet.",
                        remedy: "See by `ringfence ledger verify` whether they are wrong; if so, restore the database, "
                            + "and find out who changed it.")
                }
                let result: TileRebuild.Result
                do {
                    result = try TileRebuild(directory: ledger).run(log: logKey.keys())
                } catch LogError.locked {
                    throw Failure(
                        message: "a gateway writes \(ledger).", remedy: "Stop it first: it needs the tiles itself."
                    )
                } catch let error as LogError {
                    throw Failure(
                        kind: .found, message: "the ledger cannot be rebuilt: \(error)",
                        remedy: "Restore the file from a copy of the ledger, and find out who changed it.")
                }
                for name in result.mended { print("mended \(name)") }
                let tiles = counted(result.tilesChecked, "tile")
                let entries = counted(result.size, "entry", "entries")
                print("\(tiles) of \(entries), root \(result.root.base64): \(result.mended.count) made anew.")
            }
        }
    }
}
