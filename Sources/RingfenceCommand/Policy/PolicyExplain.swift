import ArgumentParser
import Ringfence

struct PolicyExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what a principal may do with each column, and the policy that decided it, without a database.",
        discussion: """
            As `ringfence explain`, for tables that have the columns the catalog names. Of a column that the catalog does \
            not name, only the database knows: it is protected.
            """)

    @OptionGroup var options: ExplanationOptions

    func run() async throws {
        try await reportingFailure { try options.explain { LiveSchema(describing: $0.store) } }
    }
}
