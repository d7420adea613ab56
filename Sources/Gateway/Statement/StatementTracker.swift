import DequeModule
import NIOCore
import TransparencyLog

/// Knows which statement each message from PostgreSQL answers, and what each statement returned.
///
/// PostgreSQL answers in the order of the questions, so the state is a queue of what it owes. Errors drop what it
/// will now skip; what it skips, the gateway does not send on either. A message that the queue does not allow ends
/// the session.
struct StatementTracker {
    /// What is to become of a client's message before anything is done about it.
    enum Admission: Equatable {
        case forward
        /// PostgreSQL would ignore it.
        case drop
        /// What PostgreSQL answers next decides: try again after ``answered(_:bytes:at:)``.
        case hold
        case refuse(ProtocolViolation)
    }

    enum ProtocolViolation: Error, Equatable {
        /// A Query or FunctionCall in a batch that has executed something: PostgreSQL 18 loses its writes.
        case queryInsideBatch
        /// Anything but `d`, `c`, `f`, `H`, `S` and `X` in COPY IN.
        case messageInCopy(UInt8)
        case unknownMessage(UInt8)

        var message: String {
            switch self {
            case .queryInsideBatch: "a Query before the Sync of an Execute is not supported"
            case .messageInCopy(let type):
                "unexpected message type 0x\(String(type, radix: 16)) during COPY from stdin"
            case .unknownMessage(let type): "invalid frontend message type \(type)"
            }
        }
    }

    private enum CopyPhase: Equatable {
        case none
        /// A COPY FROM STDIN may be about to begin: PostgreSQL decides what a Sync means by when it arrives.
        case awaited
        case copying
    }

    private struct Owed {
        var answer: ExpectedAnswer
        /// Nil before the session's first statement.
        var intent: Intent?
    }

    private struct Account {
        var rows: UInt64 = 0
        var bytes: UInt64 = 0
        var began: UInt64
        var sqlState: String?
        var isSkipped = false
    }

    private var owed: Deque<Owed> = []
    private var accounts: Deque<Account> = []
    private var firstAccount = StatementNumber(1)
    private var lastIntent: Intent?
    private var lastAnswered: Intent?
    private var copyPhase = CopyPhase.none
    private var copyIsOut = false
    private var isSkipping = false
    private var refusals: Deque<ByteBuffer> = []
    private var finalResults: Deque<StatementResult> = []
    private var hasExecuted = false
    private(set) var batch: UInt64 = 0
    private(set) var status = TransactionStatus.idle
    private(set) var statements: NameTable<PreparedStatement>
    private(set) var portals: NameTable<Portal>
    /// More is not sent before some is answered. It must exceed what PostgreSQL keeps in its own buffer of 8 kB.
    let owedMax: Int

    init(namesMax: Int = 8192, namedBytesMax: Int = 16 << 20, owedMax: Int = 1 << 14) {
        statements = NameTable(namesMax: namesMax, bytesMax: namedBytesMax)
        portals = NameTable(namesMax: namesMax, bytesMax: namedBytesMax)
        self.owedMax = owedMax
    }

    /// Whether PostgreSQL owes nothing.
    var isIdle: Bool { owed.isEmpty && !isSkipping && copyPhase == .none }
    var isCopyingIn: Bool { copyPhase == .copying }

    /// When the oldest statement without a final outcome began; nil when PostgreSQL owes nothing.
    var busySince: UInt64? { owed.isEmpty ? nil : accounts.first?.began }

    var openStatements: Int { accounts.count }

    /// The statement whose answer is due next: a cancel request is for this one.
    var running: StatementNumber? { owed.first?.intent?.number }
}

extension StatementTracker {
    /// The state that the login ended in.
    mutating func start(_ status: TransactionStatus) { self.status = status }
}

// MARK: - From the client

