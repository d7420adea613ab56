import ArgumentParser
import Ringfence

struct PolicyTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Check a file of expectations against policy.",
        discussion: """
            An expectation says who (as: a name of the directory, or attributes of somebody made up), which table and \
            column or columns (none: the whole row), whose row (home: a code, unknown, or any; homes: one for each person \
            the row is about; key where policy asks for it; row: { column: value } where it asks of rows, which needs \
            --database), one action with what should come of it (read: clear | masked | hidden; insert, update, delete: \
            allowed | denied), and may say by which policy (because: its id):

              expectations:
                - { as: casey, table: app.users, column: email, home: US, read: hidden, because: us-boundary }
                - { as: { location: GB, teams: [support] }, table: app.users, column: handle, home: GB, update: allowed }

            Exit codes: 0 all expectations hold; 1 one does not, or a file has a mistake.
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var database: DatabaseOption
    @Flag(help: "As JSON.") var json = false
    @Argument(help: "Files of expectations.") var files: [String]

    func run() async throws {
        try await reportingFailure {
            let inputs = try configuration.load()
            let live = try database.live(inputs)
            var isHeld = true
            for file in files {
                do throws(ConfigurationProblems) {
                    let run = try PolicyTestRun(reading: file, inputs: inputs, live: live)
                    print(json ? run.json + "\n" : run.text, terminator: "")
                    isHeld = isHeld && run.failures.isEmpty
                } catch {
                    throw Failure(kind: .found, message: "the expectations cannot be read:\n\(error)")
                }
            }
            if !isHeld { throw ExitCode(Failure.Kind.found.rawValue) }
        }
    }
}
