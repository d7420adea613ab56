import PostgresClient

/// A connection of Ringfence's own role, for DDL and the system catalogs. Blocks: never used on an event loop.
final class AdminConnection {
    private let connection: DatabaseConnection

    /// - Throws: ``EnclosureError``: `.unreachable`.
    init(_ parameters: [(name: String, value: String)]) throws(EnclosureError) {
        let fixed = [
            ("application_name", "ringfence"), ("client_encoding", "UTF8"), ("connect_timeout", "10"),
            ("options", "-c search_path=pg_catalog -c lock_timeout=10s -c standard_conforming_strings=on"),
        ]
        do throws(DatabaseError) {
            connection = try DatabaseConnection(parameters + fixed.map { (name: $0.0, value: $0.1) })
        } catch {
            throw EnclosureError(
                code: .unreachable,
                message: "PostgreSQL cannot be reached as Ringfence's admin role: \(error.message)",
                remedy: "Check store.host, port, database, tls and admin in ringfence.yaml.")
        }
    }

    var isUsable: Bool { connection.isUsable }

    /// Runs one statement. A GRANT or REVOKE that did nothing (01006, 01007) is a failure: PostgreSQL only warns of it.
    func execute(_ sql: String) throws(EnclosureError) {
        _ = try rows(sql, [])
        if let state = connection.warnings.first(where: { $0 == "01006" || $0 == "01007" }) {
            throw EnclosureError(
                code: .refused, message: "PostgreSQL granted or revoked nothing: \(sql)",
                remedy: "Give Ringfence's role the grant option (see the operator's guide).", sqlState: state)
        }
    }

    /// Runs `body` in one transaction.
    func transaction<R>(_ body: () throws(EnclosureError) -> R) throws(EnclosureError) -> R {
        try execute("BEGIN")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// The rows of a query; text, nil for NULL.
    @discardableResult
    func rows(_ sql: String, _ parameters: [String?] = []) throws(EnclosureError) -> [[String?]] {
        do throws(DatabaseError) {
            return try connection.rows(sql, parameters)
        } catch {
            throw failure(error, sql)
        }
    }

    private func failure(_ error: DatabaseError, _ sql: String) -> EnclosureError {
        guard let state = error.sqlState else {
            return EnclosureError(code: .unreachable, message: error.message)
        }
        // A verifier is as good as a password to whoever can guess at it: it stays out of errors and logs.
        let shown = sql.firstRange(of: " PASSWORD ").map { sql[..<$0.lowerBound] + " PASSWORD …" } ?? sql[...]
        let statement = shown.prefix { $0 != "\n" }.prefix(160)
        let remedy =
            state == "42501"
            ? "Give Ringfence's role the right it lacks; `ringfence enclose --bootstrap` prints all that it needs."
            : nil
        return EnclosureError(
            code: .refused, message: "PostgreSQL refused “\(statement)”: \(error.message)", remedy: remedy,
            sqlState: state)
    }
}
