import ArgumentParser
import Cedar
import Enclosure
import Ringfence

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Report every problem of configuration, catalog, directory and policy, with file, line and remedy.",
        discussion: "The catalog is compared with the live database; --offline leaves that out.")

    @OptionGroup var configuration: ConfigurationOption
    @Flag(help: "Do not ask the database.") var offline = false

    func run() async throws {
        try await reportingFailure {
            let inputs = try configuration.read()
            let live = offline ? nil : try inputs.configuration.enclosure().readLiveSchema(inputs.schemas)
            let problems = inputs.checkAll(live: live)
            for problem in problems { print(TerminalText.lines("\(problem)")) }
            let errors = problems.count { $0.severity == .error }
            let policies = counted(inputs.policies.policies.count, "policy", "policies")
            let tables = counted(inputs.store.tables.count, "table")
            let principals = counted(inputs.principals.count, "principal")
            print(
                "\(policies), \(tables), \(principals): \(counted(errors, "error")), "
                    + "\(counted(problems.count - errors, "warning")).")
            if errors > 0 { throw ExitCode(Failure.Kind.found.rawValue) }
        }
    }
}
