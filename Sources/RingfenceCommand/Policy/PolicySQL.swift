import ArgumentParser
import Cedar
import CedarSQL

struct PolicySQL: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Turn plain Cedar policies into conditions on a table's rows, many cases at a time.",
        discussion: """
            A line has "policy", "schema" (both Cedar text), "mapping" ({"<EntityType>": {"table", "id", "attributes": \
            {"<attribute>": {"sql", "type", "nullable"}}}}), "principal", "action", "context" and "entities", and may \
            have "id", and "resource" with an entity type if the action applies to several that are mapped. Its answer \
            is {"id", "sql", "rejected": [{"policy", "span", "reason"}]}; sql is null if a policy is rejected.
            """)

    @Option(help: "A file of JSON lines; - is standard input.") var cases: String

    func run() async throws {
        try await reportingFailure {
            try CaseLines(cases).answerEach { (line) throws(CaseError) in try RowCase(line).sql() }
        }
    }
}

struct PolicyResidual: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "residual",
        abstract: "Show what plain Cedar policies leave open about a resource, many cases at a time.",
        discussion: """
            A line is as for `policy sql`, without a mapping: "resource" names the entity type, if the action applies to \
            several. Its answer is {"id", "decision", "residuals": [{"policy", "effect", "residual"}]}: the decision is \
            null where it depends on the resource, a residual is a Cedar expression.
            """)

    @Option(help: "A file of JSON lines; - is standard input.") var cases: String

    func run() async throws {
        try await reportingFailure {
            try CaseLines(cases).answerEach { (line) throws(CaseError) in try RowCase(line).residual() }
        }
    }
}
