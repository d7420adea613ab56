/// How a table's rows lead to people, against the live columns and foreign keys.
struct SubjectCheck {
    let table: CatalogTable
    let live: LiveTable
    let check: LiveCheck

    private var isRelation: Bool { live.kind == .table || live.kind == .partitioned }

    func run() {
        for (index, path) in table.subjects.enumerated() {
            let place = check.place(ofSubject: index, of: table)
            switch path {
            case .itself(let key, let home): itself(key: key, home: home, place)
            case .reference(let column, let target, let key, _): reference(column, to: target, key: key, place)
            }
        }
    }

    private func report(_ problem: Diagnostic) { check.collector.report(problem) }

    private func column(_ name: String, _ place: FilePlace) -> LiveColumn? {
        if let column = live.columns.first(where: { $0.name.isExactly(name) }) { return column }
        report(
            place.error(
                "the database has no column \(table.name).\(name)",
                nearest(to: name, among: live.columns.map(\.name)).map { "Did you mean \"\($0)\"?" }))
        return nil
    }

    private func itself(key: String, home: String, _ place: FilePlace) {
        if let column = column(home, place), !ColumnType(column.type).canHoldHome {
            report(
                place.error(
                    "home \(table.name).\(home) is \(column.type), in which unequal codes may be equal",
                    "Make it text: ALTER TABLE \(table.name) ALTER COLUMN \(home) TYPE text."))
        }
        guard let column = column(key, place) else { return }
        if !ColumnType(column.type).canBeKey {
            report(
                place.error(
                    "key \(table.name).\(key) is \(column.type), whose text form is not unique",
                    "A key is a whole number, a uuid or text."))
        }
        let isUnique = live.primaryKey.count == 1 && live.primaryKey.containsExactly(key)
        if isRelation, !isUnique, !live.uniqueColumns.containsExactly(key) {
            report(
                place.error(
                    "several rows of \(table.name) may share the key \(key), so whose home counts is not certain",
                    "ALTER TABLE \(table.name) ADD UNIQUE (\(key))."))
        }
    }

    private func reference(_ name: String, to target: TableName, key: String, _ place: FilePlace) {
        guard let column = column(name, place) else { return }
        guard let other = check.live(target), let keyColumn = other.columns.first(where: { $0.name.isExactly(key) })
        else { return }
        let types = (ColumnType(column.type).family, ColumnType(keyColumn.type).family)
        if types.0 != types.1 || types.0 == .other && !column.type.isExactly(keyColumn.type) {
            report(
                place.error(
                    "\(table.name).\(name) is \(column.type), but \(target).\(key) is \(keyColumn.type)",
                    "Only columns of the same kind of type lead anywhere."))
        }
        guard isRelation, other.kind == .table || other.kind == .partitioned else { return }
        let keys = live.foreignKeys.filter { $0.columns.containsExactly(name) }
        let leadsThere = keys.contains { foreign in
            foreign.referenced.isExactly(target)
                && zip(foreign.columns, foreign.referencedColumns).contains { $0.isExactly(name) && $1.isExactly(key) }
        }
        if leadsThere { return }
        if let elsewhere = keys.first(where: { $0.columns.count == 1 }) {
            report(
                place.error(
                    "\(table.name).\(name) refers to \(elsewhere.referenced), not to \(target)(\(key))",
                    "Write { column: \(name), table: \(elsewhere.referenced) }, or another column."))
        } else {
            report(
                place.warning(
                    "\(table.name).\(name) has no foreign key to \(target)(\(key)): rows that lead nowhere count as "
                        + "people of \(check.inputs.catalog.homeWhenUnknown)",
                    "ALTER TABLE \(table.name) ADD FOREIGN KEY (\(name)) REFERENCES \(target) (\(key))."))
        }
    }
}
