/// What PostgreSQL owes for one client message: the frontend's part of the protocol, by what ends it.
enum ExpectedAnswer: Equatable {
    /// `1`
    case parse
    /// `2`
    case bind
    /// `t`, then `T` or `n`
    case describeStatement(hasParameters: Bool)
    /// `T` or `n`
    case describePortal
    /// `C`, `s`, `I`, or a COPY and then `C`
    case execute(copiesIn: Bool)
    /// `3`
    case closeStatement
    case closePortal
    /// Anything up to `Z`; only `Z` once it has failed
    case query(copiesIn: Bool, hasFailed: Bool)
    /// `Z`, perhaps after `E`
    case sync
    /// `E`: what was sent in the place of a message the gateway refuses cannot succeed. A query's `Z` follows.
    case refused(isQuery: Bool)

    var copiesIn: Bool {
        switch self {
        case .execute(let copiesIn), .query(let copiesIn, _): copiesIn
        case .parse, .bind, .describeStatement, .describePortal, .closeStatement, .closePortal, .sync, .refused: false
        }
    }
}

/// A message from PostgreSQL that nothing asked for, or that belongs to no protocol state: the session cannot go on,
/// since whatever it answers would be recorded as another statement's.
struct UnexpectedAnswer: Error, Equatable {
    var type: UInt8
    var expected: ExpectedAnswer?
}

/// What one statement turned out to be, final at ReadyForQuery.
struct StatementResult: Equatable {
    var number: StatementNumber
    /// Rows for the client, those of COPY TO included.
    var rows: UInt64
    /// Bytes of those rows' messages.
    var bytes: UInt64
    /// In nanoseconds.
    var duration: UInt64
    /// The SQLSTATE of its error.
    var sqlState: String?
    /// PostgreSQL never ran it, because of an error before it.
    var isSkipped: Bool
}

/// The transaction state that ReadyForQuery reports (protocol, "Message Formats", ReadyForQuery).
enum TransactionStatus: UInt8, Equatable {
    case idle = 0x49
    case inTransaction = 0x54
    case failed = 0x45
}
