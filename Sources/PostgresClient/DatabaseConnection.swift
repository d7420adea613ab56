internal import CLibPQ

/// A connection through libpq. Blocks: never used on an event loop.
///
/// Not `Sendable`: whoever opened it uses it and lets it go.
package final class DatabaseConnection {
    private let connection: OpaquePointer
    /// SQLSTATEs of the warnings since the last statement began.
    package private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - parameters: libpq's keywords; of one that is given twice the last counts.
    ///   - expandsName: Whether `dbname` may be a whole connection string.
    /// - Throws: Without a SQLSTATE, also if the server refused the login.
    package init(_ parameters: [(name: String, value: String)], expandsName: Bool = false) throws(DatabaseError) {
        let opened = Self.withCStrings(parameters.map(\.name)) { names in
            Self.withCStrings(parameters.map(\.value)) { values in
                PQconnectdbParams(names, values, expandsName ? 1 : 0)
            }
        }
        guard let opened else {
            throw DatabaseError(sqlState: nil, message: "libpq could not make a connection.")
        }
        connection = opened
        guard PQstatus(opened) == CONNECTION_OK else {
            // What `init` throws from here on, `deinit` finishes.
            throw DatabaseError(sqlState: nil, message: Self.oneLine(PQerrorMessage(opened)))
        }
        PQsetNoticeReceiver(
            opened,
            { context, result in
                guard let context, let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else { return }
                // The connection outlives its notices: they are only read inside calls on it.
                Unmanaged<DatabaseConnection>.fromOpaque(context).takeUnretainedValue().warnings.append(
                    String(cString: state))
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { PQfinish(connection) }

    package var isUsable: Bool { PQstatus(connection) == CONNECTION_OK }

    /// The rows of a query or command; text, nil for NULL.
    @discardableResult
    package func rows(_ sql: String, _ parameters: [String?] = []) throws(DatabaseError) -> [[String?]] {
        warnings.removeAll()
        let result = Self.withCStrings(parameters) { values in
            // Without parameters the simple protocol, which takes every kind of statement.
            parameters.isEmpty
                ? PQexec(connection, sql)
                : PQexecParams(connection, sql, Int32(parameters.count), nil, values, nil, nil, 0)
        }
        defer { PQclear(result) }
        try check(result)
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }

    /// The rows of a query whose parameters and columns travel in PostgreSQL's binary formats.
    ///
    /// One message there and one answer back: outside a transaction block the statement is a transaction by itself,
    /// whose end does not wait for this side.
    package func binaryRows(_ sql: String, _ parameters: [BinaryParameter]) throws(DatabaseError) -> [[BinaryColumn]] {
        warnings.removeAll()
        let bytes = parameters.map(\.bytes)
        let result = Self.withPointers(bytes) { values in
            PQexecParams(
                connection, sql, Int32(parameters.count), parameters.map(\.type), values,
                bytes.map { Int32($0.count) }, parameters.map { _ in 1 }, 1)
        }
        defer { PQclear(result) }
        try check(result)
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else {
                    return BinaryColumn(bytes: nil)
                }
                let count = Int(PQgetlength(result, row, column))
                return BinaryColumn(bytes: Array(UnsafeRawBufferPointer(start: value, count: count)))
            }
        }
    }

    private func check(_ result: OpaquePointer?) throws(DatabaseError) {
        let status = PQresultStatus(result)
        guard status != PGRES_TUPLES_OK, status != PGRES_COMMAND_OK else { return }
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(UInt8(ascii: code))).map { String(cString: $0) }
        }
        // A server that goes away may say so with a code, and it is not known then what it did.
        guard let state = field("C"), isUsable else {
            throw DatabaseError(sqlState: nil, message: Self.oneLine(PQerrorMessage(connection)))
        }
        throw DatabaseError(sqlState: state, message: field("M") ?? "")
    }

    private static func oneLine(_ text: UnsafePointer<CChar>) -> String {
        String(cString: text).split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private static func withPointers<R>(
        _ values: [[UInt8]], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
    ) -> R {
        var all: [UInt8] = []
        all.reserveCapacity(values.reduce(1) { $0 + $1.count })
        let offsets = values.map { value in
            defer { all.append(contentsOf: value) }
            return all.count
        }
        all.append(0)  // an empty value is not NULL: its pointer must be one
        return all.withUnsafeBytes { bytes in
            let base = bytes.assumingMemoryBound(to: CChar.self).baseAddress
            let pointers: [UnsafePointer<CChar>?] = offsets.map { base?.advanced(by: $0) } + [nil]
            return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
        }
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
