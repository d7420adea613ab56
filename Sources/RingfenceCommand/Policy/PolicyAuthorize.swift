import ArgumentParser
import Cedar

struct PolicyAuthorize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorize",
        abstract: "Decide requests by plain Cedar policies, many cases at a time.",
        discussion: """
            A line has "policy" (Cedar text), "entities" and "requests", and may have "id", "schema" (Cedar text) and \
            "links" ([{"template", "id", "values": {"?principal": {"type", "id"}}}]). Its answer is {"id", "parsed", \
            "valid", "est", "results": [{"decision", "reason", "errors"}]}, or {"id", "error"} if it cannot be read. \
            With a schema, entities and requests are read by it and must fit it.
            """)

    @Option(help: "A file of JSON lines; - is standard input.") var cases: String
    @Flag(help: "At the end, how many decisions were made in how many seconds, as JSON on standard error.")
    var timing = false

    func run() async throws {
        try await reportingFailure {
            var clock = DecisionClock()
            try CaseLines(cases).answerEach { (line) throws(CaseError) in
                try AuthorizeCase(line).answer(&clock)
            }
            if timing { writeToStandardError(clock.json.description) }
        }
    }
}
