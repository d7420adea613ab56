extension Profile {
    /// What a principal's decisions come to.
    init(_ decisions: StoreDecisions, catalog: Catalog, live: LiveSchema) {
        let all = decisions.tables.map { TableProfile($0) }
        let catalogued = catalog.stores.first { $0.name.isExactly(decisions.store) }?.tables ?? []
        let isWhollyClear =
            !all.isEmpty && all.allSatisfy(\.isWhollyClear) && live.holdsNothing(but: catalogued.map(\.name))
        self.init(
            store: decisions.store, isWhollyClear: isWhollyClear, tables: all.filter { !$0.isAbsent })
    }
}

extension TableProfile {
    init(_ table: TableDecisions) {
        // Most columns of a table are decided alike.
        var known: [[KeyPredicate]: RowCondition] = [:]
        func condition(_ predicates: [KeyPredicate]) -> RowCondition {
            if let condition = known[predicates] { return condition }
            let condition = RowCondition(zip(table.homes, predicates).map { (home: $0, predicate: $1) })
            known[predicates] = condition
            return condition
        }
        func anyColumn(_ predicates: (ColumnDecisions) -> [KeyPredicate]) -> RowCondition {
            let different = Set(table.columns.map(predicates))
            return condition(table.homes.indices.map { home in .any(of: different.map { $0[home] }) })
        }
        let columns = table.columns.map { column in
            ColumnProfile(
                name: column.facts.name, classification: column.facts.classification, mask: column.facts.mask,
                clear: condition(column[.read].map(\.allowed)), masked: condition(column.readable),
                insert: condition(column[.insert].map(\.allowed)), update: condition(column[.update].map(\.allowed)))
        }
        self.init(
            name: table.name, subjects: table.subjects, columns: columns, visible: anyColumn(\.readable),
            insert: anyColumn { $0[.insert].map(\.allowed) }, update: anyColumn { $0[.update].map(\.allowed) },
            delete: condition(table.deletable))
    }

    /// The columns that questions to the row look at: another value in them could make it a row that is clear.
    public var testedColumns: Set<String> {
        let conditions =
            [visible, insert, update, delete] + columns.flatMap { [$0.clear, $0.masked, $0.insert, $0.update] }
        return conditions.reduce(into: []) { $0.formUnion($1.rowTests.flatMap(\.columns)) }
    }

    /// Nothing in it may be read or written.
    var isAbsent: Bool { visible.isNever && insert.isNever && update.isNever && delete.isNever }

    var isWhollyClear: Bool {
        delete == .always
            && columns.allSatisfy { $0.clear == .always && $0.insert == .always && $0.update == .always }
    }

    /// Conditions of which one must hold for every subject of a row, if the row is to have a cell that is not NULL.
    ///
    /// One condition, and then ``visible``, unless columns differ in whose cells they show: in a row about several
    /// people each might be covered by another column, so that `visible` holds and yet no cell shows.
    public var visibleAlternatives: [RowCondition] {
        var kept: [RowCondition] = []
        for condition in columns.map(\.masked) where !kept.contains(where: { $0.includes(condition) }) {
            kept.removeAll { condition.includes($0) }
            kept.append(condition)
        }
        return kept
    }
}

extension RowCondition {
    /// Whether all that `other` covers is certainly covered by this too.
    fileprivate func includes(_ other: RowCondition) -> Bool {
        if homes == .all || self == other || other.isNever { return true }
        guard case .some(let mine, let mineUnknown) = homes, case .some(let others, let othersUnknown) = other.homes
        else {
            return false
        }
        return others.isSubset(of: mine) && (mineUnknown || !othersUnknown)
            && other.keyed.allSatisfy { clause in
                keyed.contains(clause)
                    || {
                        guard case .some(let homes, let unknown) = clause.homes else { return false }
                        return homes.isSubset(of: mine) && (mineUnknown || !unknown)
                    }()
            }
    }
}

extension ColumnDecisions {
    /// Clear or masked: what may be read may be masked.
    fileprivate var readable: [KeyPredicate] {
        zip(self[.read], self[.readMasked]).map { .any(of: [$0.allowed, $1.allowed]) }
    }
}

extension TableDecisions {
    /// A row may be deleted if that is permitted for each of its protected columns, for each column if none is
    /// protected, and forbidden for none.
    fileprivate var deletable: [KeyPredicate] {
        let protected = columns.filter { $0.facts.classification == .protected }
        let mustPermit = Set((protected.isEmpty ? columns : protected).map { $0[.delete].map(\.allowed) })
        let mustNotForbid = Set(columns.map { $0[.delete].map(\.forbidden) })
        return homes.indices.map { home in
            let permitted = mustPermit.map { $0[home] }
            let unforbidden = mustNotForbid.map { KeyPredicate.negation(of: $0[home]) }
            let all = KeyPredicate.all(of: permitted + unforbidden)
            if mustPermit.isEmpty || all.nodeCount > KeyPredicate.nodesMax { return .never }
            // In a table without subjects there is no key to look at.
            return homes[home] == .nobody && all.dependsOnKey ? .never : all
        }
    }
}

extension LiveSchema {
    /// Whether the catalog names everything in its schemas that holds data: views hold none of their own, and a
    /// partition's data is its table's.
    fileprivate func holdsNothing(but catalogued: [TableName]) -> Bool {
        let names = Set(catalogued.map(\.exact))
        let schemas = Set(catalogued.map { ExactText($0.schema) })
        return tables.allSatisfy { table in
            if table.kind == .view || !schemas.contains(ExactText(table.name.schema)) { return true }
            var current: LiveTable? = table
            for _ in 0..<64 {
                guard let candidate = current else { return false }
                if names.contains(candidate.name.exact) { return true }
                current = candidate.partitionOf.flatMap { parent in tables.first { $0.name.isExactly(parent) } }
            }
            return false
        }
    }
}
