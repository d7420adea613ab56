internal import Cedar
internal import CedarSQL

/// What policies can ask of the row itself, as `resource.row.<schema>.<table>.<column>`: the columns of the live tables
/// whose values are Cedar's values, and compare as they do.
struct RowVocabulary: Sendable {
    static let attribute: CedarString = "row"

    struct Table: Sendable {
        let name: TableName
        let columns: [CedarString: RecordType.Attribute]
        let mapping: TableMapping
        /// Why a column is not among them.
        let omitted: [CedarString: String]

        /// `["row", "app", "messages"]`
        var path: [CedarString] { [attribute, CedarString(name.schema), CedarString(name.table)] }
    }

    /// The catalogued tables of the store that are live; none where there is no database.
    let tables: [Table]

    static let none = RowVocabulary(tables: [])

    private init(tables: [Table]) { self.tables = tables }

    init(_ store: Store, _ live: LiveSchema) {
        guard !live.isDescribed else {
            tables = []
            return
        }
        tables = store.tables.compactMap { table in
            live.tables.first { $0.name.isExactly(table.name) }.map { Table($0) }
        }
    }

    func table(_ name: TableName) -> Table? { tables.first { $0.name.isExactly(name) } }

    /// The type of `resource.row`: of all tables a row is of one, so each is optional. Nil if there are none.
    var type: RecordType? {
        guard !tables.isEmpty else { return nil }
        let bySchema = Dictionary(grouping: tables) { CedarString($0.name.schema) }
        return RecordType(
            bySchema.mapValues { tables in
                let records = tables.map {
                    (
                        CedarString($0.name.table),
                        RecordType.Attribute(.record(RecordType($0.columns)), isRequired: false)
                    )
                }
                return RecordType.Attribute(
                    .record(RecordType(Dictionary(records) { first, _ in first })), isRequired: false)
            })
    }
}

extension RowVocabulary.Table {
    init(_ live: LiveTable) {
        name = live.name
        var columns: [CedarString: RecordType.Attribute] = [:]
        var omitted: [CedarString: String] = [:]
        var attributes: [[CedarString]: ColumnMapping] = [:]
        let path = [RowVocabulary.attribute, CedarString(live.name.schema), CedarString(live.name.table)]
        for column in live.columns {
            let name = CedarString(column.name)
            switch RowColumn(column) {
            case .omitted(let reason): omitted[name] = reason
            case .mapped(let type, let mapping):
                columns[name] = RecordType.Attribute(type, isRequired: column.isNotNull)
                attributes[path + [name]] = mapping
            }
        }
        self.columns = columns
        self.omitted = omitted
        mapping = TableMapping(table: live.name.description, id: "''", attributes: attributes)
    }

    /// `resource.row` of a row of which nothing is known but `values`.
    ///
    /// - Parameter values: By column; a column that is NULL is nil.
    func record(knowing values: [CedarString: Value?] = [:]) -> PartialRecord {
        var fields: [CedarString: PartialRecord.Field] = [:]
        for column in columns.keys {
            switch values[column] {
            case .none: fields[column] = .unknown
            case .some(.none): continue
            case .some(.some(let value)): fields[column] = .known(value)
            }
        }
        let table = PartialRecord([CedarString(name.table): .partly(PartialRecord(fields))])
        return PartialRecord([CedarString(name.schema): .partly(table)])
    }
}

/// A column as an attribute, or why it is none.
enum RowColumn {
    case mapped(SchemaType, ColumnMapping)
    case omitted(String)

    init(_ column: LiveColumn) {
        // Changing what it is computed from could move a row to where it is clear.
        guard !column.isGenerated else {
            self = .omitted("it is computed from other columns")
            return
        }
        let name = "\"" + column.name.replacing("\"", with: "\"\"") + "\""
        func mapped(_ type: SchemaType, _ columnType: CedarSQL.ColumnType, cast: String = "") -> RowColumn {
            .mapped(
                type,
                ColumnMapping(
                    sql: name + cast, type: columnType, isNullable: !column.isNotNull, hasNullElements: false))
        }
        let base = String(column.type.prefix { $0 != "(" })
        switch column.type {
        case "text": self = mapped(.string, .text)
        // As text, so that no operator of somebody else's is a better match.
        case "character varying": self = mapped(.string, .text, cast: "::text")
        case "smallint", "integer", "bigint": self = mapped(.long, .long)
        case "boolean": self = mapped(.bool, .bool)
        case "inet": self = mapped(.ipaddr, .inet)
        case "text[]":
            self =
                column.hasNoNullElements
                ? mapped(.set(.string), .textArray)
                : .omitted(
                    "an element may be NULL; ALTER TABLE … ADD CHECK (array_position(\(name), NULL) IS NULL) rules that out"
                )
        case _ where base == "character varying" && !column.type.hasSuffix("]"):
            self = mapped(.string, .text, cast: "::text")
        case _ where column.type.hasPrefix("timestamp") && column.type.hasSuffix(" with time zone"):
            self = mapped(.datetime, .timestamptz)
        case _ where base == "numeric" && !column.type.hasSuffix("]"):
            let scale = ColumnType(column.type).scale
            self =
                scale.map { (0...4).contains($0) } == true
                ? mapped(.decimal, .numeric)
                : .omitted("a Cedar decimal has four digits after the point: numeric(p, s) with s up to 4 is one")
        case "timestamp without time zone", "date":
            self = .omitted("\(column.type) says no moment; timestamp with time zone does")
        case "citext": self = .omitted("citext compares without regard to case, and Cedar does not")
        case _ where base == "character" || base == "bpchar":
            self = .omitted("\(column.type) is padded with blanks; text or varchar is not")
        case "real", "double precision": self = .omitted("Cedar has no floating-point numbers")
        default: self = .omitted("Cedar has nothing like \(column.type)")
        }
    }
}
