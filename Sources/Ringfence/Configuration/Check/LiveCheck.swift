/// The catalog against the live database.
struct LiveCheck {
    let inputs: RingfenceInputs
    let live: LiveSchema
    let collector: ProblemCollector

    private var store: Store { inputs.store }
    private var places: CatalogPlaces { inputs.places.catalog }

    func run() {
        for table in store.tables {
            guard let liveTable = self.live(table.name) else {
                let meant = nearest(to: table.name.description, among: live.tables.map(\.name.description))
                collector.report(
                    place(table).error(
                        "the database has no table \(table.name)",
                        meant.map { "Did you mean \($0)?" } ?? "Create the table, or take it out of the catalog."))
                continue
            }
            columns(of: table, liveTable)
            if let parent = liveTable.partitionOf {
                collector.report(
                    place(table).warning(
                        "\(table.name) is a partition of \(parent)",
                        "Name only \(parent): what is said here need not agree with it."))
            }
            SubjectCheck(table: table, live: liveTable, check: self).run()
        }
        uncatalogued()
    }

    func live(_ name: TableName) -> LiveTable? { live.tables.first { $0.name.isExactly(name) } }

    func place(_ table: CatalogTable) -> FilePlace { places.table(table.name, of: store.name) }

    func place(ofSubject index: Int, of table: CatalogTable) -> FilePlace {
        places.subject(index, of: table.name, of: store.name)
    }

    private func columns(of table: CatalogTable, _ live: LiveTable) {
        let names = live.columns.map(\.name)
        for column in table.columns {
            let place = places.column(column.name, of: table.name, of: store.name)
            guard let liveColumn = live.columns.first(where: { $0.name.isExactly(column.name) }) else {
                let unnamed = names.filter { name in !table.columns.contains { $0.name.isExactly(name) } }
                collector.report(
                    place.error(
                        "the database has no column \(table.name).\(column.name)",
                        nearest(to: column.name, among: unnamed).map { "Did you mean \"\($0)\"?" }
                            ?? "Take it out of the catalog."))
                continue
            }
            let type = ColumnType(liveColumn.type)
            if let needed = type.defect(of: column.mask) {
                collector.report(
                    places.mask(of: column.name, of: table.name, of: store.name).error(
                        "mask \(column.mask.words) is for \(needed), and \(table.name).\(column.name) is \(liveColumn.type)",
                        "Choose another mask; null fits every type."))
            }
        }
        for name in names where !table.columns.contains(where: { $0.name.isExactly(name) }) {
            collector.report(
                place(table).warning(
                    "column \(table.name).\(name) is not in the catalog, so it is protected and masked with NULL",
                    "Add \(name): { classification: protected, category: …, mask: … } to be explicit."))
        }
    }

    /// What lies in the catalog's schemas and is not in the catalog.
    private func uncatalogued() {
        let schemas = store.tables.map(\.name.schema)
        let catalogued = store.tables.map(\.name)
        let place = places[.store(ExactText(store.name))]
        for table in live.tables.sorted(by: { $0.name.exact < $1.name.exact }) {
            guard schemas.containsExactly(table.name.schema), !catalogued.contains(where: table.name.isExactly) else {
                continue
            }
            switch table.kind {
            case .view:
                collector.report(
                    place.warning(
                        "view \(table.name) is not in the catalog, so nobody can use it through the gateway",
                        "Describe its columns like a table's if people need it."))
            case .materializedView:
                collector.report(
                    place.warning(
                        "materialized view \(table.name) is not in the catalog, so it is refused, and nobody has the "
                            + "whole store clear", "Describe it: it holds a copy of its tables' data."))
            case .table, .partitioned, .foreign:
                if let parent = table.partitionOf, catalogued.contains(where: parent.isExactly) { continue }
                if let parent = table.partitionOf, let other = self.live(parent), other.partitionOf != nil { continue }
                collector.report(
                    place.warning(
                        "table \(table.name) is not in the catalog, so it is refused, and nobody has the whole store clear",
                        "Describe it."))
            }
        }
    }
}
