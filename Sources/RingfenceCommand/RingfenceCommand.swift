import ArgumentParser

@main
struct RingfenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ringfence",
        abstract: "A data-sovereignty gateway for PostgreSQL: policy decides, PostgreSQL enforces, a ledger proves.",
        discussion: """
            Exit codes: 0 all is well; 1 something was found (a problem, drift, a ledger that does not verify); \
            2 the command could not do its work; 64 the command line is wrong.
            """,
        version: "0.1.0",
        subcommands: [
            Serve.self, Check.self, Enclose.self, Explain.self, PolicyCommand.self, Audit.self, Ledger.self,
            Sessions.self, Keygen.self, WitnessCommand.self,
        ])
}
