/// A profile as bytes, the same for profiles that mean the same: what has no order is sorted by its bytes.
///
/// Every text and list is preceded by its length, so no two profiles share an encoding.
enum CanonicalProfile {
    static let version = "ringfence/profile/v1"

    static func encode(_ profile: Profile, catalog: Catalog, live: LiveSchema) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.text(version)
        encoder.text(profile.store)
        encoder.flag(profile.isWhollyClear)
        encoder.texts(catalog.homes.map(\.code).sorted { ExactText($0) < ExactText($1) })
        encoder.text(catalog.homeWhenUnknown.code)
        encoder.unordered(profile.tables) { $0.table($1) }
        var names = profile.tables.map(\.name)
        for path in profile.tables.flatMap(\.subjects) {
            if case .reference(_, let table, _, _) = path { names.append(table) }
        }
        let liveTables = live.tables.filter { table in names.contains { $0.isExactly(table.name) } }
        encoder.unordered(liveTables) { $0.live($1) }
        return encoder.bytes
    }
}

struct CanonicalEncoder {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ value: Int) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: UInt64(bitPattern: Int64(value)) >> UInt64(shift)))
        }
    }

    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    /// Which case of an enum follows.
    mutating func tag(_ value: UInt8) { bytes.append(value) }

    mutating func text(_ text: String) {
        number(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func texts(_ texts: [String]) { ordered(texts) { $0.text($1) } }

    mutating func optional<Value>(_ value: Value?, _ encode: (inout CanonicalEncoder, Value) -> Void) {
        flag(value != nil)
        if let value { encode(&self, value) }
    }

    mutating func ordered<Element>(_ elements: [Element], _ encode: (inout CanonicalEncoder, Element) -> Void) {
        number(elements.count)
        for element in elements { encode(&self, element) }
    }

    mutating func unordered<Element>(
        _ elements: some Collection<Element>, _ encode: (inout CanonicalEncoder, Element) -> Void
    ) {
        let parts = elements.map { element in
            var encoder = CanonicalEncoder()
            encode(&encoder, element)
            return encoder.bytes
        }
        number(parts.count)
        for part in parts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            number(part.count)
            bytes.append(contentsOf: part)
        }
    }
}

extension CanonicalEncoder {
    mutating func tableName(_ name: TableName) {
        text(name.schema)
        text(name.table)
    }

    mutating func table(_ table: TableProfile) {
        tableName(table.name)
        unordered(table.subjects) { $0.subject($1) }
        ordered(table.columns) { $0.column($1) }
        for rows in [table.visible, table.insert, table.update, table.delete] { condition(rows) }
    }

    private mutating func column(_ column: ColumnProfile) {
        text(column.name)
        text(column.classification.rawValue)
        mask(column.mask)
        for rows in [column.clear, column.masked, column.insert, column.update] { condition(rows) }
    }

    private mutating func subject(_ path: SubjectPath) {
        switch path {
        case .itself(let key, let home):
            tag(0)
            texts([key, home])
        case .reference(let column, let table, let key, let home):
            tag(1)
            text(column)
            tableName(table)
            texts([key, home])
        }
    }

    private mutating func mask(_ mask: Mask) {
        switch mask {
        case .null: tag(0)
        case .constant(let literal):
            tag(1)
            text(literal)
        case .email: tag(2)
        case .last4: tag(3)
        case .year: tag(4)
        case .coarse(let step):
            tag(5)
            text(step)
        case .pseudonym: tag(6)
        }
    }

    mutating func condition(_ rows: RowCondition) {
        homes(rows.homes)
        unordered(rows.keyed) { encoder, clause in
            encoder.homes(clause.homes)
            encoder.predicate(clause.predicate)
        }
    }

    private mutating func homes(_ homes: HomeSet) {
        switch homes {
        case .all: tag(0)
        case .some(let homes, let includesUnknown):
            tag(1)
            unordered(homes) { $0.text($1.code) }
            flag(includesUnknown)
        }
    }

    mutating func predicate(_ predicate: KeyPredicate) {
        switch predicate {
        case .always: tag(0)
        case .never: tag(1)
        case .isOneOf(let keys):
            tag(2)
            unordered(keys) { $0.text($1) }
        case .isLike(let pattern):
            tag(3)
            ordered(pattern) { encoder, part in
                switch part {
                case .literal(let text):
                    encoder.tag(0)
                    encoder.text(text)
                case .wildcard: encoder.tag(1)
                }
            }
        case .not(let inner):
            tag(4)
            self.predicate(inner)
        case .and(let left, let right):
            tag(5)
            unordered([left, right]) { $0.predicate($1) }
        case .or(let left, let right):
            tag(6)
            unordered([left, right]) { $0.predicate($1) }
        case .row(let test):
            tag(7)
            text(test.text)
            text(test.sql(of: "row"))
        }
    }

    mutating func live(_ table: LiveTable) {
        tableName(table.name)
        text(table.kind.rawValue)
        optional(table.partitionOf) { $0.tableName($1) }
        ordered(table.columns) { encoder, column in
            encoder.text(column.name)
            encoder.text(column.type + (column.hasNoNullElements ? " without NULL" : ""))
            for fact in [column.isNotNull, column.isGenerated, column.hasDefault] { encoder.flag(fact) }
        }
        texts(table.primaryKey)
        unordered(table.uniqueColumns) { $0.text($1) }
        unordered(table.foreignKeys) { encoder, key in
            encoder.texts(key.columns)
            encoder.tableName(key.referenced)
            encoder.texts(key.referencedColumns)
        }
    }
}