extension StatementTracker {
    /// What is to become of a message of this type, which has not been looked at otherwise.
    func admission(of type: UInt8) -> Admission {
        switch copyPhase {
        case .awaited:
            return type == UInt8(ascii: "X") ? .forward : .hold
        case .copying:
            switch type {
            case UInt8(ascii: "d"), UInt8(ascii: "c"), UInt8(ascii: "f"), UInt8(ascii: "X"): return .forward
            case UInt8(ascii: "S"), UInt8(ascii: "H"): return .drop
            default: return .refuse(.messageInCopy(type))
            }
        case .none:
            break
        }
        switch type {
        case UInt8(ascii: "d"), UInt8(ascii: "c"), UInt8(ascii: "f"):
            return .drop
        case UInt8(ascii: "X"):
            return .forward
        case UInt8(ascii: "S"):
            return owed.count < owedMax ? .forward : .hold
        case UInt8(ascii: "Q"), UInt8(ascii: "F"):
            if isSkipping { return .drop }
            return hasExecuted ? .refuse(.queryInsideBatch) : .forward
        case UInt8(ascii: "P"), UInt8(ascii: "B"), UInt8(ascii: "D"), UInt8(ascii: "E"), UInt8(ascii: "C"),
            UInt8(ascii: "H"):
            if isSkipping { return .drop }
            return owed.count < owedMax ? .forward : .hold
        default:
            return .refuse(.unknownMessage(type))
        }
    }

    /// A new statement is recorded and on its way; its messages follow through ``sent(_:)``.
    mutating func began(_ intent: Intent, at now: UInt64) {
        if accounts.isEmpty { firstAccount = intent.number }
        accounts.append(Account(began: now))
        lastIntent = intent
    }

    /// A text with such words is about to run.
    mutating func heed(_ words: SQLWords) {
        if words.contains(.statementNames) { statements.doubtAll() }
        if words.contains(.portalNames) { portals.doubtAll() }
    }

    /// A message goes to PostgreSQL: of `intent`, or of the last statement that ``began(_:at:)``.
    mutating func sent(_ answer: ExpectedAnswer, of intent: Intent? = nil) {
        owed.append(Owed(answer: answer, intent: intent ?? lastIntent))
        switch answer {
        case .sync:
            isSkipping = false
            hasExecuted = false
            batch &+= 1
        case .execute(let copiesIn):
            hasExecuted = true
            if copiesIn { copyPhase = .awaited }
        case .query(let copiesIn, _):
            if copiesIn { copyPhase = .awaited }
        case .parse, .bind, .describeStatement, .describePortal, .closeStatement, .closePortal, .refused:
            break
        }
    }

    mutating func parseSent(_ name: ByteBuffer, _ statement: PreparedStatement, of intent: Intent) {
        statements.define(name, as: statement, bytes: name.readableBytes + statement.bytes, batch: batch)
        sent(.parse, of: intent)
    }

    mutating func bindSent(_ name: ByteBuffer, _ portal: Portal) {
        portals.define(name, as: portal, bytes: Self.portalBytes(name, portal.statement), batch: batch)
        sent(.bind, of: portal.intent)
    }

    /// Whether a portal of this name may be bound.
    func hasRoom(for portal: ByteBuffer, of statement: PreparedStatement?) -> Bool {
        portals.hasRoom(for: portal, bytes: Self.portalBytes(portal, statement))
    }

    /// A named portal may outlive its statement's name, and then keeps the text alive by itself. Unnamed ones replace
    /// each other: a pipeline may have thousands of one statement.
    private static func portalBytes(_ name: ByteBuffer, _ statement: PreparedStatement?) -> Int {
        128 + (name.readableBytes > 0 ? name.readableBytes + (statement?.bytes ?? 0) : 0)
    }

    mutating func closeStatementSent(_ name: ByteBuffer) {
        statements.remove(name, batch: batch)
        sent(.closeStatement)
    }

    mutating func closePortalSent(_ name: ByteBuffer) {
        portals.remove(name, batch: batch)
        sent(.closePortal)
    }

    /// Something that must fail went upstream in the place of a message; the client gets `error`, an ErrorResponse.
    mutating func refusedSent(_ error: ByteBuffer, isQuery: Bool) {
        refusals.append(error)
        sent(.refused(isQuery: isQuery))
    }

    /// CopyDone or CopyFail.
    mutating func copyEnded() {
        // A Query may go on with another COPY.
        copyPhase = if case .query? = owed.first?.answer { .awaited } else { .none }
    }
}

// MARK: - From PostgreSQL

extension StatementTracker {
    /// DataRows, of `bytes` together.
    mutating func rowsAnswered(_ rows: Int, bytes: Int) throws(UnexpectedAnswer) -> AppendTicket? {
        switch owed.first?.answer {
        case .query(_, hasFailed: false), .execute:
            count(rows: UInt64(clamping: rows), bytes: bytes)
            return attribution()
        default:
            throw unexpected(UInt8(ascii: "D"))
        }
    }

