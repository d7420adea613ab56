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
        var inquiry = try Inquiry(
            principal: principal, store: store, catalog: catalog, policies: policies, live: live)
        let unknown = live.isDescribed ? inquiry.policiesAskingOfRows : []
        guard unknown.isEmpty else { throw .rowsUnknown(unknown) }
        self.principal = principal
        self.store = name
        tables = []
        for table in store.tables {
            guard let live = live.tables.first(where: { $0.name.isExactly(table.name) }) else { continue }
            tables.append(inquiry.decisions(table, live: live))
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
