import Gateway
import Ringfence

/// What a principal is told when PostgreSQL refused something: the policies that decide about the table.
struct ProfileAdvice: RefusalAdvising {
    private let byTable: [String: String]
    private let principal: Principal

    init(_ explanation: Explanation) {
        principal = explanation.principal
        byTable = Dictionary(
            explanation.tables.map { ($0.name.table, Self.reasons($0, explanation)) },
            uniquingKeysWith: { first, _ in first })
    }

    func advice(onRefusalOf table: String?) -> RefusalAdvice? {
        let hint =
            "Read tables by their own names; ask the data-security team for what policy does not give. "
            + "`ringfence explain --as \(principal.name)` shows each decision."
        guard let table, let detail = byTable[table] else {
            return RefusalAdvice(
                detail:
                    "Nothing outside the tables that policy grants \(principal.name) (\(principal.location)) can be "
                    + "reached: no other schema, function, role or file.",
                hint: hint)
        }
        return RefusalAdvice(detail: detail, hint: hint)
    }

    /// The forbids that had a say, else that nothing permits it.
    private static func reasons(_ table: Explanation.Table, _ explanation: Explanation) -> String {
        var homes: [String: Set<String>] = [:]
        for verdict in table.columns.flatMap(\.verdicts) {
            for policy in verdict.decision.forbids {
                homes["\(policy)", default: []].formUnion(verdict.homes.map(\.description))
            }
        }
        let who = "\(explanation.principal.name) (\(explanation.principal.location))"
        guard !homes.isEmpty else { return "No policy permits this to \(who) on \(table.name)." }
        return homes.sorted { $0.key < $1.key }.map { policy, homes in
            "Policy \"\(policy)\" forbids \(who) data of people of \(homes.sorted().joined(separator: ", ")) in \(table.name)."
        }.joined(separator: " ")
    }
}