    /// CopyData of a COPY TO.
    mutating func copyDataAnswered(bytes: Int) throws(UnexpectedAnswer) -> AppendTicket? {
        guard copyIsOut else { throw unexpected(UInt8(ascii: "d")) }
        count(rows: 0, bytes: bytes)
        return attribution()
    }

    /// Any message but those that have a method of their own.
    mutating func answered(_ type: UInt8) throws(UnexpectedAnswer) -> AppendTicket? {
        guard let first = owed.first else {
            switch type {
            case UInt8(ascii: "N"), UInt8(ascii: "S"): return lastAnswered?.entry
            default: throw unexpected(type)
            }
        }
        switch (type, first.answer) {
        case (UInt8(ascii: "N"), _), (UInt8(ascii: "S"), _):
            return attribution()
        case (UInt8(ascii: "1"), .parse):
            statements.confirmFirst()
            return finished()
        case (UInt8(ascii: "2"), .bind):
            portals.confirmFirst()
            return finished()
        case (UInt8(ascii: "3"), .closeStatement):
            statements.confirmFirst()
            return finished()
        case (UInt8(ascii: "3"), .closePortal):
            portals.confirmFirst()
            return finished()
        case (UInt8(ascii: "t"), .describeStatement(hasParameters: false)):
            owed[0].answer = .describeStatement(hasParameters: true)
            return attribution()
        case (UInt8(ascii: "T"), .describeStatement(hasParameters: true)), (UInt8(ascii: "T"), .describePortal),
            (UInt8(ascii: "n"), .describeStatement(hasParameters: true)), (UInt8(ascii: "n"), .describePortal),
            (UInt8(ascii: "s"), .execute), (UInt8(ascii: "I"), .execute):
            return finished()
        case (UInt8(ascii: "T"), .query(_, hasFailed: false)), (UInt8(ascii: "I"), .query(_, hasFailed: false)):
            return attribution()
        case (UInt8(ascii: "G"), .query(copiesIn: true, hasFailed: false)),
            (UInt8(ascii: "G"), .execute(copiesIn: true)):
            guard copyPhase == .awaited else { throw unexpected(type) }
            copyPhase = .copying
            return attribution()
        case (UInt8(ascii: "H"), .query(_, hasFailed: false)), (UInt8(ascii: "H"), .execute):
            copyIsOut = true
            return attribution()
        case (UInt8(ascii: "c"), .query), (UInt8(ascii: "c"), .execute):
            guard copyIsOut else { throw unexpected(type) }
            return attribution()
        default:
            throw unexpected(type)
        }
    }

    /// CommandComplete; `copied` is the number of rows its tag gives to a COPY.
    mutating func commandCompleted(copied: UInt64?) throws(UnexpectedAnswer) -> AppendTicket? {
        switch owed.first?.answer {
        case .query(_, hasFailed: false):
            if copyIsOut { count(rows: copied ?? 0, bytes: 0) }
            copyIsOut = false
            if copyPhase == .copying { copyPhase = .awaited }
            return attribution()
        case .execute:
            if copyIsOut { count(rows: copied ?? 0, bytes: 0) }
            copyIsOut = false
            return finished()
        default:
            throw unexpected(UInt8(ascii: "C"))
        }
    }

    /// A NotificationResponse: another session's data, which no statement of this one returned.
    mutating func notified() -> AppendTicket? {
        owed.isEmpty ? lastAnswered?.entry : attribution()
    }

    struct ErrorAnswer: Equatable {
        var entry: AppendTicket?
        /// The statement that failed; nil when PostgreSQL ends an idle session.
        var statement: StatementNumber?
        /// The gateway's own ErrorResponse, which goes to the client instead.
        var refusal: ByteBuffer?
    }

