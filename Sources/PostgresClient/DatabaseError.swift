/// Why PostgreSQL did not do what was asked.
package struct DatabaseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server's code; nil if the connection could not be made or was lost, when it is unknown what it did.
    package let sqlState: String?
    /// The server's or libpq's message, in one line.
    package let message: String

    package init(sqlState: String?, message: String) {
        self.sqlState = sqlState
        self.message = message
    }

    package var description: String { sqlState.map { "\(message) (\($0))" } ?? message }
}
