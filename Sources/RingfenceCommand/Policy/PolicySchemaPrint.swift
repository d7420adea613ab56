import ArgumentParser
import Ringfence

struct PolicySchemaPrint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the Cedar schema that policies are written against, for other Cedar tools.",
        discussion: """
            It comes from catalog and directory. What policies can ask of rows, `resource.row`, is in it with --database: \
            only the database knows types and NOT NULL.
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        try await reportingFailure {
            if database.database {
                let inputs = try configuration.read()
                guard let live = try database.live(inputs) else { return }
                print(PolicySchema(inputs, live: live).text, terminator: "")
            } else {
                print(try configuration.policySchema(configuration.configuration()).text, terminator: "")
            }
        }
    }
}
