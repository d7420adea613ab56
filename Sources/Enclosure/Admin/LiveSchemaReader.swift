import Ringfence

/// Reads what the system catalogs say of some schemas.
struct LiveSchemaReader {
    let connection: AdminConnection

    func read(_ schemas: [String]) throws(EnclosureError) -> LiveSchema {
        let version = try connection.rows("SELECT current_setting('server_version_num')").first?.first ?? nil
        let names =
            "{"
            + schemas.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }.joined(
                separator: ",") + "}"
        let columns = Dictionary(grouping: try connection.rows(Self.columns, [names])) { $0[0] ?? "" }
        let uniques = Dictionary(grouping: try connection.rows(Self.uniques, [names])) { $0[0] ?? "" }
        let foreignKeys = Dictionary(grouping: try connection.rows(Self.foreignKeys, [names])) { $0[0] ?? "" }
        let tables = try connection.rows(Self.tables, [names]).compactMap { row -> LiveTable? in
            guard let oid = row[0], let name = Self.name(row[1], row[2]), let kind = row[3].flatMap(LiveTable.Kind.init)
            else { return nil }
            let unique = uniques[oid] ?? []
            return LiveTable(
                name: name, kind: kind, partitionOf: Self.name(row[4], row[5]),
                columns: (columns[oid] ?? []).map(Self.column),
                primaryKey: unique.filter { $0[2] == "t" }.compactMap { $0[1] },
                uniqueColumns: Set(unique.compactMap { $0[1] }), foreignKeys: Self.foreignKeys(foreignKeys[oid] ?? []))
        }
        return LiveSchema(serverVersion: version.flatMap { Int($0) } ?? 0, tables: tables)
    }

    private static func name(_ schema: String?, _ table: String?) -> TableName? {
        guard let schema, let table else { return nil }
        return TableName(schema: schema, table: table)
    }

    private static func column(_ row: [String?]) -> LiveColumn {
        LiveColumn(
            name: row[1] ?? "", type: row[2] ?? "", isNotNull: row[3] == "t", isGenerated: row[4] == "t",
            hasDefault: row[5] == "t", hasNoNullElements: row[6] == "t")
    }

    private static func foreignKeys(_ rows: [[String?]]) -> [ForeignKey] {
        var keys: [ForeignKey] = []
        var last: String?
        for row in rows {
            guard let referenced = name(row[3], row[4]), let column = row[2], let target = row[5] else { continue }
            if row[1] != last { keys.append(ForeignKey(columns: [], referenced: referenced, referencedColumns: [])) }
            last = row[1]
            keys[keys.count - 1].columns.append(column)
            keys[keys.count - 1].referencedColumns.append(target)
        }
        return keys
    }

    private static let tables = """
        SELECT c.oid, n.nspname, c.relname, c.relkind, pn.nspname, pc.relname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
        LEFT JOIN pg_class pc ON pc.oid = i.inhparent LEFT JOIN pg_namespace pn ON pn.oid = pc.relnamespace
        WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 2, 3
        """
    private static let columns = """
        SELECT c.oid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '',
            a.atthasdef OR a.attidentity <> '',
            EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.convalidated
                AND pg_get_constraintdef(k.oid) = format('CHECK ((array_position(%I, NULL::text) IS NULL))', a.attname))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0
            AND NOT a.attisdropped
        ORDER BY c.oid, a.attnum
        """
    private static let uniques = """
        SELECT i.indrelid, a.attname, i.indisprimary
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE n.nspname = ANY ($1::text[]) AND i.indisunique ORDER BY 1, i.indexrelid, k.place
        """
    private static let foreignKeys = """
        SELECT f.conrelid, f.oid, a.attname, n.nspname, c.relname, b.attname
        FROM pg_constraint f JOIN pg_class o ON o.oid = f.conrelid JOIN pg_namespace m ON m.oid = o.relnamespace
        JOIN pg_class c ON c.oid = f.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY k (mine, theirs, place)
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.mine
        JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = k.theirs
        WHERE f.contype = 'f' AND m.nspname = ANY ($1::text[]) ORDER BY 1, 2, k.place
        """
}
