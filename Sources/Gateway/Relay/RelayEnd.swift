import Ringfence
import TransparencyLog

/// Why a session is over, and what its client is told.
struct RelayEnd: Sendable, Equatable {
    var reason: CloseReason
    /// A FATAL for the client; nil when it left by itself or PostgreSQL has told it.
    var notice: SessionError?
}

/// An error that the gateway itself reports.
struct SessionError: Error, Sendable, Equatable {
    var sqlState: String
    var message: String
    var detail: String?
    var hint: String?
}

extension SessionError {
    /// Why a ledger that will take entries again takes none now, in words for the client.
    static func notRecorded(_ error: LogError) -> SessionError {
        switch error {
        case .unwitnessed: .unwitnessed
        case .unreachable: .ledgerUnreachable
        case .full, .outOfSpace, .entryTooLarge, .failed, .closed, .locked, .rolledBack, .corrupted: .ledgerFull
        }
    }

    static func protocolViolation(_ message: String) -> SessionError {
        SessionError(sqlState: "08P01", message: message)
    }

    static let upstreamLost = SessionError(
        sqlState: "08006", message: "the connection to the database was lost",
        hint: "What was running may or may not have been done. Connect again.")

    static let ledgerFull = SessionError(
        sqlState: "53100", message: "the statement cannot be recorded now, so it was not run",
        detail: "The access ledger has no room.", hint: "Try again later; the operator has been told.")

    static let unwitnessed = SessionError(
        sqlState: "57P03", message: "no statement is run now: the access ledger's witnesses do not answer",
        detail: "This gateway answers only while independent witnesses confirm what it records.",
        hint: "Try again in a moment; service resumes by itself when they are back. The operator has been told.")

    static let ledgerUnreachable = SessionError(
        sqlState: "57P03", message: "no statement is run now: the access ledger does not answer",
        detail: "What was running may or may not have been done; no answer leaves before it is recorded.",
        hint: "Connect again in a moment; service resumes by itself. The operator has been told.")

    static let ledgerFailed = SessionError(
        sqlState: "58030", message: "the session cannot be recorded any more",
        detail: "The access ledger has stopped.", hint: "Connect again later; the operator has been told.")

    static let functionCall = SessionError(
        sqlState: "0A000", message: "the fast-path function call is not supported",
        hint: "Call the function in a SELECT statement.")

    static let listen = SessionError(
        sqlState: "42501", message: "LISTEN is for sessions to which everything in the database is clear",
        detail:
            "A notification carries what another session put into it, of which no policy says whether you may see it.",
        hint: "Ask for changes with a query on the tables you may read, or let a service to which all is clear listen.")

    static let tooManyNames = SessionError(
        sqlState: "53400", message: "too many prepared statements or portals in this session, or too long ones",
        detail: "A session keeps up to 8192 of each, and their texts up to 16 MB.",
        hint: "Close (DEALLOCATE) those that are no longer needed, and send long texts without preparing them.")
}
