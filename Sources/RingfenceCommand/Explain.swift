import ArgumentParser
import Enclosure
import Ringfence

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a principal may do with each column, and the policy (file, line, id) that decided it.",
        discussion: "Columns are those of the live database; `ringfence policy explain` does without one.")

    @OptionGroup var options: ExplanationOptions

    func run() async throws {
        try await reportingFailure {
            try options.explain { try $0.configuration.enclosure().readLiveSchema($0.schemas) }
        }
    }
}
