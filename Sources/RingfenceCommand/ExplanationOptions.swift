import ArgumentParser
import Ringfence

/// Whose decisions to explain, and how: the same for `explain`, which asks the database for its columns, and
/// `policy explain`, which takes the catalog's.
struct ExplanationOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOption
    @Option(name: .customLong("as"), help: "A person or service of the directory.") var principal: String
    @Option(help: "One table, as schema.table.") var table: String?
    @Flag(help: "As JSON.") var json = false

    func explain(_ live: (RingfenceInputs) throws -> LiveSchema) throws {
        let inputs = try configuration.load()
        let principal = try inputs.principal(named: principal)
        let table = try tableName(inputs)
        let explanation = try Explanation(
            principal, by: ProfileCompiler(inputs, live: live(inputs)), only: table)
        print(json ? String(decoding: explanation.json, as: UTF8.self) : explanation.text)
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
