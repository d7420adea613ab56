public import Ringfence

/// Which tables a statement reads or writes, as far as its text tells.
///
/// A hint for the ledger, never a ground for enforcement: an audit counts a statement of which `anything` is said as
/// an access to whatever its session could reach.
public enum TableReferences: Sendable, Hashable {
    /// The text names these and cannot reach another.
    case exactly([TableName])
    /// The text calls, defines or refers to something whose tables it does not name, or was not parsed.
    case anything
}

/// What in PostgreSQL runs SQL that a statement's own text does not show.
enum HiddenSQL {
    /// Built-in functions that run a query given as text or by name, or change what later names mean.
    private static let functions: Set<String> = [
        "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml", "table_to_xmlschema",
        "table_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xmlschema", "schema_to_xml_and_xmlschema",
        "database_to_xml", "database_to_xmlschema", "database_to_xml_and_xmlschema", "cursor_to_xml",
        "cursor_to_xmlschema", "ts_stat", "ts_rewrite", "set_config", "lo_import", "lo_export", "pg_read_file",
        "pg_read_binary_file", "pg_ls_dir", "pg_logical_emit_message",
    ]

    /// Functions an application's schema is not expected to redefine. Asked only where the search path holds such a
    /// schema, that is for a wholly clear profile.
    private static let builtIn: Set<String> = [
        "abs", "array_agg", "avg", "bool_and", "bool_or", "ceil", "char_length", "concat", "concat_ws", "count",
        "current_database", "current_schema", "current_schemas", "date_part", "date_trunc", "dense_rank", "extract",
        "first_value", "floor", "format", "generate_series", "json_agg", "json_build_object", "jsonb_agg",
        "jsonb_build_object", "lag", "last_value", "lead", "left", "length", "lower", "ltrim", "max", "md5", "min",
        "mod", "now", "ntile", "percentile_cont", "position", "power", "rank", "replace", "right", "round",
        "row_number", "rtrim", "split_part", "string_agg", "strpos", "substr", "substring", "sum", "timezone",
        "to_char", "to_date", "to_json", "to_jsonb", "to_timestamp", "trim", "trunc", "upper", "version",
    ]

    /// Statements whose parse tree names every relation they touch.
    private static let plainStatements: Set<String> = [
        "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "CopyStmt", "TransactionStmt", "VariableSetStmt",
        "VariableShowStmt", "ListenStmt", "UnlistenStmt", "NotifyStmt", "DeallocateStmt", "ClosePortalStmt",
        "DeclareCursorStmt", "PrepareStmt", "ExplainStmt", "LockStmt", "TruncateStmt",
    ]

    private static let builtInTypes: Set<String> = [
        "bytea", "date", "inet", "cidr", "json", "jsonb", "money", "name", "oid", "point", "regclass", "regproc",
        "regtype", "regrole", "regnamespace", "text", "uuid", "xml", "tsvector", "tsquery", "char", "int8", "int4",
        "int2", "float4", "float8", "bool", "numeric", "varchar", "bpchar", "timestamp", "timestamptz", "time",
        "timetz", "interval", "bit", "varbit",
    ]

    /// Columns of PostgreSQL's catalogs that drivers and psql ask for by a qualified name.
    private static let catalogColumns: Set<String> = [
        "oid", "relname", "relkind", "relnamespace", "relowner", "reltype", "reloftype", "relam", "relhasindex",
        "relhasrules", "relhastriggers", "relispartition", "relpartbound", "relpersistence", "relreplident",
        "relrowsecurity", "relforcerowsecurity", "reltablespace", "reltoastrelid", "relchecks", "reloptions",
        "nspname", "nspowner", "attname", "attnum", "attrelid", "atttypid", "atttypmod", "attlen", "attnotnull",
        "attisdropped", "attidentity", "attgenerated", "attcollation", "atthasdef", "typname", "typtype", "typbasetype",
        "typelem", "typarray", "typnamespace", "typrelid", "typtypmod", "typlen", "typcollation", "typdelim",
        "typcategory", "conname", "contype", "conrelid", "conindid", "confrelid", "conkey", "confkey", "connamespace",
        "indexrelid", "indrelid", "indkey", "indisprimary", "indisunique", "indisvalid", "indisclustered",
        "indisreplident", "adrelid", "adnum", "adbin", "objoid", "objsubid", "classoid", "description", "collname",
        "rngtypid", "rngsubtype", "enumtypid", "enumlabel", "enumsortorder", "proname", "pronamespace", "rolname",
        "datname", "table_schema", "table_name", "column_name", "data_type",
    ]

    static func isCatalogColumn(_ name: String) -> Bool { catalogColumns.contains(name) }

    static func isPlain(statement kind: String) -> Bool { plainStatements.contains(kind) }

    /// Whether a call may run SQL of its own.
    static func mayRun(function names: [String?], applicationSchemaIsSearched: Bool) -> Bool {
        guard let last = names.last, let name = last else { return true }
        switch names.count {
        case 1: return functions.contains(name) || (applicationSchemaIsSearched && !builtIn.contains(name))
        case 2: return names[0] != "pg_catalog" || functions.contains(name)
        default: return true
        }
    }

    /// Whether a cast to the type may run a function of a user's making, such as a domain's check.
    static func mayRun(type names: [String?]) -> Bool {
        guard let last = names.last, let name = last else { return true }
        return names.count == 1 ? !builtInTypes.contains(name) : names[0] != "pg_catalog"
    }
}
