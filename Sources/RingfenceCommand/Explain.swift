import ArgumentParser
import Enclosure
import Ringfence

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a principal may do with each column, and the policy (file, line, id) that decided it.")

    @OptionGroup var configuration: ConfigurationOption
    @Option(name: .customLong("as"), help: "A person or service of the directory.") var principal: String
    @Option(help: "One table, as schema.table.") var table: String?
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        try await reportingFailure {
            let inputs = try configuration.load()
            let live = try inputs.configuration.enclosure().readLiveSchema(inputs.schemas)
            let explanation = try Explanation(
                inputs.principal(named: principal), by: ProfileCompiler(inputs, live: live), only: try tableName(inputs)
            )
            print(json ? String(decoding: explanation.json, as: UTF8.self) : explanation.text)
        }
    }

    private func tableName(_ inputs: RingfenceInputs) throws -> TableName? {
        guard let table else { return nil }
        let parts = table.split(separator: ".", maxSplits: 1).map(String.init)
        let name = parts.count == 2 ? TableName(schema: parts[0], table: parts[1]) : TableName(schema: "", table: table)
        guard inputs.store.tables.contains(where: { $0.name == name }) else {
            throw Failure(
                kind: .found, message: "the catalog has no table \(table): nobody sees it.",
                remedy: "It has \(inputs.store.tables.map(\.name.description).sorted().joined(separator: ", ")).")
        }
        return name
    }
}
