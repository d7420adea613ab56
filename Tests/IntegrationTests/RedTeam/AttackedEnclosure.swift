import Foundation

import TestSupport

/// One attacker's part of the enclosure, as the database's catalogs have it.
struct AttackedEnclosure: Sendable {
    struct Trigger: Sendable {
        let name: String
        let definition: String
    }

    struct View: Sendable {
        /// Qualified and quoted.
        let name: String
        let table: String
        let columns: [String]
        let types: [String: String]
        let definition: String
        let options: String
        let triggers: [Trigger]
        /// What the profile may do beside SELECT.
        let rights: [String]

        /// The columns as they are in the table, in the view's types: CREATE OR REPLACE changes none.
        var columnList: String {
            columns.map { "\($0)::\(types[$0] ?? "text") AS \($0)" }.joined(separator: ", ")
        }

        /// The definition from its outermost FROM on.
        var source: String {
            let lines = definition.split(separator: "\n", omittingEmptySubsequences: false)
            let start = lines.lastIndex { $0.hasPrefix("   FROM ") || $0.hasPrefix("  FROM ") } ?? lines.startIndex
            return " " + lines[start...].joined(separator: " ").replacingOccurrences(of: ";", with: "")
        }

        func redefined(_ query: String) -> String {
            "CREATE OR REPLACE VIEW \(name)\(options.isEmpty ? "" : " WITH (\(options))") AS \(query);\n"
        }

        func restoredRights(of profile: String) -> String {
            "REVOKE INSERT, UPDATE, DELETE ON \(name) FROM \"\(profile)\";\n"
                + rights.map { "GRANT \($0) ON \(name) TO \"\(profile)\";\n" }.joined()
        }
    }

    let login: String
    let profile: String
    let schema: String
    let keySchema: String
    let keyTable: String
    /// The key's hexadecimal digits, as a definition would hold them.
    let key: String
    let views: [View]

    /// As text, and as PostgreSQL writes a constant of a plan: each byte a decimal number.
    var keySpellings: [String] { [key, key.utf8.map(String.init).joined(separator: " ")] }

    var restoredViews: String {
        views.map { $0.redefined($0.definition.replacingOccurrences(of: ";", with: "")) }.joined()
    }

    /// Reads what the gateway made for `person`, who must have connected once.
    init(of person: String, in database: TestDatabase) throws {
        func one(_ query: String) throws -> String {
            guard let value = try database.rows(query).first?.first, let value else {
                throw ChildProcessError("no answer to \(query)")
            }
            return value
        }
        let login = try one("SELECT rolname FROM pg_roles WHERE rolname LIKE '\(person)#%' AND rolcanlogin")
        self.login = login
        let digest = login.drop { $0 != "#" }.dropFirst()
        profile = "rf_\(digest)"
        schema = "app@\(digest)"
        keySchema = try one(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ringfence%' AND EXISTS (SELECT FROM pg_class WHERE relnamespace = pg_namespace.oid AND relkind = 'r' AND relname LIKE '%key%')"
        )
        keyTable = try one(
            "SELECT relname FROM pg_class WHERE relnamespace = '\(keySchema)'::regnamespace AND relkind = 'r' AND relname LIKE '%key%'"
        )
        key = try one("SELECT encode(ipad, 'hex') FROM \(keySchema).\(keyTable) WHERE name = 'phone'")
        let schema = schema
        let profile = profile
        views = try database.rows(
            "SELECT relname, oid FROM pg_class WHERE relnamespace = '\"\(schema)\"'::regnamespace AND relkind = 'v' AND relname NOT LIKE '%@%' ORDER BY 1"
        )
        .compactMap { row -> View? in
            guard let table = row[0], let oid = row[1] else { return nil }
            let columns = try database.rows(
                "SELECT quote_ident(attname), format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = \(oid) AND attnum > 0 ORDER BY attnum"
            )
            return View(
                name: "\"\(schema)\".\"\(table)\"", table: table, columns: columns.compactMap { $0[0] },
                types: Dictionary(columns.map { ($0[0] ?? "", $0[1] ?? "text") }) { first, _ in first },
                definition: try one("SELECT pg_get_viewdef(\(oid))"),
                options: String(
                    try one(
                        "SELECT '=' || coalesce(array_to_string(reloptions, ', '), '') FROM pg_class WHERE oid = \(oid)"
                    ).dropFirst()),
                triggers: try database.rows(
                    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = \(oid)"
                )
                .map { Trigger(name: $0[0] ?? "", definition: $0[1] ?? "") },
                rights: try database.rows(
                    "SELECT privilege_type FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = \(oid) AND grantee = (SELECT oid FROM pg_roles WHERE rolname = '\(profile)')"
                )
                .compactMap { $0[0] }.filter { ["INSERT", "UPDATE", "DELETE"].contains($0) })
        }
    }
}
