internal import Cedar

/// Puts the questions of one principal to Cedar, none of them twice.
struct Inquiry {
    /// A column, and what is known of one of its rows.
    private struct About {
        let facts: ColumnFacts
        let uid: EntityUID
        let table: TableName
        /// Nil while it is not known, as is `key`.
        var home: String?
        var key: String?
        let row: PartialRecord?
        let rowTable: RowVocabulary.Table?
    }

    private struct Asked: Hashable {
        let action: DataAction
        let hasSubjects: Bool
        let distinction: OpenQuestion.Distinction
    }

    /// What is left of policies asks for the home, the key and the row alone, and is the same for most columns.
    private struct Left: Hashable {
        let residuals: [TypedResidualPolicy]
        let table: ExactText?
    }

    private let model: CedarModel
    private let catalog: Catalog
    private let policies: PolicySet
    private let schema: Schema
    let rows: RowVocabulary
    /// The homes that rows about somebody may have.
    private let homes: [SubjectHome]
    /// None for an action that the schema, which is ours, does not declare: then nothing is permitted.
    private let questions: [DataAction: OpenQuestion]
    private var answers: [Asked: [ColumnDecision]] = [:]
    private var settled: [Left: [ColumnDecision]] = [:]

    init(
        principal: Principal, store: Store, catalog: Catalog, policies: PolicySet, live: LiveSchema
    ) throws(DecisionError) {
        model = try CedarModel(principal: principal, store: store)
        rows = RowVocabulary(store, live)
        schema = PolicySchema.schema(catalog, teams: [], rows: rows)
        homes = Set(catalog.homes).sorted().map(SubjectHome.home) + [.unknown]
        self.catalog = catalog
        self.policies = policies
        let entities = PartialEntities(model.entities, openTypes: [CedarModel.column])
        var questions: [DataAction: OpenQuestion] = [:]
        for action in DataAction.allCases {
            let request = PartialRequest(
                principal: .known(model.principal), action: CedarModel.uid(action),
                resource: .unknown(CedarModel.column), context: CedarModel.context)
            let response = try? policies.partiallyAuthorize(request, entities, schema: schema)
            questions[action] = response.map { OpenQuestion($0) }
        }
        self.questions = questions
    }

    /// Those that cannot be answered without a database; none where there is one.
    var policiesAskingOfRows: [PolicyID] {
        let questions = ExpressibilityReview(schema, rows, policies).questionsToUnknownRows()
        return policies.policies.map(\.id).filter { questions[$0] != nil }
    }

    /// - Parameter row: What is known of the row, by column; a column that is NULL is nil.
    mutating func decisions(
        _ table: CatalogTable, live: LiveTable, row: [CedarString: Value?] = [:]
    ) -> TableDecisions {
        let facts = live.columns.map { table.facts(of: $0.name) }
        let rowTable = rows.table(table.name)
        let record = rowTable?.record(knowing: row)
        // Protected data of which nobody says whose it is may be anybody's.
        let isAboutNobody = table.subjects.isEmpty && !facts.contains { $0.classification == .protected }
        let columns = facts.map { facts in
            var about = About(
                facts: facts, uid: model.uid(of: facts.name, table.name), table: table.name, home: nil, key: nil,
                row: record, rowTable: rowTable)
            if table.subjects.isEmpty {
                about.home = isAboutNobody ? CedarModel.homeOfNobody : catalog.homeWhenUnknown.code
                about.key = isAboutNobody ? "" : nil
            }
            let column = column(about)
            let byAction = DataAction.allCases.map { ($0, decisions($0, about, column)) }
            return ColumnDecisions(facts: facts, byAction: Dictionary(uniqueKeysWithValues: byAction))
        }
        return TableDecisions(
            name: table.name, subjects: table.subjects, homes: table.subjects.isEmpty ? [.nobody] : homes,
            columns: columns)
    }

    /// For each home that the table's rows may have.
    private mutating func decisions(
        _ action: DataAction, _ about: About, _ column: PartialEntities.PartlyKnown
    ) -> [ColumnDecision] {
        let hasSubjects = about.home == nil
        guard let question = questions[action] else {
            return Array(repeating: .nothing, count: hasSubjects ? homes.count : 1)
        }
        let asked = Asked(
            action: action, hasSubjects: hasSubjects, distinction: question.distinction(of: about.uid, column))
        if let known = answers[asked] { return known }
        let open = question.response.substituting(request(action, about), entities(about, column))
        let decisions = hasSubjects ? byHome(open, action, about) : [decision(ofNobody: open, about)]
        // A failure names the column.
        if !decisions.contains(where: { $0.failures.contains { !$0.isInexpressible } }) {
            answers[asked] = decisions
        }
        return decisions
    }

    private func decision(ofNobody response: TypedPartialResponse, _ about: About) -> ColumnDecision {
        var decision = ColumnDecision(response.residuals, schema, about.rowTable)
        // There is no key to look at: only what holds for every key is allowed.
        if decision.allowed.dependsOnKey {
            decision.allowed = .never
            decision.permits = []
        }
        return decision
    }

    private mutating func byHome(
        _ open: TypedPartialResponse, _ action: DataAction, _ about: About
    ) -> [ColumnDecision] {
        // What does not depend on the home at all, most of it, need not be asked once for each.
        if open.residuals.allSatisfy({ $0.residual.value != nil || $0.residual.error != nil }) {
            return Array(repeating: ColumnDecision(open.residuals, schema, nil), count: homes.count)
        }
        let left = Left(
            residuals: open.residuals,
            table: open.residuals.contains { ResidualReads($0.residual).row } ? about.table.exact : nil)
        if let known = settled[left] { return known }
        var byHome: [String: ColumnDecision] = [:]
        let decisions = homes.map { home in
            let code = if case .home(let home) = home { home.code } else { catalog.homeWhenUnknown.code }
            if let known = byHome[code] { return known }
            var about = about
            about.home = code
            let response = open.substituting(request(action, about), entities(about, column(about)))
            let decision = ColumnDecision(response.residuals, schema, about.rowTable)
            byHome[code] = decision
            return decision
        }
        settled[left] = decisions
        return decisions
    }

    /// - Parameters:
    ///   - key: Nil while it is not known.
    ///   - values: As of ``decisions(_:live:row:)``.
    func decision(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, home: String, key: String?,
        row values: [CedarString: Value?] = [:]
    ) -> ColumnDecision {
        guard let question = questions[action] else { return .nothing }
        let rowTable = rows.table(table)
        let about = About(
            facts: facts, uid: model.uid(of: facts.name, table), table: table, home: home, key: key,
            row: rowTable?.record(knowing: values), rowTable: rowTable)
        let response = question.response.substituting(request(action, about), entities(about, column(about)))
        return ColumnDecision(response.residuals, schema, rowTable)
    }

    private func column(_ about: About) -> PartialEntities.PartlyKnown {
        model.column(about.facts, of: about.table, home: about.home, key: about.key, row: about.row)
    }

    private func request(_ action: DataAction, _ about: About) -> PartialRequest {
        PartialRequest(
            principal: .known(model.principal), action: CedarModel.uid(action), resource: .known(about.uid),
            context: CedarModel.context)
    }

    private func entities(_ about: About, _ column: PartialEntities.PartlyKnown) -> PartialEntities {
        // Nothing is known of other columns, which must not count as that they are in no table.
        PartialEntities(model.entities, partlyKnown: [about.uid: column], openTypes: [CedarModel.column])
    }
}
