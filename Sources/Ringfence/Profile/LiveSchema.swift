/// What the live database's system catalogs say about the schemas that hold catalogued tables.
public struct LiveSchema: Sendable, Hashable {
    /// `server_version_num`, such as 150018.
    public var serverVersion: Int
    public var tables: [LiveTable]

    public init(serverVersion: Int, tables: [LiveTable]) {
        self.serverVersion = serverVersion
        self.tables = tables
    }

    /// Whether no database was asked: types and NOT NULL are then not known.
    public var isDescribed: Bool { serverVersion == 0 }

    public subscript(name: TableName) -> LiveTable? { tables.first { $0.name == name } }
}

public struct LiveTable: Sendable, Hashable {
    /// `pg_class.relkind`.
    public enum Kind: String, Sendable, Hashable {
        case table = "r"
        case partitioned = "p"
        case view = "v"
        case materializedView = "m"
        case foreign = "f"
    }

    public var name: TableName
    public var kind: Kind
    /// The partitioned table this is a partition of.
    public var partitionOf: TableName?
    public var columns: [LiveColumn]
    public var primaryKey: [String]
    /// Columns of unique constraints and indexes, the primary key's too.
    public var uniqueColumns: Set<String>
    public var foreignKeys: [ForeignKey]

    public init(
        name: TableName, kind: Kind, partitionOf: TableName?, columns: [LiveColumn], primaryKey: [String],
        uniqueColumns: Set<String>, foreignKeys: [ForeignKey]
    ) {
        self.name = name
        self.kind = kind
        self.partitionOf = partitionOf
        self.columns = columns
        self.primaryKey = primaryKey
        self.uniqueColumns = uniqueColumns
        self.foreignKeys = foreignKeys
    }

    public subscript(column name: String) -> LiveColumn? { columns.first { $0.name == name } }
}

public struct LiveColumn: Sendable, Hashable {
    public var name: String
    /// `format_type`, such as `character varying(20)`.
    public var type: String
    public var isNotNull: Bool
    /// GENERATED ALWAYS AS (…) STORED.
    public var isGenerated: Bool
    /// IDENTITY or a DEFAULT.
    public var hasDefault: Bool
    /// A validated CHECK keeps NULL out of the elements of this array.
    public var hasNoNullElements: Bool

    public init(
        name: String, type: String, isNotNull: Bool, isGenerated: Bool, hasDefault: Bool,
        hasNoNullElements: Bool = false
    ) {
        self.name = name
        self.type = type
        self.isNotNull = isNotNull
        self.isGenerated = isGenerated
        self.hasDefault = hasDefault
        self.hasNoNullElements = hasNoNullElements
    }
}

public struct ForeignKey: Sendable, Hashable {
    public var columns: [String]
    public var referenced: TableName
    public var referencedColumns: [String]

    public init(columns: [String], referenced: TableName, referencedColumns: [String]) {
        self.columns = columns
        self.referenced = referenced
        self.referencedColumns = referencedColumns
    }
}
