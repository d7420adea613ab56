public import Ringfence

/// A profile as SQL: a role, a schema of views for each application schema, and rights on those alone.
public struct EnclosureCompiler: Sendable {
    public let profile: Profile
    public let names: EnclosureNames
    private let live: LiveSchema
    private let homes: [Jurisdiction]

    public init(_ profile: Profile, digest: ProfileDigest, catalog: Catalog, live: LiveSchema) {
        self.profile = profile
        names = EnclosureNames(digest)
        self.live = live
        homes = catalog.homes
    }

    /// The application's schemas that the profile sees something of.
    public var applicationSchemas: [String] { Set(profile.tables.map(\.name.schema)).sorted() }

    var roleStatements: [String] {
        [
            "CREATE ROLE \(SQLText.identifier(names.role)) NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
        ]
    }

    /// Everything but the role itself, in order.
    ///
    /// - Throws: ``EnclosureError``: `.incompatible` or `.nameTooLong`.
    func objectStatements() throws(EnclosureError) -> [String] {
        profile.isWhollyClear ? baseRights() : try views()
    }

    /// What ``DatabaseEnclosure/apply(_:)`` would run, for a person to read.
    public func statements() throws(EnclosureError) -> [String] { try roleStatements + objectStatements() }

    private func baseRights() -> [String] {
        let role = SQLText.identifier(names.role)
        return applicationSchemas.flatMap { schema in
            ["GRANT USAGE ON SCHEMA \(SQLText.identifier(schema)) TO \(role)"]
                + profile.tables.filter { $0.name.schema == schema }.map {
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON \(SQLText.qualified($0.name.schema, $0.name.table)) TO \(role)"
                } + ["GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA \(SQLText.identifier(schema)) TO \(role)"]
        }
    }

    private func views() throws(EnclosureError) -> [String] {
        var statements: [String] = []
        for schema in applicationSchemas {
            let name = try EnclosureNames.checked(names.schema(for: schema))
            statements.append("CREATE SCHEMA \(SQLText.identifier(name))")
            statements.append("GRANT USAGE ON SCHEMA \(SQLText.identifier(name)) TO \(SQLText.identifier(names.role))")
        }
        for table in profile.tables.sorted(by: { $0.name < $1.name }) {
            statements += try view(of: TableEnclosure(table, names: names, schema: live, homes: homes))
        }
        return statements
    }

    private func view(of table: TableEnclosure) throws(EnclosureError) -> [String] {
        for column in table.profile.columns where table.live[column: column.name] == nil {
            throw EnclosureError(
                code: .incompatible,
                message: "Column \(table.profile.name).\(column.name) is in the profile but not in the database.",
                remedy: "Run `ringfence check`.")
        }
        _ = try EnclosureNames.checked(EnclosureNames.copyTarget(of: table.profile.name))
        let writes = WriteEnclosure(table: table)
        let columns = table.columns.map { table.selected($0.profile, $0.live) }.joined(separator: ",\n    ")
        let filter = table.conditions(of: "t").expression(table.profile.visible).map { "\nWHERE \($0)" } ?? ""
        let barrier = table.hidesSomething ? " WITH (security_barrier)" : ""
        return [
            "CREATE VIEW \(table.view)\(barrier) AS SELECT\n    \(columns)\nFROM \(table.base) t\(filter)\(writes.checkOption)",
            "GRANT SELECT ON \(table.view) TO \(SQLText.identifier(names.role))",
        ] + writes.statements()
    }
}
