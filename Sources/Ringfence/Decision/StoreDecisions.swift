public import Cedar

/// What the catalog says of a column; for a column it does not name, that it is protected.
public struct ColumnFacts: Sendable, Hashable {
    public var name: String
    public var classification: Classification
    public var category: String?
    public var mask: Mask
    public var isCatalogued: Bool
}

/// Every decision of one principal in one store, with the policies that made it.
public struct StoreDecisions: Sendable {
    public var principal: Principal
    public var store: String
    /// The catalogued tables that are live, by name.
    public var tables: [TableDecisions]
}

public struct TableDecisions: Sendable {
    public var name: TableName
    public var subjects: [SubjectPath]
    /// Whose rows were asked about: the catalog's homes and unknown, or nobody.
    public var homes: [SubjectHome]
    /// Every live column in the table's order.
    public var columns: [ColumnDecisions]
}

public struct ColumnDecisions: Sendable {
    public var facts: ColumnFacts
    /// For each action, in the order of the table's ``TableDecisions/homes``.
    public var byAction: [DataAction: [ColumnDecision]]

    public subscript(action: DataAction) -> [ColumnDecision] { byAction[action] ?? [] }
}

extension StoreDecisions {
    /// Asks policy about every live column of every catalogued table.
    public init(
        principal: Principal, store name: String, catalog: Catalog, policies: PolicySet, live: LiveSchema
    ) throws(DecisionError) {
        guard let store = catalog.stores.first(where: { $0.name.isExactly(name) }) else { throw .noSuchStore(name) }
        let inquiry = Inquiry(
            model: try CedarModel(principal: principal, store: store), catalog: catalog, policies: policies)
        self.principal = principal
        self.store = name
        tables = store.tables.compactMap { table in
            live.tables.first { $0.name.isExactly(table.name) }.map { inquiry.decisions(table, live: $0) }
        }
        tables.sort { $0.name.exact < $1.name.exact }
    }
}

extension CatalogTable {
    func facts(of column: String) -> ColumnFacts {
        guard let known = columns.first(where: { $0.name.isExactly(column) }) else {
            return ColumnFacts(
                name: column, classification: .protected, category: nil, mask: .null, isCatalogued: false)
        }
        return ColumnFacts(
            name: column, classification: known.classification, category: known.category, mask: known.mask,
            isCatalogued: true)
    }
}

/// Puts the questions to Cedar.
private struct Inquiry {
    let model: CedarModel
    let catalog: Catalog
    let policies: PolicySet

    func decisions(_ table: CatalogTable, live: LiveTable) -> TableDecisions {
        let facts = live.columns.map { table.facts(of: $0.name) }
        let homes: [SubjectHome] =
            table.subjects.isEmpty ? [.nobody] : Set(catalog.homes).sorted().map(SubjectHome.home) + [.unknown]
        // Protected data of which nobody says whose it is may be anybody's.
        let isAboutNobody = table.subjects.isEmpty && !facts.contains { $0.classification == .protected }
        let columns = facts.map { facts in
            var byAction: [DataAction: [ColumnDecision]] = [:]
            for action in DataAction.allCases {
                byAction[action] =
                    table.subjects.isEmpty
                    ? [decision(action, facts, table.name, isAboutNobody: isAboutNobody)]
                    : decisions(action, facts, table.name, homes: homes)
            }
            return ColumnDecisions(facts: facts, byAction: byAction)
        }
        return TableDecisions(name: table.name, subjects: table.subjects, homes: homes, columns: columns)
    }

    private func decision(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, isAboutNobody: Bool
    ) -> ColumnDecision {
        let subject =
            isAboutNobody
            ? CedarModel.subject(home: CedarModel.homeOfNobody, id: .known(""))
            : CedarModel.subject(home: catalog.homeWhenUnknown.code, id: CedarModel.unknownKey)
        var decision = ColumnDecision(residuals(action, facts, table, subject))
        // There is no key to look at: only what holds for every key is allowed.
        if decision.allowed != .always {
            decision.allowed = .never
            decision.permits = []
        }
        return decision
    }

    private func decisions(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, homes: [SubjectHome]
    ) -> [ColumnDecision] {
        // What does not depend on the home at all, most of it, need not be asked once for each.
        let open = residuals(action, facts, table, CedarModel.subject(home: nil, id: CedarModel.unknownKey))
        if open.allSatisfy(\.residual.isDecided) {
            return Array(repeating: ColumnDecision(open), count: homes.count)
        }
        var byHome: [Jurisdiction: ColumnDecision] = [:]
        return homes.map { home in
            let home = if case .home(let home) = home { home } else { catalog.homeWhenUnknown }
            if let known = byHome[home] { return known }
            let subject = CedarModel.subject(home: home.code, id: CedarModel.unknownKey)
            let decision = ColumnDecision(residuals(action, facts, table, subject))
            byHome[home] = decision
            return decision
        }
    }

    private func residuals(
        _ action: DataAction, _ facts: ColumnFacts, _ table: TableName, _ subject: PartialValue
    ) -> [ResidualPolicy] {
        policies.partiallyAuthorize(
            principal: model.principal, action: CedarModel.uid(action),
            resource: model.resource(facts, of: table, subject: subject), context: CedarModel.context,
            entities: model.entities
        ).residuals
    }
}

extension Residual {
    fileprivate var isDecided: Bool {
        switch self {
        case .value, .error: true
        default: false
        }
    }
}
