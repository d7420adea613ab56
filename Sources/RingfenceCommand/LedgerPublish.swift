import ArgumentParser
import Ringfence
import TransparencyLog

extension Ledger {
    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the ledger's public files to a directory for others: no sealed details.",
            discussion: """
                The copy conforms to C2SP tlog-tiles and can be served by any web server. Run it again to bring the \
                copy up to date, and to prune it where the ledger was pruned; a copy that tells another history is left alone.
                """)

        @Argument(help: "The directory to publish to.") var destination: String
        @OptionGroup var ledger: LedgerOptions

        func run() async throws {
            try await reportingFailure {
                let checkpoint = try ledger.directory.publish(to: destination, verifiedBy: ledger.keys())
                let entries = counted(checkpoint.size, "entry", "entries")
                print("Published \(entries) of \(checkpoint.origin), root \(checkpoint.root.base64).")
                let minimum = try LogDirectory(destination).minimum()
                if minimum > 0 {
                    print(
                        "Entries before \(minimum) are pruned in the copy as they are in the ledger; it has their hashes."
                    )
                }
            }
        }
    }
}
