public import Ringfence

/// Where a profile's views stand in for the application's tables.
///
/// Empty for a wholly clear profile, which works on the tables themselves; its ``tables`` are then those of the store.
public struct SchemaMap: Sendable, Hashable {
    /// From an application schema to the profile's, such as `app` to `app@3fa9c1d2e4`.
    public let schemas: [String: String]
    /// The tables a statement may name, as the catalog names them.
    public let tables: Set<TableName>
    /// The view that takes `COPY … FROM` in a table's place; in the profile's schema.
    public let copyTargets: [TableName: String]
    /// Names of columns of the store's tables: what else stands behind a dot may be a function's.
    public let columns: Set<String>

    public init(
        schemas: [String: String], tables: Set<TableName>, copyTargets: [TableName: String] = [:],
        columns: Set<String> = []
    ) {
        self.columns = columns
        self.schemas = schemas
        self.tables = tables
        self.copyTargets = copyTargets
    }

    /// The table that `relation` means in a session whose search path is the profile's schemas.
    func table(schema: String?, relation: String) -> TableName? {
        if let schema {
            let name = TableName(schema: original(of: schema), table: relation)
            return tables.contains(name) ? name : nil
        }
        return tables.filter { $0.table == relation }.min()
    }

    private func original(of schema: String) -> String {
        schemas.first { $0.value == schema }?.key ?? schema
    }
}
