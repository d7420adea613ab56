/// Where `catalog.yaml` says what.
struct CatalogPlaces: Sendable {
    enum Part: Sendable, Hashable {
        case homeWhenUnknown
        case home(Jurisdiction)
        case store(ExactText)
        case table(store: ExactText, ExactText)
        /// The n-th way of a table to its data subjects.
        case subject(store: ExactText, ExactText, Int)
        case column(store: ExactText, ExactText, ExactText)
        case mask(store: ExactText, ExactText, ExactText)
    }

    var file: String
    var parts: [Part: FilePlace] = [:]

    subscript(part: Part) -> FilePlace { parts[part] ?? FilePlace(file: file, line: 1, column: 1) }

    func table(_ table: TableName, of store: String) -> FilePlace {
        self[.table(store: ExactText(store), table.exact)]
    }

    func subject(_ index: Int, of table: TableName, of store: String) -> FilePlace {
        parts[.subject(store: ExactText(store), table.exact, index)] ?? self.table(table, of: store)
    }

    func column(_ column: String, of table: TableName, of store: String) -> FilePlace {
        parts[.column(store: ExactText(store), table.exact, ExactText(column))] ?? self.table(table, of: store)
    }

    func mask(of column: String, of table: TableName, of store: String) -> FilePlace {
        parts[.mask(store: ExactText(store), table.exact, ExactText(column))]
            ?? self.column(column, of: table, of: store)
    }
}

extension TableName {
    /// Both parts by their bytes, which `==` of strings is not.
    var exact: ExactText { ExactText("\(schema)\0\(table)") }

    func isExactly(_ other: TableName) -> Bool { schema.isExactly(other.schema) && table.isExactly(other.table) }
}
