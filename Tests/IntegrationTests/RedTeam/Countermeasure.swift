/// What stops an attack, and how to leave it out to show that the attack would then be seen to succeed.
enum Countermeasure: String, Sendable, CaseIterable {
    case rowFilter = "rows of hidden people are not in the view"
    case cellMask = "cells are masked by the condition that filters their row"
    case positiveHomes = "conditions name the homes that may be seen"
    case securityBarrier = "the view is a security barrier"
    case noBaseRights = "the profile has no right on a base table"
    case noSchemaUsage = "the profile has no USAGE on an application schema"
    case keyTable = "the pseudonym's key is in a table, not in the definition"
    case keyTableRights = "only the view's owner reads the key"
    case fixedHomes = "nobody who sees masks may change what a home depends on"
    case plainRole = "neither login nor profile is a member of any other role"
    case gateway = "the gateway refuses or rewrites the message"
    case postgres = "PostgreSQL lets no ordinary role do it"

    /// The SQL, for a superuser, that takes the counter-measure out of one attacker's enclosure, and the SQL that
    /// puts it back; nil for what PostgreSQL does by itself.
    func removal(from enclosure: AttackedEnclosure) -> (without: String, restored: String)? {
        switch self {
        case .rowFilter:
            redefinition(of: enclosure.views, in: enclosure) { "SELECT \($0.columnList) FROM app.\($0.table)" }
        case .cellMask:
            redefinition(of: enclosure.views, in: enclosure) { "SELECT \($0.columnList)\($0.source)" }
        case .positiveHomes:
            redefinition(of: enclosure.views.filter { $0.table == "users" }, in: enclosure) {
                "SELECT \($0.columnList) FROM app.users WHERE country IS DISTINCT FROM 'US'"
            }
        case .securityBarrier:
            (
                enclosure.views.map { "ALTER VIEW \($0.name) RESET (security_barrier);\n" }.joined(),
                enclosure.restoredViews
            )
        case .noBaseRights:
            (
                """
                GRANT USAGE ON SCHEMA app TO "\(enclosure.profile)";
                GRANT SELECT ON ALL TABLES IN SCHEMA app TO "\(enclosure.profile)";
                """,
                """
                REVOKE SELECT ON ALL TABLES IN SCHEMA app FROM "\(enclosure.profile)";
                REVOKE USAGE ON SCHEMA app FROM "\(enclosure.profile)";
                """
            )
        case .noSchemaUsage:
            (
                "GRANT USAGE ON SCHEMA app TO \"\(enclosure.profile)\";",
                "REVOKE USAGE ON SCHEMA app FROM \"\(enclosure.profile)\";"
            )
        case .keyTable:
            redefinition(of: enclosure.views.filter { $0.table == "users" }, in: enclosure) { view in
                let columns = view.columns.map { column in
                    column == "phone"
                        ? "encode(sha256(convert_to('\(enclosure.key)' || phone, 'UTF8')), 'hex') AS phone"
                        : "NULL::\(view.types[column] ?? "text") AS \(column)"
                }
                return "SELECT \(columns.joined(separator: ", "))\(view.source)"
            }
        case .keyTableRights:
            (
                """
                GRANT USAGE ON SCHEMA \(enclosure.keySchema) TO "\(enclosure.profile)";
                GRANT SELECT ON ALL TABLES IN SCHEMA \(enclosure.keySchema) TO "\(enclosure.profile)";
                """,
                """
                REVOKE SELECT ON ALL TABLES IN SCHEMA \(enclosure.keySchema) FROM "\(enclosure.profile)";
                REVOKE USAGE ON SCHEMA \(enclosure.keySchema) FROM "\(enclosure.profile)";
                """
            )
        case .fixedHomes:
            (
                enclosure.views.map { view in
                    view.triggers.map { "DROP TRIGGER \"\($0.name)\" ON \(view.name);\n" }.joined()
                        + "GRANT INSERT, UPDATE, DELETE ON \(view.name) TO \"\(enclosure.profile)\";\n"
                }.joined(),
                enclosure.views.map { view in
                    view.triggers.map { "\($0.definition);\n" }.joined() + view.restoredRights(of: enclosure.profile)
                }.joined()
            )
        case .plainRole:
            // Of the profile's role, which the gateway does not touch when the login connects; without inheritance,
            // so that the attack itself has to take the rights.
            (
                """
                \(Self.from16("GRANT \"\(enclosure.profile)\" TO \"\(enclosure.login)\" WITH INHERIT TRUE, SET TRUE"))
                ALTER ROLE "\(enclosure.profile)" NOINHERIT;
                GRANT \(Self.otherRoles) TO "\(enclosure.profile)";
                GRANT EXECUTE ON FUNCTION \(Self.fileFunctions) TO pg_read_server_files;
                """,
                """
                REVOKE EXECUTE ON FUNCTION \(Self.fileFunctions) FROM pg_read_server_files;
                REVOKE \(Self.otherRoles) FROM "\(enclosure.profile)";
                ALTER ROLE "\(enclosure.profile)" INHERIT;
                \(Self.from16("REVOKE \"\(enclosure.profile)\" FROM \"\(enclosure.login)\" GRANTED BY CURRENT_USER"))
                """
            )
        case .gateway:
            // The login itself, with a password that the attack knows: it connects past the gateway.
            (
                "ALTER ROLE \"\(enclosure.login)\" LOGIN REPLICATION PASSWORD '\(enclosure.login)' VALID UNTIL 'infinity';",
                "ALTER ROLE \"\(enclosure.login)\" NOLOGIN NOREPLICATION PASSWORD NULL; ALTER ROLE \"\(enclosure.login)\" RESET ALL;"
            )
        case .postgres:
            nil
        }
    }

    /// A grant's options are of PostgreSQL 16.
    private static func from16(_ statement: String) -> String {
        "DO $$ BEGIN IF current_setting('server_version_num')::integer >= 160000 THEN EXECUTE '\(statement)'; END IF; END $$;"
    }

    private static let otherRoles = "app_owner, pg_read_server_files, pg_execute_server_program"
    private static let fileFunctions =
        "pg_read_file(text), pg_read_binary_file(text), pg_ls_dir(text), lo_import(text)"

    private func redefinition(
        of views: [AttackedEnclosure.View], in enclosure: AttackedEnclosure,
        as query: (AttackedEnclosure.View) -> String
    ) -> (without: String, restored: String) {
        (views.map { $0.redefined(query($0)) }.joined(), enclosure.restoredViews)
    }
}
