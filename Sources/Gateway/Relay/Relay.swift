import PostgresWire
import DequeModule
import NIOCore
import Ringfence
import TransparencyLog

/// One session's traffic after both logins: what each side sent goes in, what each side is to get comes out.
///
/// The ledger takes records at once and reports later that they are durable; nothing else here reaches outside. Not
/// copyable: a session has one history, and each event would pay for the copy.
struct Relay: ~Copyable {
    /// What is to be written, in this order to each side. The caller takes all of it after each event.
    struct Output {
        var toClient: [ByteBuffer] = []
        var toUpstream: [ByteBuffer] = []

        var isEmpty: Bool { toClient.isEmpty && toUpstream.isEmpty }
    }

    struct Limits {
        /// Answers held for one session; beyond, PostgreSQL is read no further.
        var heldBytesMax = 4 << 20
        /// The longest message of which the gateway needs the whole: a text, parameters, an error.
        var messageBytesMax = 64 << 20
        /// Statements of one batch that are without a final outcome.
        var openStatementsMax = 1 << 20
        /// How much analysing of texts one turn of the event loop bears before other sessions are served, as
        /// ``StatementAnalyzer/work`` counts it: about 20 ms at worst.
        var workPerTurnMax = 512 << 10
        /// Prepared statements and portals may keep so much alive, each.
        var namedBytesMax = 16 << 20
        /// Rewritten texts of statements without a final outcome; of older ones, positions in errors are not mapped.
        var rewrittenMax = 512
        /// Outcomes that wait for the ledger to have room.
        var outcomesMax = 1 << 16
    }

    /// A Parse whose record may be that of the Bind behind it.
    struct DeferredParse {
        var start: Int
        var end: Int
        var name: ByteBuffer
        var statement: PreparedStatement
        var rewritten: ByteBuffer?
    }

    /// How far one side's bytes have been looked at.
    struct Input {
        var bytes = ByteBuffer()
        /// What is left of a message that needs no looking at.
        var passing = 0
        var isDropping = false

        mutating func append(_ more: ByteBuffer) {
            if bytes.readableBytes == 0 { bytes = more } else { bytes.writeImmutableBuffer(more) }
        }

        /// Lets go of what was read: a buffer that is still held cannot be used again for the next bytes, and TLS would
        /// then copy all of its own.
        mutating func consumed(to position: Int) {
            if position == bytes.writerIndex { bytes = ByteBuffer() } else { bytes.moveReaderIndex(to: position) }
        }
    }

    var output = Output()
    var tracker: StatementTracker
    var answers: ReleaseBarrier
    var requests: ReleaseBarrier
    var entries: SessionEntries
    var analyzer: StatementAnalyzer
    var recordedTables: [TableReferences: EntryTables] = [:]
    /// Statements whose text was rewritten, oldest first: positions in their errors are mapped back.
    var rewritten: Deque<(number: StatementNumber, analysis: StatementAnalysis)> = []
    var outcomes: [StatementOutcome] = []
    var client = Input()
    var upstream = Input()
    var deferred: DeferredParse?
    /// The last entry any request rests on, and any answer given so far.
    var requestEntry: AppendTicket?
    var answerEntry: AppendTicket?
    /// The client's messages wait for an answer from PostgreSQL.
    var isClientHeld = false
    /// The client's messages wait for the event loop's next turn; see ``resumed(at:)``.
    var isYielding = false
    /// Statements recorded since the turn began.
    var recordedInTurn = 0
    var requestsArePaused = false
    var answersArePaused = false
    var clientHasTerminated = false
    var upstreamHasEnded = false
    /// PostgreSQL itself told the client why the session ends.
    var hasToldFatal = false
    /// The client's connection is gone: answers are still counted, but go nowhere.
    var clientHasLeft = false
    /// Cancel requests on their way to PostgreSQL: no statement may start that one of them could hit.
    var cancelsInFlight = 0
    /// The latest statement whose text listens.
    var listens: StatementNumber?
    /// Notifications that were released and are not recorded yet.
    var notifications: (count: UInt64, bytes: UInt64) = (0, 0)
    /// Plain names may mean something else than the catalog's tables.
    var namesAreRedefined = false
    var readsStandardStrings = true
    var readsUTF8 = true
    /// A statement up to this one may change how the server reads texts, and PostgreSQL has not said so yet.
    var parsingInDoubt: StatementNumber?
    var end: RelayEnd?
    let ledger: any LedgerAppending
    let restorer: NameRestorer
    let schemas: SchemaMap
    let advice: any RefusalAdvising
    let mayWrite: Bool
    let limits: Limits
    /// The time of an entry is that of its append. Taken with the burst, it would be behind entries of others that were
    /// appended meanwhile, and a delay would read as a clock set back.
    let entryTime: @Sendable () -> EntryTime

    /// - Parameter opened: The entry of the session itself: not even a ParameterStatus passes before it is durable.
    init(
        _ terms: SessionTerms, entries: SessionEntries, opened: AppendTicket, ledger: any LedgerAppending,
        limits: Limits = Limits(), entryTime: @escaping @Sendable () -> EntryTime
    ) {
        self.entryTime = entryTime
        self.entries = entries
        self.ledger = ledger
        self.limits = limits
        tracker = StatementTracker(namedBytesMax: limits.namedBytesMax)
        schemas = terms.schemas
        advice = terms.advice
        mayWrite = terms.mayWrite
        analyzer = StatementAnalyzer(map: terms.schemas)
        restorer = NameRestorer(terms.schemas)
        answers = ReleaseBarrier(heldBytesMax: limits.heldBytesMax)
        requests = ReleaseBarrier(heldBytesMax: limits.heldBytesMax)
        requestEntry = opened
        answerEntry = opened
    }