    /// - Parameter isFatal: The severity is FATAL or PANIC: the session ends, asked for or not.
    mutating func errorAnswered(sqlState: String, isFatal: Bool) throws(UnexpectedAnswer) -> ErrorAnswer {
        guard let first = owed.first else {
            guard isFatal else { throw unexpected(UInt8(ascii: "E")) }
            return ErrorAnswer(entry: lastAnswered?.entry)
        }
        if case .query(_, hasFailed: true) = first.answer, !isFatal { throw unexpected(UInt8(ascii: "E")) }
        lastAnswered = first.intent ?? lastAnswered
        withAccount(of: first.intent) { $0.sqlState = sqlState }
        var answer = ErrorAnswer(entry: first.intent?.entry, statement: first.intent?.number)
        copyIsOut = false
        switch first.answer {
        case .query(let copiesIn, _):
            owed[0].answer = .query(copiesIn: copiesIn, hasFailed: true)
            if copyPhase == .copying { copyPhase = .awaited }
        case .refused(isQuery: true):
            answer.refusal = refusals.popFirst()
            owed[0].answer = .query(copiesIn: false, hasFailed: true)
        case .sync:
            break
        case .parse, .bind, .describeStatement, .describePortal, .execute, .closeStatement, .closePortal,
            .refused(isQuery: false):
            if case .refused = first.answer { answer.refusal = refusals.first }
            skip(after: first.intent)
        }
        return answer
    }

    /// ReadyForQuery: what the batch did is final.
    mutating func readyAnswered(_ newStatus: TransactionStatus, at now: UInt64) throws(UnexpectedAnswer)
        -> AppendTicket?
    {
        guard let first = owed.first else { throw unexpected(UInt8(ascii: "Z")) }
        switch first.answer {
        case .sync, .query: break
        case .parse, .bind, .describeStatement, .describePortal, .execute, .closeStatement, .closePortal, .refused:
            throw unexpected(UInt8(ascii: "Z"))
        }
        if case .query(copiesIn: true, _) = first.answer { copyPhase = .none }
        status = newStatus
        if newStatus == .idle { portals.removeAll() }
        if let intent = first.intent { settle(through: intent.number, at: now) }
        return finished()
    }

    /// The next outcome that has become final.
    mutating func nextResult() -> StatementResult? { finalResults.popFirst() }

    /// The session ends: what is open stays without an answer.
    mutating func ended(sqlState: String?, at now: UInt64) {
        if let sqlState, let first = owed.first { withAccount(of: first.intent) { $0.sqlState = sqlState } }
        owed.removeAll()
        if let lastIntent { settle(through: lastIntent.number, at: now) }
    }

    /// PostgreSQL ignores everything up to the next Sync, Queries too.
    private mutating func skip(after failed: Intent?) {
        while let next = owed.first {
            if case .sync = next.answer { break }
            owed.removeFirst()
            switch next.answer {
            case .parse, .closeStatement: statements.rejectFirst()
            case .bind, .closePortal: portals.rejectFirst()
            case .refused: refusals.removeFirst()
            case .describeStatement, .describePortal, .execute, .query, .sync: break
            }
            if next.intent?.number != failed?.number { withAccount(of: next.intent) { $0.isSkipped = true } }
        }
        copyPhase = .none
        isSkipping = owed.isEmpty
    }

    private mutating func finished() -> AppendTicket? {
        let entry = attribution()
        if let first = owed.popFirst(), case .execute(copiesIn: true) = first.answer { copyPhase = .none }
        return entry
    }

    private mutating func attribution() -> AppendTicket? {
        if let intent = owed.first?.intent { lastAnswered = intent }
        return lastAnswered?.entry
    }

    private func unexpected(_ type: UInt8) -> UnexpectedAnswer {
        UnexpectedAnswer(type: type, expected: owed.first?.answer)
    }

    private mutating func settle(through last: StatementNumber, at now: UInt64) {
        while firstAccount <= last, let account = accounts.popFirst() {
            finalResults.append(
                StatementResult(
                    number: firstAccount, rows: account.rows, bytes: account.bytes,
                    duration: now >= account.began ? now - account.began : 0, sqlState: account.sqlState,
                    isSkipped: account.isSkipped))
            firstAccount = StatementNumber(firstAccount.rawValue + 1)
        }
    }

    private mutating func count(rows: UInt64, bytes: Int) {
        guard let number = owed.first?.intent?.number, number >= firstAccount else { return }
        let index = Int(clamping: number.rawValue - firstAccount.rawValue)
        guard index < accounts.count else { return }
        accounts[index].rows &+= rows
        accounts[index].bytes &+= UInt64(clamping: bytes)
    }

    private mutating func withAccount(of intent: Intent?, _ change: (inout Account) -> Void) {
        guard let number = intent?.number, number >= firstAccount else { return }
        let index = Int(clamping: number.rawValue - firstAccount.rawValue)
        guard index < accounts.count else { return }
        change(&accounts[index])
    }
}
