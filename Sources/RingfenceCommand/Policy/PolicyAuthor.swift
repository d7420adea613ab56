import ArgumentParser

/// What a policy author uses from day to day; plain Cedar for programs comes after it.
enum PolicyAuthor {
    static let commands: [any ParsableCommand.Type] = [
        PolicyFormat.self, PolicyTest.self, PolicyExplain.self, PolicyDiffCommand.self,
    ]
}
