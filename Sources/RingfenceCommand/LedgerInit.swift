import ArgumentParser
import PostgresLog
import Ringfence
import TransparencyLog

extension Ledger {
    struct Init: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the tables of a ledger in PostgreSQL, which several gateways share.",
            discussion: """
                Run it once, as a role that may create schemas and is not a gateway's: what it makes belongs to that \
                role, and a gateway's role can then add entries and neither change nor remove any. A gateway never \
                makes a ledger by itself: connected to the wrong database it would begin a second history.
                """)

        @Option(help: "The database's connection string, as for psql: a URI, or host=… dbname=… pairs.") var store:
            String
        @Option(help: "The log's name in its checkpoints: the name of its key.") var origin: String
        @Option(help: "The schema to make.") var schema = SharedLogLocation.defaultSchema
        @Option(name: .customLong("writer"), help: "A gateway's role; give the option several times for several.")
        var writers: [String] = []
        @Option(name: .customLong("reader"), help: "A role that may verify and publish, and no more.")
        var readers: [String] = []
        @Flag(name: .customLong("print"), help: "Print the SQL, and run nothing.") var printsOnly = false

        func run() async throws {
            try await reportingFailure {
                var location = SharedLogLocation(connectionString: store)
                location.schema = schema
                let tables = SharedLogSchema(location, origin: origin)
                guard !printsOnly else {
                    return print(tables.sql(writers: writers, readers: readers), terminator: "")
                }
                do throws(LogError) {
                    try tables.create(writers: writers, readers: readers)
                } catch {
                    throw Failure(
                        message: "the ledger was not made: \(error)",
                        remedy: "Nothing is left of it. See to the reason and run the command again.")
                }
                print("Made the ledger \(origin) in \(location).")
            }
        }
    }
}
