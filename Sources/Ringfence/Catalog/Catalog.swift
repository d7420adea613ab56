/// What an operator declares about the protected data: where it is, what kind it is and whom it is about.
///
/// Loaded from `catalog.yaml`. What the catalog does not name is protected: an unknown table is refused, an unknown
/// column of a known table is protected and masked with ``Mask/null``.
public struct Catalog: Sendable, Hashable {
    /// The jurisdictions a data subject may be at home in. A home outside this list counts as `homeWhenUnknown`.
    public var homes: [Jurisdiction]
    /// The home of a data subject whose own home is missing or not in ``homes``.
    public var homeWhenUnknown: Jurisdiction
    public var stores: [Store]

    public init(homes: [Jurisdiction], homeWhenUnknown: Jurisdiction, stores: [Store]) {
        self.homes = homes
        self.homeWhenUnknown = homeWhenUnknown
        self.stores = stores
    }
}

/// One database that holds data: its place, its operator and its tables.
public struct Store: Sendable, Hashable {
    public var name: String
    public var jurisdiction: Jurisdiction
    public var operatorName: String
    public var tables: [CatalogTable]

    public init(name: String, jurisdiction: Jurisdiction, operatorName: String, tables: [CatalogTable]) {
        self.name = name
        self.jurisdiction = jurisdiction
        self.operatorName = operatorName
        self.tables = tables
    }
}

public struct CatalogTable: Sendable, Hashable {
    public var name: TableName
    public var subjects: [SubjectPath]
    public var columns: [CatalogColumn]

    public init(name: TableName, subjects: [SubjectPath], columns: [CatalogColumn]) {
        self.name = name
        self.subjects = subjects
        self.columns = columns
    }
}

/// How a row leads to one of the people it is about.
public enum SubjectPath: Sendable, Hashable {
    /// The row is the data subject: `key` is its key column, `home` the column that holds its jurisdiction.
    case itself(key: String, home: String)
    /// `column` refers to the key of a row of `table`, which is itself a subject table.
    case reference(column: String, table: TableName, key: String, home: String)
}

public struct CatalogColumn: Sendable, Hashable {
    public var name: String
    public var classification: Classification
    public var category: String?
    public var mask: Mask

    public init(name: String, classification: Classification, category: String?, mask: Mask) {
        self.name = name
        self.classification = classification
        self.category = category
        self.mask = mask
    }
}

public enum Classification: String, Sendable, Hashable, CaseIterable {
    case protected, `public`, interoperability, excepted
}

/// What stands in a cell whose clear value a principal may not read.
public enum Mask: Sendable, Hashable {
    case null
    /// A literal, given as PostgreSQL would read it for the column's type.
    case constant(String)
    /// `a***@example.com`: the first character and the domain.
    case email
    /// The last four characters, the others replaced by `*`.
    case last4
    /// 1 January of the year (dates, timestamps), or the year of the value.
    case year
    /// Rounded down to a multiple of `step` (numbers, coordinates), a decimal literal such as `0.1`.
    case coarse(step: String)
    /// A keyed, deterministic, joinable stand-in: HMAC-SHA-256 in hexadecimal (text), or folded to the type.
    case pseudonym
}

/// A table as PostgreSQL names it, both parts exactly as in its system catalogs.
public struct TableName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var schema: String
    public var table: String

    public init(schema: String, table: String) {
        self.schema = schema
        self.table = table
    }

    public var description: String { "\(schema).\(table)" }

    public static func < (left: TableName, right: TableName) -> Bool {
        (left.schema, left.table) < (right.schema, right.table)
    }
}

/// A jurisdiction by its ISO 3166-1 alpha-2 code, such as `US`.
public struct Jurisdiction: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let code: String

    /// Nil unless `code` is two letters `A`–`Z`.
    public init?(code: String) {
        let bytes = Array(code.utf8)
        guard bytes.count == 2, bytes.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else {
            return nil
        }
        self.code = code
    }

    public var description: String { code }

    public static func < (left: Jurisdiction, right: Jurisdiction) -> Bool { left.code < right.code }
}
