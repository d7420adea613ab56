import CLibPQ

/// A connection of Ringfence's own role, for DDL and the system catalogs. Blocks: never used on an event loop.
///
/// Not `Sendable`: whoever opened it uses it and lets it go.
final class AdminConnection {
    private let connection: OpaquePointer
    /// SQLSTATEs of the warnings since the last statement began; see ``execute(_:)``.
    private var warnings: [String] = []

    /// - Throws: ``EnclosureError``: `.unreachable`.
    init(_ parameters: [(name: String, value: String)]) throws(EnclosureError) {
        let fixed = [
            ("application_name", "ringfence"), ("client_encoding", "UTF8"), ("connect_timeout", "10"),
            ("options", "-c search_path=pg_catalog -c lock_timeout=10s -c standard_conforming_strings=on"),
        ]
        let all = parameters.map { ($0.name, $0.value) } + fixed
        let opened = Self.withCStrings(all.map(\.0)) { names in
            Self.withCStrings(all.map(\.1)) { values in PQconnectdbParams(names, values, 0) }
        }
        guard let opened else {
            throw EnclosureError(code: .unreachable, message: "libpq could not make a connection.")
        }
        connection = opened
        guard PQstatus(opened) == CONNECTION_OK else {
            // What `init` throws from here on, `deinit` finishes.
            let reason = Self.trimmed(String(cString: PQerrorMessage(opened)))
            throw EnclosureError(
                code: .unreachable, message: "PostgreSQL cannot be reached as Ringfence's admin role: \(reason)",
                remedy: "Check store.host, port, database, tls and admin in ringfence.yaml.")
        }
        PQsetNoticeReceiver(
            opened,
            { context, result in
                guard let context, let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else { return }
                // The connection outlives its notices: they are only read inside calls on it.
                Unmanaged<AdminConnection>.fromOpaque(context).takeUnretainedValue().warnings.append(
                    String(cString: state))
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { PQfinish(connection) }

    var isUsable: Bool { PQstatus(connection) == CONNECTION_OK }

    /// Runs one statement. A GRANT or REVOKE that did nothing (01006, 01007) is a failure: PostgreSQL only warns of it.
    func execute(_ sql: String) throws(EnclosureError) {
        warnings.removeAll()
        _ = try rows(sql, [])
        if let state = warnings.first(where: { $0 == "01006" || $0 == "01007" }) {
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
        let result = Self.withCStrings(parameters) { values in
            // Without parameters the simple protocol, which takes every kind of statement.
            parameters.isEmpty
                ? PQexec(connection, sql)
                : PQexecParams(connection, sql, Int32(parameters.count), nil, values, nil, nil, 0)
        }
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else { throw failure(result, sql) }
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }

    private func failure(_ result: OpaquePointer?, _ sql: String) -> EnclosureError {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(UInt8(ascii: code))).map { String(cString: $0) }
        }
        guard let state = field("C") else {
            return EnclosureError(
                code: .unreachable, message: Self.trimmed(String(cString: PQerrorMessage(connection))))
        }
        // A verifier is as good as a password to whoever can guess at it: it stays out of errors and logs.
        let shown = sql.firstRange(of: " PASSWORD ").map { sql[..<$0.lowerBound] + " PASSWORD …" } ?? sql[...]
        let statement = shown.prefix { $0 != "\n" }.prefix(160)
        let remedy =
            state == "42501"
            ? "Give Ringfence's role the right it lacks; `ringfence enclose --bootstrap` prints all that it needs."
            : nil
        return EnclosureError(
            code: .refused, message: "PostgreSQL refused “\(statement)”: \(field("M") ?? "")", remedy: remedy,
            sqlState: state)
    }

    private static func trimmed(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Calls `body` with a NULL-terminated array of C strings; nil becomes NULL.
    private static func withCStrings<R>(_ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R
    {
        var bytes: [CChar] = []
        let offsets = strings.map { string -> Int? in
            guard let string else { return nil }
            defer { bytes.append(contentsOf: string.utf8CString) }
            return bytes.count
        }
        return bytes.withUnsafeBufferPointer { bytes in
            let pointers = offsets.map { offset in offset.flatMap { bytes.baseAddress?.advanced(by: $0) } } + [nil]
            return pointers.withUnsafeBufferPointer { buffer in
                // Never empty: the terminating nil is always there.
                withExtendedLifetime(buffer) { body(buffer.baseAddress.unsafelyUnwrapped) }
            }
        }
    }
}
