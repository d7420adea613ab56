import Ringfence

/// What leaves a way round the enclosure open that Ringfence's role cannot close, each with who can and how.
struct ExposureCheck {
    /// A question to the system catalogs: each row is an exposure, its columns the object and what to say of it.
    private struct Question {
        let query: String
        let message: String
        let remedy: String
    }

    let connection: AdminConnection

    /// The least minor releases without published holes in what the enclosure rests on.
    private static let leastMinors = [15: 18, 16: 14, 17: 10, 18: 4]

    func findings(for profiles: [EnclosureCompiler]) throws(EnclosureError) -> [EnclosureFinding] {
        var findings = try version()
        for question in Self.ofTheServer { findings += try ask(question, []) }
        for profile in profiles where !profile.profile.isWhollyClear {
            for question in Self.ofAProfile {
                findings += try ask(question, [profile.names.role, "%@\(profile.names.short)"])
            }
        }
        var seen: Set<EnclosureFinding> = []
        return findings.filter { seen.insert($0).inserted }
    }

    private func ask(_ question: Question, _ parameters: [String]) throws(EnclosureError) -> [EnclosureFinding] {
        try connection.rows(question.query, parameters).map { row in
            let object = row[0] ?? ""
            return EnclosureFinding(
                kind: .exposure, object: object, message: question.message,
                remedy: question.remedy.replacing("{object}", with: object).replacing(
                    "{more}", with: row.count > 1 ? row[1] ?? "" : ""))
        }
    }

    private func version() throws(EnclosureError) -> [EnclosureFinding] {
        let number =
            try connection.rows("SELECT current_setting('server_version_num')").first?[0].flatMap { Int($0) } ?? 0
        let (major, minor) = (number / 10_000, number % 10_000)
        var findings: [EnclosureFinding] = []
        if let least = Self.leastMinors[major], minor < least {
            findings.append(
                EnclosureFinding(
                    kind: .exposure, object: "PostgreSQL \(major).\(minor)",
                    message: "has published holes in views, row security or planning.",
                    remedy: "Update to \(major).\(least) or later."))
        }
        if major < 16 {
            findings.append(
                EnclosureFinding(
                    kind: .exposure, object: "PostgreSQL \(major)",
                    message:
                        "lets a role with CREATEROLE, as Ringfence's is, make itself a member of any role but a superuser.",
                    remedy:
                        "Upgrade to 16 or later; until then guard the admin role's password as you would a superuser's."
                ))
        }
        return findings
    }

    private static let ofTheServer = [
        Question(
            query:
                "SELECT datname FROM pg_database WHERE datallowconn AND datname <> current_database() AND (datacl IS NULL OR EXISTS (SELECT FROM aclexplode(datacl) WHERE grantee = 0 AND privilege_type = 'CONNECT'))",
            message:
                "lets everybody connect (the gateway pins the database; whoever reaches the server past it could use it).",
            remedy: "Its owner: REVOKE CONNECT ON DATABASE \"{object}\" FROM PUBLIC;"),
        Question(
            query:
                "SELECT name, setting FROM pg_settings WHERE (name = 'max_prepared_transactions' AND setting <> '0') OR (name = 'lo_compat_privileges' AND setting = 'on')",
            message: "is set to a value that outlives or overrides a session's rights.",
            remedy: "A superuser: ALTER SYSTEM RESET {object}; (it is {more})"),
        Question(
            query:
                "SELECT extname FROM pg_extension WHERE extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'pageinspect', 'adminpack', 'plpython3u', 'plperlu', 'pltclu')",
            message: "can reach other servers, files or pages.",
            remedy: "A superuser: DROP EXTENSION {object}; or revoke EXECUTE on its functions from PUBLIC."),
        Question(
            query:
                "SELECT DISTINCT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles a ON a.oid = m.member WHERE a.rolname = current_user AND r.rolname LIKE 'pg\\_%'",
            message: "is a role of the server that Ringfence's own role is a member of, and needs not be.",
            remedy: "A superuser: REVOKE {object} FROM CURRENT_USER; for Ringfence's role."),
    ]

    /// `$1` is the profile's role, `$2` a pattern for its own schemas.
    private static let ofAProfile = [
        Question(
            query: """
                SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE $2 AND n.nspname NOT LIKE 'pg\\_%'
                    AND n.nspname <> 'information_schema' AND has_any_column_privilege($1, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
                """,
            message: "can be read or written past the enclosure.",
            remedy: "Its owner: REVOKE ALL ON {object} FROM PUBLIC;"),
        Question(
            query: """
                SELECT n.nspname FROM pg_namespace n
                WHERE n.nspname NOT LIKE $2 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
                    AND has_schema_privilege($1, n.oid, 'USAGE, CREATE')
                    AND (n.nspname <> 'public' OR has_schema_privilege($1, n.oid, 'CREATE') OR EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid)
                        OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = n.oid))
                """,
            message: "is a schema that every role may use.",
            remedy: "Its owner: REVOKE ALL ON SCHEMA \"{object}\" FROM PUBLIC;"),
        Question(
            query: """
                SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE p.prosecdef AND n.nspname NOT LIKE $2 AND has_function_privilege($1, p.oid, 'EXECUTE')
                    AND has_schema_privilege($1, n.oid, 'USAGE')
                """,
            message: "runs with its owner's rights, and the profile can call it.",
            remedy: "Its owner: REVOKE EXECUTE ON FUNCTION {object} FROM PUBLIC;"),
        Question(
            query:
                "SELECT current_database() WHERE $2 <> '' AND has_database_privilege($1, current_database(), 'TEMP')",
            message: "lets everybody make temporary tables and functions, which serve as tools for an attack.",
            remedy: "Its owner: REVOKE TEMP ON DATABASE \"{object}\" FROM PUBLIC;"),
        Question(
            query:
                "SELECT lanname FROM pg_language WHERE $2 <> '' AND lanispl AND has_language_privilege($1, oid, 'USAGE')",
            message: "is a language that every role may write functions and DO blocks in.",
            remedy: "A superuser: REVOKE USAGE ON LANGUAGE {object} FROM PUBLIC;"),
    ]
}
