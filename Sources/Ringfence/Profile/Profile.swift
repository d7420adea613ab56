/// The set of all decisions of one session, in the form the enclosure compiles to SQL.
///
/// Two principals to whom policy grants the same have the same profile, and so the same ``digest``.
public struct Profile: Sendable, Hashable {
    public var store: String
    /// Everything in the store is clear to it, for reading and writing: the only kind that works on base tables.
    public var isWhollyClear: Bool
    /// Tables of which at least one column may be read or written, by name.
    public var tables: [TableProfile]

    public init(store: String, isWhollyClear: Bool, tables: [TableProfile]) {
        self.store = store
        self.isWhollyClear = isWhollyClear
        self.tables = tables
    }
}

/// What a profile may do with one table.
public struct TableProfile: Sendable, Hashable {
    public var name: TableName
    /// As in the catalog: several when a row is about several people.
    public var subjects: [SubjectPath]
    /// Every live column of the table, in the table's order.
    public var columns: [ColumnProfile]
    /// The rows that exist for the profile: those with a column that is clear or masked.
    public var visible: RowCondition
    /// The rows it may insert, as they will be; update (both before and after); delete.
    public var insert: RowCondition
    public var update: RowCondition
    public var delete: RowCondition

    public init(
        name: TableName, subjects: [SubjectPath], columns: [ColumnProfile], visible: RowCondition,
        insert: RowCondition, update: RowCondition, delete: RowCondition
    ) {
        self.name = name
        self.subjects = subjects
        self.columns = columns
        self.visible = visible
        self.insert = insert
        self.update = update
        self.delete = delete
    }
}

/// What a profile may do with one column: a cell is clear where `clear` holds, else masked where `masked` holds,
/// else NULL.
public struct ColumnProfile: Sendable, Hashable {
    public var name: String
    public var classification: Classification
    public var mask: Mask
    public var clear: RowCondition
    public var masked: RowCondition
    public var insert: RowCondition
    public var update: RowCondition

    public init(
        name: String, classification: Classification, mask: Mask, clear: RowCondition, masked: RowCondition,
        insert: RowCondition, update: RowCondition
    ) {
        self.name = name
        self.classification = classification
        self.mask = mask
        self.clear = clear
        self.masked = masked
        self.insert = insert
        self.update = update
    }
}

/// Which rows a decision covers, by the people the rows are about. Applied to a row with several data subjects, it
/// must hold for each of them.
///
/// Conditions are positive: whatever is not named is not covered. A subject whose home is NULL, dangling or outside
/// the catalog's list is covered where ``HomeSet/includesUnknown`` says so.
public struct RowCondition: Sendable, Hashable {
    /// Homes for which the decision is yes, whoever the subject is.
    public var homes: HomeSet
    /// Homes for which it depends on the subject's key: yes for a subject whose key satisfies one of these.
    public var keyed: [KeyedClause]

    public init(homes: HomeSet, keyed: [KeyedClause] = []) {
        self.homes = homes
        self.keyed = keyed
    }

    public static let never = RowCondition(homes: .none)
    public static let always = RowCondition(homes: .all)
}

public struct KeyedClause: Sendable, Hashable {
    public var homes: HomeSet
    public var predicate: KeyPredicate

    public init(homes: HomeSet, predicate: KeyPredicate) {
        self.homes = homes
        self.predicate = predicate
    }
}

/// A residual over the data subject's key (`resource.subject.id`, a Cedar string: the key's text form), and over the
/// row's own columns (`resource.row`).
public indirect enum KeyPredicate: Sendable, Hashable {
    case always, never
    case isOneOf([String])
    case isLike(pattern: [KeyPatternPart])
    /// Whatever the key is; it is TRUE or FALSE of each row.
    case row(RowTest)
    case not(KeyPredicate)
    case and(KeyPredicate, KeyPredicate)
    case or(KeyPredicate, KeyPredicate)
}

public enum KeyPatternPart: Sendable, Hashable {
    case literal(String)
    case wildcard
}

/// A set of homes out of the catalog's list, and whether people of unknown home belong to it.
public enum HomeSet: Sendable, Hashable {
    /// Every row, also one whose home is unknown, also in a table without subjects.
    case all
    case some(Set<Jurisdiction>, includesUnknown: Bool)

    public static let none = HomeSet.some([], includesUnknown: false)

    public var isEmpty: Bool { self == .none }
}
