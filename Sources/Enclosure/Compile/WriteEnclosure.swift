import Ringfence

/// How a profile writes to one table: by the view itself where PostgreSQL can update it and every visible row may be
/// written, else by triggers that ask the base row.
///
/// Nobody who works on views changes a column that a home, or what policy asks of the row, depends on: a row could be
/// moved to where it is clear.
struct WriteEnclosure {
    let table: TableEnclosure

    private var profile: TableProfile { table.profile }
    private var homeColumns: Set<String> {
        Set(profile.subjects.flatMap(\.homeColumns)).union(keyColumns).union(profile.testedColumns)
    }
    private var keyColumns: [String] { table.live.primaryKey }

    private var insertable: [ColumnProfile] {
        table.columns.filter { !$0.profile.insert.isNever && !$0.live.isGenerated }.map(\.profile)
    }

    private var updatable: [ColumnProfile] {
        table.columns.filter {
            !$0.profile.update.isNever && !$0.live.isGenerated && !homeColumns.contains($0.profile.name)
        }
        .map(\.profile)
    }

    private var inserts: Bool { !profile.insert.isNever && !insertable.isEmpty }
    private var updates: Bool { !profile.update.isNever && !updatable.isEmpty && keysAreBare }
    private var deletes: Bool { !profile.delete.isNever && keysAreBare }

    /// Triggers find the base row by its key.
    private var keysAreBare: Bool {
        !keyColumns.isEmpty
            && keyColumns.allSatisfy { key in profile.columns.first { $0.name == key }.map(table.isBare) ?? false }
    }

    private var needsTriggers: Bool {
        profile.columns.contains { !table.isBare($0) }
            || [profile.insert, profile.update, profile.delete].contains { !$0.isNever && $0 != profile.visible }
            || insertable.contains { $0.insert != profile.visible }
            || updatable.contains { $0.update != profile.visible }
    }

    /// What CREATE VIEW ends with.
    var checkOption: String {
        guard inserts || updates, !needsTriggers, profile.visible != .always else { return "" }
        return " WITH CASCADED CHECK OPTION"
    }

    func statements() -> [String] {
        var statements: [String] = []
        if inserts {
            let columns = insertable.map { SQLText.identifier($0.name) }.joined(separator: ", ")
            statements.append("GRANT INSERT (\(columns)) ON \(table.view) TO \(SQLText.identifier(table.names.role))")
        }
        if updates {
            let columns = updatable.map { SQLText.identifier($0.name) }.joined(separator: ", ")
            statements.append("GRANT UPDATE (\(columns)) ON \(table.view) TO \(SQLText.identifier(table.names.role))")
        }
        if deletes { statements.append("GRANT DELETE ON \(table.view) TO \(SQLText.identifier(table.names.role))") }
        if needsTriggers {
            if updates { statements += trigger("update", "UPDATE", updateBody, on: table.view) }
            if deletes { statements += trigger("delete", "DELETE", deleteBody, on: table.view) }
        }
        if inserts { statements += insertStatements() }
        return statements
    }

    private func insertStatements() -> [String] {
        let empty = table.columns.map { "NULL::\($0.live.type) AS \(SQLText.identifier($0.profile.name))" }
        let columns = insertable.map { SQLText.identifier($0.name) }.joined(separator: ", ")
        return trigger("insert", "INSERT", insertBody, on: needsTriggers ? table.view : nil) + [
            "CREATE VIEW \(table.copyView) WITH (security_barrier) AS SELECT \(empty.joined(separator: ", ")) WHERE false",
            "GRANT INSERT (\(columns)) ON \(table.copyView) TO \(SQLText.identifier(table.names.role))",
            "CREATE TRIGGER \"insert\" INSTEAD OF INSERT ON \(table.copyView) FOR EACH ROW EXECUTE FUNCTION \(function("insert"))()",
        ]
    }

    private func function(_ verb: String) -> String {
        SQLText.qualified(table.names.schema(for: profile.name.schema), "\(profile.name.table)@\(verb)")
    }

    private func trigger(_ verb: String, _ event: String, _ body: String, on view: String?) -> [String] {
        var statements = [
            """
            CREATE FUNCTION \(function(verb))() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = pg_catalog, pg_temp SET client_min_messages = error AS \(SQLText.literal("\n\(body)"))
            """,
            "REVOKE ALL ON FUNCTION \(function(verb))() FROM PUBLIC",
        ]
        if let view {
            statements.append(
                "CREATE TRIGGER \"\(verb)\" INSTEAD OF \(event) ON \(view) FOR EACH ROW EXECUTE FUNCTION \(function(verb))()"
            )
        }
        return statements
    }

    private func refusal(_ what: String) -> String {
        "RAISE insufficient_privilege USING MESSAGE = \(SQLText.literal("permission denied: \(what)"))"
    }

    private func refuse(unless condition: RowCondition, _ what: String) -> String {
        guard let expression = table.conditions(of: "base").expression(condition) else { return "" }
        return "    IF (\(expression)) IS NOT TRUE THEN \(refusal(what)); END IF;\n"
    }

