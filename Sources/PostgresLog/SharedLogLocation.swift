internal import PostgresClient
internal import TransparencyLog

/// A PostgreSQL database and the schema in it that holds a log.
public struct SharedLogLocation: Sendable, Hashable, CustomStringConvertible {
    public static let defaultSchema = "ringfence_ledger"

    /// A libpq connection string: a URI or `keyword=value` pairs.
    public var connectionString: String
    /// Nil if the connection string holds it, or none is needed.
    public var password: String?
    public var schema: String

    public init(connectionString: String, password: String? = nil, schema: String = Self.defaultSchema) {
        self.connectionString = connectionString
        self.password = password
        self.schema = schema
    }

    /// Nil unless `text` is a connection string: a `postgres://…` or `postgresql://…` URI, behind which `#schema` may
    /// stand, or pairs such as `host=db dbname=ledger`.
    public init?(parsing text: String) {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            self.init(
                connectionString: String(parts[0]), schema: parts.count > 1 ? String(parts[1]) : Self.defaultSchema)
        } else if text.contains("dbname=") || text.contains("service=") {
            self.init(connectionString: text)
        } else {
            return nil
        }
    }

    /// Without any secret: what messages call it.
    public var description: String { "PostgreSQL schema \(schema)" }

    var quotedSchema: String { "\"" + schema.replacing("\"", with: "\"\"") + "\"" }

    /// - Parameter isWriting: Not a standby, and one whose commits are durable.
    func connect(isWriting: Bool) throws(DatabaseError) -> DatabaseConnection {
        var parameters = [("dbname", connectionString)]
        if let password { parameters.append(("password", password)) }
        parameters += [
            ("application_name", "ringfence ledger"), ("client_encoding", "UTF8"), ("connect_timeout", "5"),
            // A server that is gone without a word must not hold the writer for longer than clients wait.
            ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
        ]
        if isWriting {
            parameters += [
                ("target_session_attrs", "read-write"),
                (
                    "options",
                    "-c search_path=pg_catalog -c synchronous_commit=on -c lock_timeout=10s -c statement_timeout=30s "
                        + "-c default_transaction_isolation=read\\ committed"
                ),
            ]
        } else {
            parameters.append(("options", "-c search_path=pg_catalog -c default_transaction_read_only=on"))
        }
        return try DatabaseConnection(parameters.map { (name: $0.0, value: $0.1) }, expandsName: true)
    }
}
