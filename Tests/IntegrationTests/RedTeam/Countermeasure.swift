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

    /// The SQL, for a superuser, that takes the counter-measure out of one attacker's enclosure, and the SQL that
    /// puts it back; nil where it is the gateway's and no database can be without it.
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
            // On the profile's role: the gateway would notice and mend the login's own at the next connection.
            (
                "GRANT app_owner, pg_read_server_files, pg_execute_server_program TO \"\(enclosure.profile)\";",
                "REVOKE app_owner, pg_read_server_files, pg_execute_server_program FROM \"\(enclosure.profile)\";"
            )
        case .gateway:
            nil
        }
    }

    private func redefinition(
        of views: [AttackedEnclosure.View], in enclosure: AttackedEnclosure,
        as query: (AttackedEnclosure.View) -> String
    ) -> (without: String, restored: String) {
        (views.map { $0.redefined(query($0)) }.joined(), enclosure.restoredViews)
    }
}
