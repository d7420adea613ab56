import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Write, check and test policy.",
        subcommands: PolicyAuthor.commands + [PolicyAuthorize.self, PolicyResidual.self, PolicySQL.self])
}
