import ArgumentParser
import Ringfence

struct PolicyDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say who gains and who loses what when one policy follows another.",
        discussion: """
            OLD and NEW are each a policy file, a folder of .cedar files, or a configuration (.yaml). Policy files decide \
            with the catalog and the directory of --config; two configurations are compared with all that they name, so \
            people who move and columns that are reclassified show too. Without NEW, what --config says is new:

              git show main:policy.cedar > /tmp/old.cedar
              ringfence policy diff /tmp/old.cedar

            Nothing is sampled: each class of principals that policy cannot tell apart is decided for every column, action \
            and home, and for all keys at once. What policy asks of rows (--database) counts as one question, yes or no: two \
            ways of asking the same are a change. NEW must be valid, as at `check`; OLD need not be. Exit codes: 0 nothing \
            changes; 1 something does; 2 a file cannot be used.
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var database: DatabaseOption
    @Flag(help: "As JSON.") var json = false
    @Argument(help: "What was.") var old: String
    @Argument(help: "What is to be; left out: what --config says.") var new: String?

    func run() async throws {
        try await reportingFailure {
            let difference = try difference()
            print(json ? difference.json + "\n" : difference.text, terminator: "")
            if !difference.isEmpty { throw ExitCode(Failure.Kind.found.rawValue) }
        }
    }

    private func difference() throws -> PolicyDiff {
        do {
            // Two configurations need no third.
            if let new, [old, new].allSatisfy({ $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }) {
                let after = try RingfenceInputs.load(new)
                return try PolicyDiff(from: RingfenceInputs.load(old), to: after, live: database.live(after))
            }
            let base = try RingfenceInputs.load(configuration.path)
            return try PolicyDiff(
                from: base.version(old), to: new.map { try base.version($0).validated() } ?? base,
                live: database.live(base))
        } catch let problems as ConfigurationProblems {
            throw Failure(message: "the policies cannot be compared:\n\(problems)")
        }
    }
}