    /// Whether the server reads a text as the gateway's parser does, unless that is in doubt.
    var parses: Bool { readsStandardStrings && readsUTF8 }

    /// Whether the client is to be read no further for now.
    var pausesClient: Bool { isClientHeld || requestsArePaused || cancelsInFlight > 0 || end != nil }
    /// Whether PostgreSQL is to be read no further for now.
    var pausesUpstream: Bool { answersArePaused }
    /// Whether anything waits for an entry to be durable.
    var isWaiting: Bool { !answers.isEmpty || !requests.isEmpty }
    /// Whether nothing runs, nothing is held and no transaction is open.
    var isQuiet: Bool { tracker.isIdle && tracker.status == .idle && !isWaiting && client.bytes.readableBytes == 0 }
    /// Whether a message of ours would fall into the middle of one of PostgreSQL's.
    var isClientMidMessage: Bool { upstream.passing > 0 }
    /// Whether all is said: the client's connection is to be closed once the output is written.
    var isDrained: Bool { end != nil || (upstreamHasEnded && answers.isEmpty) }
}

// MARK: - Events besides bytes

extension Relay {
    /// Gives out the output, and takes an empty one whose storage is used again.
    mutating func swapOutput(_ other: inout Output) { swap(&output, &other) }

    /// Everything that waits for entries up to `last` may pass.
    mutating func entriesDurable(through last: AppendTicket) {
        answers.entriesDurable(through: last)
        while let bytes = answers.nextReleased() { output.toClient.append(bytes) }
        if answers.resumesSource() { answersArePaused = false }
        guard mayWrite else { return }
        requests.entriesDurable(through: last)
        while let bytes = requests.nextReleased() { output.toUpstream.append(bytes) }
        if requests.resumesSource() { requestsArePaused = false }
    }

    /// The ledger has stopped: what is not durable by now never will be.
    mutating func ledgerFailed() {
        finish(RelayEnd(reason: .ledger, notice: .ledgerFailed))
    }

    /// Ends the session from the gateway's side; what is held is never released.
    mutating func finish(_ end: RelayEnd) {
        guard self.end == nil else { return }
        self.end = end
        answers.close()
        requests.close()
    }

    /// PostgreSQL closed the connection. What it said before still passes.
    mutating func upstreamClosed() {
        guard !upstreamHasEnded else { return }
        upstreamHasEnded = true
        guard end == nil, !clientHasTerminated, !hasToldFatal, !isClientMidMessage else { return }
        release(SessionError.upstreamLost.message(severity: "FATAL"))
    }

    /// The client's connection ended. What a writer sent before still runs, as it would without the gateway.
    mutating func clientClosed() {
        guard end == nil, !clientHasLeft else { return }
        clientHasLeft = true
        answers.close()
        answersArePaused = false
        if mayWrite, !tracker.isIdle {
            if !clientHasTerminated, !tracker.isCopyingIn { send(.terminate) }
            clientHasTerminated = true
        } else {
            finish(RelayEnd(reason: .client, notice: nil))
        }
    }

    /// Records that the session is over; call it last.
    mutating func close(at moment: Moment) throws(LogError) {
        let reason = end?.reason ?? (clientHasTerminated || clientHasLeft ? .client : .upstream)
        tracker.ended(sqlState: nil, at: moment.nanoseconds)
        collectOutcomes()
        try recordOutcomes()
        let record = entries.closed(reason, at: entryTime())
        _ = try ledger.append(record)
    }

    /// Whether something became final that the ledger has not been told.
    var hasUnrecorded: Bool { !outcomes.isEmpty || notifications.count > 0 }

    /// Hands the outcomes that are final to the ledger; what it has no room for is tried again the next time.
    mutating func recordOutcomes() throws(LogError) {
        try recordNotifications()
        while !outcomes.isEmpty {
            let some = outcomes.prefix(SessionEntries.outcomesMax)
            for record in entries.outcomes(some, at: entryTime()) {
                do throws(LogError) {
                    _ = try ledger.append(record)
                } catch {
                    entries.discardLast()
                    throw error
                }
            }
            outcomes.removeFirst(some.count)
        }
    }

    private mutating func recordNotifications() throws(LogError) {
        guard notifications.count > 0 else { return }
        let record = entries.notifications(
            notifications.count, bytes: notifications.bytes, of: listens?.rawValue, at: entryTime())
        do throws(LogError) {
            _ = try ledger.append(record)
        } catch {
            entries.discardLast()
            throw error
        }
        notifications = (0, 0)
    }

    mutating func collectOutcomes() {
        while let result = tracker.nextResult() {
            outcomes.append(
                StatementOutcome(
                    statement: result.number.rawValue, rows: result.rows, bytes: result.bytes,
                    microseconds: result.duration / 1000, sqlstate: result.sqlState))
            if let doubted = parsingInDoubt, doubted <= result.number { parsingInDoubt = nil }
            while let first = rewritten.first, first.number <= result.number { rewritten.removeFirst() }
        }
        if outcomes.count > limits.outcomesMax, end == nil { finish(RelayEnd(reason: .ledger, notice: .ledgerFailed)) }
    }
}
