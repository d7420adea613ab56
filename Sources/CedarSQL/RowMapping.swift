public import Cedar

/// Which tables hold which entities, and where their attributes are.
public struct RowMapping: Sendable, Hashable {
    public var tables: [EntityTypeName: TableMapping]

    public init(_ tables: [EntityTypeName: TableMapping]) { self.tables = tables }
}

/// How the rows of one table are entities of one type.
public struct TableMapping: Sendable, Hashable {
    /// The table's name as it is written in SQL.
    public var table: String
    /// SQL of the identifier, of type `text` and never NULL: a column, or an expression such as `id::text`.
    public var id: String
    /// By path: `["home"]` is `resource.home`, `["subject", "home"]` is `resource.subject.home`, be `subject` a
    /// record or an entity whose row has been joined.
    public var attributes: [[CedarString]: ColumnMapping]
    /// What the entity directly belongs to, by the type of the group.
    public var parents: [EntityTypeName: ColumnMapping]

    public init(
        table: String, id: String, attributes: [[CedarString]: ColumnMapping] = [:],
        parents: [EntityTypeName: ColumnMapping] = [:]
    ) {
        self.table = table
        self.id = id
        self.attributes = attributes
        self.parents = parents
    }
}

/// SQL that has the value of an attribute in a row.
public struct ColumnMapping: Sendable, Hashable {
    /// A column, or an expression that cannot fail. It is the author's: nothing in it is checked.
    public var sql: String
    public var type: ColumnType
    /// Whether it is NULL for some rows, which then lack the attribute.
    public var isNullable: Bool
    /// Whether an array may have elements that are NULL; such a row fails wherever the attribute is used.
    public var hasNullElements: Bool

    public init(sql: String, type: ColumnType, isNullable: Bool, hasNullElements: Bool = true) {
        self.sql = sql
        self.type = type
        self.isNullable = isNullable
        self.hasNullElements = hasNullElements
    }
}

/// The type of a column, by which it is known what Cedar values its values are.
public enum ColumnType: Sendable, Hashable, CustomStringConvertible {
    /// `text` or `varchar`, whatever the collation. Not `char(n)` or `citext`, whose `=` is not Cedar's.
    case text
    /// `smallint`, `integer` or `bigint`. Milliseconds, where the attribute is a duration.
    case long
    case bool
    case timestamptz
    /// `numeric`, best `numeric(19, 4)`: a row with digits after the fourth is hidden from policies that ask for it.
    case numeric
    case inet
    case textArray
    case longArray
    /// The `text` identifier of an entity of this type.
    case entity(EntityTypeName)
    case entityArray(EntityTypeName)
    /// Anything that is NULL where the record is absent; its parts are mapped by their own paths.
    case record

    /// Whether it can hold what the schema declares.
    func holds(_ type: SchemaType) -> Bool {
        switch (self, type) {
        case (.text, .string), (.long, .long), (.long, .duration), (.bool, .bool), (.timestamptz, .datetime),
            (.numeric, .decimal), (.inet, .ipaddr), (.textArray, .set(.string)), (.longArray, .set(.long)),
            (.textArray, .set(.entity)), (.record, .record):
            true
        case (.entity(let mapped), .entity(let declared)), (.entityArray(let mapped), .set(.entity(let declared))):
            mapped == declared
        default: false
        }
    }

    public var description: String {
        switch self {
        case .text: "text"
        case .long: "long"
        case .bool: "bool"
        case .timestamptz: "timestamptz"
        case .numeric: "numeric"
        case .inet: "inet"
        case .textArray: "text[]"
        case .longArray: "long[]"
        case .entity(let type): "entity:\(type)"
        case .entityArray(let type): "entity:\(type)[]"
        case .record: "record"
        }
    }
}
