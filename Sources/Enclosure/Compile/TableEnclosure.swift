import Ringfence

/// One table's part of a profile, with what its columns become.
struct TableEnclosure {
    let profile: TableProfile
    let live: LiveTable
    let names: EnclosureNames
    let schema: LiveSchema
    let homes: [Jurisdiction]

    init(_ profile: TableProfile, names: EnclosureNames, schema: LiveSchema, homes: [Jurisdiction])
        throws(EnclosureError)
    {
        guard let live = schema[profile.name] else {
            throw EnclosureError(
                code: .incompatible, message: "Table \(profile.name) is in the profile but not in the database.",
                remedy: "Run `ringfence check`.")
        }
        self.profile = profile
        self.live = live
        self.names = names
        self.schema = schema
        self.homes = homes
    }

    var base: String { SQLText.qualified(profile.name.schema, profile.name.table) }
    var view: String { SQLText.qualified(names.schema(for: profile.name.schema), profile.name.table) }
    var copyView: String {
        SQLText.qualified(names.schema(for: profile.name.schema), EnclosureNames.copyTarget(of: profile.name))
    }

    func conditions(of row: String) -> ConditionSQL {
        ConditionSQL(catalogHomes: homes, subjects: profile.subjects, live: schema, row: row)
    }

    /// Whether the cell can stand in the view as it is.
    ///
    /// A cell of a filtered table cannot: comparison operators run below the filter, and EXPLAIN would count the hidden
    /// rows that match a guess. Keys stay, or nothing could be looked up by an index: whether a key exists can be learnt.
    func isBare(_ column: ColumnProfile) -> Bool {
        if column.clear == .always { return true }
        return column.clear == profile.visible && isKey(column.name) && column.classification != .protected
    }

    private func isKey(_ column: String) -> Bool {
        live.primaryKey.contains(column) || profile.subjects.contains { $0.keyColumn == column }
            || live.foreignKeys.contains { $0.columns.contains(column) }
    }

    var hidesSomething: Bool { profile.visible != .always || profile.columns.contains { !isBare($0) } }

    func selected(_ column: ColumnProfile, _ liveColumn: LiveColumn) -> String {
        let cell = "t.\(SQLText.identifier(column.name))"
        guard !isBare(column) else { return cell }
        let conditions = conditions(of: "t")
        var branches: [String] = []
        if !column.clear.isNever, let clear = conditions.expression(column.clear) {
            branches.append("WHEN \(clear) THEN \(cell)")
        }
        if !column.masked.isNever, let mask = MaskSQL(column: liveColumn, cell: cell).expression(column.mask) {
            guard let masked = conditions.expression(column.masked) else {
                branches.append("ELSE \(mask)")
                return branches.count == 1 ? "\(mask) AS \(SQLText.identifier(column.name))" : caseOf(branches, column)
            }
            branches.append("WHEN \(masked) THEN \(mask)")
        }
        guard !branches.isEmpty else { return "NULL::\(liveColumn.type) AS \(SQLText.identifier(column.name))" }
        return caseOf(branches, column)
    }

    private func caseOf(_ branches: [String], _ column: ColumnProfile) -> String {
        "CASE \(branches.joined(separator: " ")) END AS \(SQLText.identifier(column.name))"
    }

    /// The columns of the profile that the table has, in the table's order.
    var columns: [(profile: ColumnProfile, live: LiveColumn)] {
        profile.columns.compactMap { column in live[column: column.name].map { (column, $0) } }
    }
}
