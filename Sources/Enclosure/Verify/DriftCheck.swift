import Ringfence

/// Compares what stands in the database with what the profile says, by compiling it again beside it and reading both
/// back: PostgreSQL's own rendering is compared with PostgreSQL's own rendering.
struct DriftCheck {
    let profile: EnclosureCompiler
    let connection: AdminConnection

    private static let remedy = "ringfence enclose --apply --anew compiles it again; find out who changed it first."

    func findings() throws(EnclosureError) -> [EnclosureFinding] {
        guard try !connection.rows("SELECT 1 FROM pg_roles WHERE rolname = $1", [profile.names.role]).isEmpty else {
            return [finding(profile.names.role, "the profile is not compiled.")]
        }
        return try roles() + objects()
    }

    private func finding(_ object: String, _ message: String) -> EnclosureFinding {
        EnclosureFinding(kind: .drift, object: object, message: message, remedy: Self.remedy)
    }

    private func objects() throws(EnclosureError) -> [EnclosureFinding] {
        let schemas = profile.profile.isWhollyClear ? [] : profile.applicationSchemas.map(profile.names.schema)
        try connection.execute("BEGIN")
        defer { try? connection.execute("ROLLBACK") }
        let found = try describe(schemas)
        for schema in schemas where found.contains(where: { $0.key.hasPrefix("schema \(schema)") }) {
            try connection.execute(
                "ALTER SCHEMA \(SQLText.identifier(schema)) RENAME TO \(SQLText.identifier("rf verify \(schema)"))")
        }
        guard !profile.profile.isWhollyClear else { return [] }
        for statement in try profile.objectStatements() { try connection.execute(statement) }
        let intended = try describe(schemas)
        return Set(found.keys).union(intended.keys).sorted().compactMap { object in
            switch (found[object], intended[object]) {
            case (nil, _): finding(object, "is missing.")
            case (_, nil): finding(object, "was not made by Ringfence.")
            case (let found?, let intended?): found == intended ? nil : finding(object, "is not as it was made.")
            }
        }
    }

    /// Every object of the schemas, with all that matters of it.
    private func describe(_ schemas: [String]) throws(EnclosureError) -> [String: String] {
        let names = "{" + schemas.map { "\"\($0)\"" }.joined(separator: ",") + "}"
        let rows = try connection.rows(Self.description, [names])
        return Dictionary(rows.map { ($0[0] ?? "", $0[1] ?? "") }) { $0 + "\n" + $1 }
    }

    private static let description = """
        SELECT 'schema ' || nspname, concat_ws('|', pg_get_userbyid(nspowner), nspacl::text)
        FROM pg_namespace WHERE nspname = ANY ($1::text[])
        UNION ALL
        SELECT 'relation ' || n.nspname || '.' || relname,
            concat_ws('|', relkind, pg_get_userbyid(relowner), relacl::text, reloptions::text,
                CASE WHEN relkind = 'v' THEN pg_get_viewdef(c.oid) END,
                (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || coalesce(attacl::text, ''), ',' ORDER BY attnum)
                 FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
                (SELECT string_agg(pg_get_triggerdef(t.oid) || tgenabled::text, ',' ORDER BY tgname) FROM pg_trigger t WHERE tgrelid = c.oid),
                (SELECT count(*) FROM pg_rewrite WHERE ev_class = c.oid))
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE n.nspname = ANY ($1::text[])
        UNION ALL
        SELECT 'function ' || n.nspname || '.' || proname,
            concat_ws('|', prosrc, prosecdef, proconfig::text, proacl::text, pg_get_userbyid(proowner))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE n.nspname = ANY ($1::text[])
        """

    private func roles() throws(EnclosureError) -> [EnclosureFinding] {
        var findings: [EnclosureFinding] = []
        for row in try connection.rows(Self.roles, [profile.names.role]) {
            let name = row[0] ?? ""
            let isProfile = name == profile.names.role
            if row[1] == "t" {
                findings.append(finding(name, "has an attribute that no role of Ringfence has (\(row[2] ?? ""))."))
            }
            if isProfile, row[3] == "t" { findings.append(finding(name, "may log in.")) }
            if row[4] == "t" { findings.append(finding(name, "has settings of its own (\(row[5] ?? "")).")) }
            let expected = isProfile ? "" : profile.names.role
            if (row[6] ?? "") != expected { findings.append(finding(name, "is a member of \(row[6] ?? "nothing").")) }
        }
        return findings
    }

    private static let roles = """
        SELECT l.rolname, l.rolsuper OR l.rolcreatedb OR l.rolcreaterole OR l.rolreplication OR l.rolbypassrls,
            concat_ws(', ', CASE WHEN l.rolsuper THEN 'SUPERUSER' END, CASE WHEN l.rolcreatedb THEN 'CREATEDB' END,
                CASE WHEN l.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN l.rolreplication THEN 'REPLICATION' END,
                CASE WHEN l.rolbypassrls THEN 'BYPASSRLS' END),
            l.rolcanlogin, l.rolconfig IS NOT NULL, l.rolconfig::text,
            coalesce((SELECT string_agg(g.rolname, ', ' ORDER BY g.rolname) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                      WHERE m.member = l.oid), '')
        FROM pg_roles l
        WHERE l.rolname = $1 OR (l.rolname LIKE '%#%' AND l.oid IN
            (SELECT m.member FROM pg_auth_members m JOIN pg_roles p ON p.oid = m.roleid WHERE p.rolname = $1))
        ORDER BY 1
        """
}
