internal import Cedar

/// Puts the questions of one principal to Cedar.
struct Inquiry {
    private let model: CedarModel
    private let catalog: Catalog
    private let policies: PolicySet
    private let schema: Schema
    let rows: RowVocabulary

    init(
        principal: Principal, store: Store, catalog: Catalog, policies: PolicySet, live: LiveSchema
    ) throws(DecisionError) {
        model = try CedarModel(principal: principal, store: store)
        rows = RowVocabulary(store, live)
        schema = PolicySchema.schema(catalog, teams: [], rows: rows)
        self.catalog = catalog
        self.policies = policies
    }

    /// Those that cannot be answered without a database; none where there is one.
    var policiesAskingOfRows: [PolicyID] {
        let questions = ExpressibilityReview(schema, rows, policies).questionsToUnknownRows()
        return policies.policies.map(\.id).filter { questions[$0] != nil }
    }

    /// - Parameter row: What is known of the row, by column; a column that is NULL is nil.
    func decisions(
        _ table: CatalogTable, live: LiveTable, row: [CedarString: Value?] = [:]
    ) -> TableDecisions {
        let facts = live.columns.map { table.facts(of: $0.name) }
        let homes: [SubjectHome] =
            table.subjects.isEmpty ? [.nobody] : Set(catalog.homes).sorted().map(SubjectHome.home) + [.unknown]
        // Protected data of which nobody says whose it is may be anybody's.
        let isAboutNobody = table.subjects.isEmpty && !facts.contains { $0.classification == .protected }
        var columns: [ColumnDecisions] = []
        // What is left of policies asks for the home, the key and the row alone, and is the same for most columns.
        var settled: [[TypedResidualPolicy]: [ColumnDecision]] = [:]
        for facts in facts {
            var byAction: [DataAction: [ColumnDecision]] = [:]
            for action in DataAction.allCases {
                byAction[action] =
                    table.subjects.isEmpty
                    ? [decision(action, facts, table.name, isAboutNobody: isAboutNobody, row)]
                    : decisions(action, facts, table.name, homes: homes, row, &settled)
            }
            columns.append(ColumnDecisions(facts: facts, byAction: byAction))
        }
        return TableDecisions(name: table.name, subjects: table.subjects, homes: homes, columns: columns)
    }

    private func decision(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, isAboutNobody: Bool,
        _ row: [CedarString: Value?]
    ) -> ColumnDecision {
        var decision = decision(
            action, facts, table, home: isAboutNobody ? CedarModel.homeOfNobody : catalog.homeWhenUnknown.code,
            key: isAboutNobody ? "" : nil, row: row)
        // There is no key to look at: only what holds for every key is allowed.
        if decision.allowed.dependsOnKey {
            decision.allowed = .never
            decision.permits = []
        }
        return decision
    }

    private func decisions(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, homes: [SubjectHome],
        _ row: [CedarString: Value?], _ settled: inout [[TypedResidualPolicy]: [ColumnDecision]]
    ) -> [ColumnDecision] {
        // What does not depend on the home at all, most of it, need not be asked once for each.
        let rowTable = rows.table(table)
        let record = rowTable?.record(knowing: row)
        guard let open = response(action, facts, table, home: nil, key: nil, row: record) else {
            return Array(repeating: .nothing, count: homes.count)
        }
        if let known = settled[open.residuals] { return known }
        if open.residuals.allSatisfy({ $0.residual.value != nil || $0.residual.error != nil }) {
            let decisions = Array(repeating: ColumnDecision(open.residuals, schema, nil), count: homes.count)
            settled[open.residuals] = decisions
            return decisions
        }
        var byHome: [Jurisdiction: ColumnDecision] = [:]
        var decisions: [ColumnDecision] = []
        for home in homes {
            let home = if case .home(let home) = home { home } else { catalog.homeWhenUnknown }
            if let known = byHome[home] {
                decisions.append(known)
                continue
            }
            // Only what is left of the policies is looked at again.
            let (request, entities) = question(action, facts, table, home: home.code, key: nil, row: record)
            let decision = ColumnDecision(open.substituting(request, entities).residuals, schema, rowTable)
            byHome[home] = decision
            decisions.append(decision)
        }
        settled[open.residuals] = decisions
        return decisions
    }

    /// - Parameters:
    ///   - key: Nil while it is not known.
    ///   - values: As of ``decisions(_:live:row:)``.
    func decision(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, home: String, key: String?,
        row values: [CedarString: Value?] = [:]
    ) -> ColumnDecision {
        let rowTable = rows.table(table)
        let residuals = residuals(
            action, facts, table, home: home, key: key, row: rowTable?.record(knowing: values))
        return ColumnDecision(residuals, schema, rowTable)
    }

    private func residuals(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, home: String?, key: String?,
        row: PartialRecord?
    ) -> [TypedResidualPolicy] {
        response(action, facts, table, home: home, key: key, row: row)?.residuals ?? []
    }

    /// Nil if the schema, which is ours, did not declare the action for these types: then nothing is permitted.
    private func response(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, home: String?, key: String?,
        row: PartialRecord?
    ) -> TypedPartialResponse? {
        let (request, entities) = question(action, facts, table, home: home, key: key, row: row)
        return try? policies.partiallyAuthorize(request, entities, schema: schema)
    }

    private func question(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, home: String?, key: String?,
        row: PartialRecord?
    ) -> (PartialRequest, PartialEntities) {
        let uid = model.uid(of: facts.name, table)
        let request = PartialRequest(
            principal: .known(model.principal), action: CedarModel.uid(action), resource: .known(uid),
            context: CedarModel.context)
        let column = model.column(facts, of: table, home: home, key: key, row: row)
        // Nothing is known of other columns, which must not count as that they are in no table.
        let entities = PartialEntities(model.entities, partlyKnown: [uid: column], openTypes: [CedarModel.column])
        return (request, entities)
    }
}
