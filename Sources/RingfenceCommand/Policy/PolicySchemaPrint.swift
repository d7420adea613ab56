import ArgumentParser
import Ringfence

struct PolicySchemaPrint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the Cedar schema that policies are written against, for other Cedar tools.",
        discussion: "It comes from catalog and directory; the database is not asked.")

    @OptionGroup var configuration: ConfigurationOption

    func run() async throws {
        try await reportingFailure {
            print(try configuration.policySchema(configuration.configuration()).text, terminator: "")
        }
    }
}