    private var byKey: String {
        keyColumns.map { "b.\(SQLText.identifier($0)) = OLD.\(SQLText.identifier($0))" }.joined(separator: " AND ")
    }

    private var fetchBase: String {
        """
            SELECT * INTO base FROM \(table.base) b WHERE \(byKey) FOR UPDATE;
            IF NOT FOUND THEN RETURN NULL; END IF;

        """
    }

    private var declarations: String {
        "DECLARE base \(table.base)%ROWTYPE; state text; constraint_name text; column_name text;\n"
    }

    /// Writes to the base table, without PostgreSQL's words if that fails: the function's owner may read the table, so
    /// they quote the base row, masked cells included (`Failing row contains …`), and so may a trigger's of the
    /// application, whose notices are therefore not sent either. What names no cell is told on.
    private func writing(_ statement: String, _ verb: String) -> String {
        let refused = SQLText.literal("the database refused to \(verb) this row of table \"\(profile.name.table)\"")
        return """
                BEGIN
                    \(statement);
                EXCEPTION WHEN OTHERS OR assert_failure THEN
                    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, constraint_name = CONSTRAINT_NAME, column_name = COLUMN_NAME;
                    RAISE EXCEPTION USING ERRCODE = state, CONSTRAINT = constraint_name, COLUMN = column_name,
                        MESSAGE = \(refused)
                            || CASE WHEN constraint_name <> '' THEN format(': it violates constraint "%s"', constraint_name)
                                WHEN state = '23502' THEN format(': column "%s" may not be NULL', column_name) ELSE '' END,
                        DETAIL = 'PostgreSQL''s own words are withheld, since they may quote cells that policy hides.';
                END;

            """
    }

    private var updateBody: String {
        let name = profile.name.table
        let updatable = Set(updatable.map(\.name))
        var body = "\(declarations)BEGIN\n\(fetchBase)"
        body += refuse(unless: profile.update, "this row of table \"\(name)\" may not be updated")
        for (column, _) in table.columns {
            let cell = SQLText.identifier(column.name)
            let changed = "NEW.\(cell)::text IS DISTINCT FROM OLD.\(cell)::text"
            guard updatable.contains(column.name) else {
                body +=
                    "    IF \(changed) THEN \(refusal("column \"\(column.name)\" of table \"\(name)\" may not be updated")); END IF;\n"
                continue
            }
            body += "    IF \(changed) THEN\n"
            body += refuse(
                unless: column.update, "column \"\(column.name)\" of this row of table \"\(name)\" may not be updated")
            body += "        base.\(cell) := NEW.\(cell);\n    END IF;\n"
        }
        let settings = self.updatable.map { "\(SQLText.identifier($0.name)) = base.\(SQLText.identifier($0.name))" }
        body += writing("UPDATE \(table.base) b SET \(settings.joined(separator: ", ")) WHERE \(byKey)", "update")
        return body + "    RETURN NEW;\nEND"
    }

    private var deleteBody: String {
        var body = "\(declarations)BEGIN\n\(fetchBase)"
        body += refuse(unless: profile.delete, "this row of table \"\(profile.name.table)\" may not be deleted")
        return body + writing("DELETE FROM \(table.base) b WHERE \(byKey)", "delete") + "    RETURN OLD;\nEND"
    }

    /// Columns that were left out get the base table's defaults; the row is judged as it then is.
    private var insertBody: String {
        let name = profile.name.table
        let insertable = Set(insertable.map(\.name))
        var body = "\(declarations)columns text := ''; cells text := '';\nBEGIN\n"
        for (column, live) in table.columns {
            let cell = SQLText.identifier(column.name)
            if insertable.contains(column.name) {
                body +=
                    "    IF NEW.\(cell) IS NOT NULL THEN columns := columns || \(SQLText.literal(", " + cell)); "
                    + "cells := cells || \(SQLText.literal(", ($1).\(cell)::\(live.type)")); END IF;\n"
            } else {
                body +=
                    "    IF NEW.\(cell) IS NOT NULL THEN \(refusal("column \"\(column.name)\" of table \"\(name)\" may not be inserted")); END IF;\n"
            }
        }
        let target = SQLText.literal("INSERT INTO \(table.base) ")
        body += writing(
            """
            IF columns = '' THEN
                        EXECUTE \(target) || 'DEFAULT VALUES RETURNING *' INTO base;
                    ELSE
                        EXECUTE \(target) || '(' || substr(columns, 3) || ') VALUES (' || substr(cells, 3) || ') RETURNING *' INTO base USING NEW;
                    END IF
            """, "insert")
        body += refuse(unless: profile.insert, "this row may not be inserted into table \"\(name)\"")
        for (column, _) in table.columns where insertable.contains(column.name) && column.insert != profile.insert {
            body += "    IF NEW.\(SQLText.identifier(column.name)) IS NOT NULL THEN\n"
            body += refuse(
                unless: column.insert, "column \"\(column.name)\" of this row of table \"\(name)\" may not be inserted")
            body += "    END IF;\n"
        }
        for key in keyColumns { body += "    NEW.\(SQLText.identifier(key)) := base.\(SQLText.identifier(key));\n" }
        return body + "    RETURN NEW;\nEND"
    }
}
