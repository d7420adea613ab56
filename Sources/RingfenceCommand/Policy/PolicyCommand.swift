import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Write, check and test policy.",
        subcommands: [
            PolicyCheck.self, PolicyFormat.self, PolicyTest.self, PolicyExplain.self, PolicyDiffCommand.self,
            PolicySchemaPrint.self, PolicyAuthorize.self, PolicyResidual.self, PolicySQL.self,
        ])
}
