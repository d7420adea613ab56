import Ringfence

/// What a database administrator runs once, for Ringfence's role to have all that it needs and nothing more.
public enum BootstrapSQL {
    public static func statements(role: String, database: String, schemas: [String]) -> String {
        let role = SQLText.identifier(role)
        let grants = schemas.sorted().map { schema in
            let schema = SQLText.identifier(schema)
            return """
                -- As the owner of the schema and its tables:
                GRANT USAGE ON SCHEMA \(schema) TO \(role) WITH GRANT OPTION;
                GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema) TO \(role) WITH GRANT OPTION;
                GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA \(schema) TO \(role) WITH GRANT OPTION;
                GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA \(schema) TO \(role) WITH GRANT OPTION;

                """
        }.joined()
        return """
            -- As a superuser, or a role with CREATEROLE; set the password with \\password afterwards:
            CREATE ROLE \(role) LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS;
            GRANT CONNECT, CREATE ON DATABASE \(SQLText.identifier(database)) TO \(role);
            \(grants)
            """
    }
}
