import PostgresWire
import NIOCore
import Ringfence
import TransparencyLog

/// The client's messages: each is admitted, recorded if it is a statement, and sent on as it came where possible.
extension Relay {
    mutating func clientSent(_ bytes: ByteBuffer, at moment: Moment) {
        guard end == nil, !clientHasTerminated else { return }
        client.append(bytes)
        readRequests(at: moment)
    }

    /// Goes on with messages that were held, if what held them is over.
    mutating func retryRequests(at moment: Moment) {
        guard isClientHeld, cancelsInFlight == 0 else { return }
        readRequests(at: moment)
    }

    /// The event loop's next turn, if ``isYielding``.
    mutating func resumed(at moment: Moment) {
        turnBegan()
        isYielding = false
        retryRequests(at: moment)
    }

    mutating func turnBegan() {
        analyzer.turnBegan()
        recordedInTurn = 0
    }

    /// Whether this session has had its share of the event loop's turn. A record costs some microseconds.
    private var hasHadItsTurn: Bool { analyzer.work + 512 * recordedInTurn >= limits.workPerTurnMax }

    private mutating func readRequests(at moment: Moment) {
        guard cancelsInFlight == 0 else {
            isClientHeld = true
            return
        }
        isClientHeld = false
        var reader = MessageReader(input: client.bytes)
        if passOn(&reader) {
            while end == nil, !isClientHeld, !clientHasTerminated, let header = reader.header {
                guard take(header, &reader, at: moment) else { break }
            }
        }
        settleDeferredParse(&reader, at: moment)
        cut(&reader, to: reader.cursor)
        client.consumed(to: reader.cursor)
    }

    /// The rest of a message that is not looked at; false when there is more of it to come.
    private mutating func passOn(_ reader: inout MessageReader) -> Bool {
        guard client.passing > 0 else { return true }
        let some = min(client.passing, reader.available)
        reader.cursor += some
        client.passing -= some
        if client.isDropping { reader.runStart = reader.cursor }
        return client.passing == 0
    }

    /// - Returns: Whether to go on with the next message.
    private mutating func take(_ header: MessageHeader, _ reader: inout MessageReader, at moment: Moment) -> Bool {
        guard header.length >= 4 else {
            return violated("invalid message length", &reader)
        }
        guard tracker.openStatements < limits.openStatementsMax else {
            return violated("too many statements without a Sync", &reader)
        }
        let isWithBind = header.type == UInt8(ascii: "B") && deferred != nil
        if !isWithBind { settleDeferredParse(&reader, at: moment) }
        switch tracker.admission(of: header.type) {
        case .forward: break
        case .hold:
            isClientHeld = true
            return false
        case .drop:
            cut(&reader, to: reader.cursor)
            client.isDropping = true
            return pass(header, &reader)
        case .refuse(let violation):
            return violated(violation.message, &reader)
        }
        switch header.type {
        case UInt8(ascii: "Q"), UInt8(ascii: "P"), UInt8(ascii: "B"), UInt8(ascii: "E"):
            // A Parse and its Bind are one statement.
            guard !isWithBind, hasHadItsTurn else { break }
            isClientHeld = true
            isYielding = true
            return false
        default: break
        }
        switch header.type {
        case UInt8(ascii: "S"), UInt8(ascii: "H"), UInt8(ascii: "c"), UInt8(ascii: "X"):
            guard header.length == 4 else { return violated("invalid message format", &reader) }
            reader.cursor += header.size
            bare(header.type)
            return true
        case UInt8(ascii: "d"):
            client.isDropping = false
            return pass(header, &reader)
        case UInt8(ascii: "f"):
            tracker.copyEnded()
            client.isDropping = false
            return pass(header, &reader)
        default:
            guard header.size <= limits.messageBytesMax else {
                return violated("message of \(header.length) bytes is longer than the gateway takes", &reader)
            }
            guard let body = reader.body(header) else { return false }
            return whole(header, body, &reader, at: moment)
        }
    }

    private mutating func bare(_ type: UInt8) {
        switch type {
        case UInt8(ascii: "S"): tracker.sent(.sync)
        case UInt8(ascii: "c"): tracker.copyEnded()
        case UInt8(ascii: "X"): clientHasTerminated = true
        default: break
        }
    }

    private mutating func pass(_ header: MessageHeader, _ reader: inout MessageReader) -> Bool {
        client.passing = header.size
        return passOn(&reader)
    }

    private mutating func whole(
        _ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader, at moment: Moment
    ) -> Bool {
        var body = body
        switch header.type {
        case UInt8(ascii: "Q"): return query(header, body, &reader, at: moment)
        case UInt8(ascii: "P"): return parse(header, body, &reader)
        case UInt8(ascii: "B"): return bind(header, body, &reader, at: moment)
        case UInt8(ascii: "E"): return execute(header, body, &reader, at: moment)
        case UInt8(ascii: "F"):
            return refuse(header, .functionCall, isQuery: true, sql: ByteBuffer(), &reader)
        default:
            guard let kind: UInt8 = body.readInteger(), let name = body.readNullTerminatedSlice(),
                body.readableBytes == 0
            else { return violated("invalid message format", &reader) }
            reader.cursor += header.size
            switch (header.type, kind) {
            case (UInt8(ascii: "D"), UInt8(ascii: "S")): tracker.sent(.describeStatement(hasParameters: false))
            case (UInt8(ascii: "D"), UInt8(ascii: "P")): tracker.sent(.describePortal)
            case (UInt8(ascii: "C"), UInt8(ascii: "S")): tracker.closeStatementSent(name.compacted())
            case (UInt8(ascii: "C"), UInt8(ascii: "P")): tracker.closePortalSent(name.compacted())
            default: return violated("invalid message format", &reader)
            }
            return true
        }
    }

    private mutating func query(
        _ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader, at moment: Moment
    ) -> Bool {
        var body = body
        guard let text = body.readNullTerminatedSlice(), body.readableBytes == 0 else {
            return violated("invalid message format", &reader)
        }
        let analysis = analyze(text)
        if isListenRefused(text, analysis) {
            return refuse(header, .listen, isQuery: true, sql: text, &reader)
        }
        let tables = tables(of: analysis)
        let intent: Intent
        do throws(LogError) {
            intent = try record(text, .none, tables, at: moment)
        } catch {
            return notRecorded(error, header, isQuery: true, &reader)
        }
        if analysis.redefinesNames { namesAreRedefined = true }
        heed(SQLWords(in: text, of: analysis), of: intent)
        if listens(text, analysis) { listens = intent.number }
        if let other = analysis.rewritten {
            noteRewritten(intent.number, analysis)
            replace(header, by: .query(text: other), &reader)
        } else {
            reader.cursor += header.size
        }
        tracker.sent(.query(copiesIn: analysis.copiesIn, hasFailed: false))
        return true
    }

    private mutating func parse(_ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader) -> Bool {
        var body = body
        guard let name = body.readNullTerminatedSlice(), let text = body.readNullTerminatedSlice(),
            let types: UInt16 = body.readInteger(), body.readableBytes == Int(types) * 4
        else { return violated("invalid message format", &reader) }
        let analysis = analyze(text)
        if isListenRefused(text, analysis) {
            return refuse(header, .listen, isQuery: false, sql: text, &reader)
        }
        let prepared = PreparedStatement(
            text: text.compacted(), analysis: analysis, tables: tables(of: analysis))
        let start = reader.cursor
        reader.cursor += header.size
        deferred = DeferredParse(
            start: start, end: reader.cursor, name: name.compacted(), statement: prepared,
            rewritten: analysis.rewritten.map { .parse(name: name, text: $0, types: types, oids: body) })
        return true
    }

    private mutating func bind(
        _ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader, at moment: Moment
    ) -> Bool {
        guard let message = BindMessage(body: body) else {
            settleDeferredParse(&reader, at: moment)
            return violated("invalid message format", &reader)
        }
        if let deferred, deferred.name == message.statement,
            tracker.hasRoom(for: message.portal, of: deferred.statement),
            tracker.statements.hasRoom(for: deferred.name, bytes: deferred.statement.bytes)
        {
            return bindParsed(header, message, deferred, &reader, at: moment)
        }
        settleDeferredParse(&reader, at: moment)
        // What settling did may have opened a skip window or ended the session.
        guard end == nil else { return false }
        let prepared: PreparedStatement?
        var isDoubtful = false
        switch tracker.statements.meaning(of: message.statement, batch: tracker.batch) {
        case .known(let known): prepared = known
        case .doubtful(let known): (prepared, isDoubtful) = (known, true)
        case .unknown: prepared = nil
        case .undecided:
            isClientHeld = true
            return false
        }
        guard tracker.hasRoom(for: message.portal, of: prepared) else {
            return refuse(header, .tooManyNames, isQuery: false, sql: ByteBuffer(), &reader)
        }
        var text = prepared?.text ?? .sqlMade("Bind of statement", message.statement)
        if isDoubtful { text = text.doubted }
        let intent: Intent
        do throws(LogError) {
            let tables = isDoubtful ? .anything : self.tables(of: prepared)
            intent = try record(text, message.parameters, tables, at: moment)
        } catch {
            return notRecorded(error, header, isQuery: false, &reader)
        }
        bound(message, prepared, intent)
        if isDoubtful { heed(.all, of: intent) }
        reader.cursor += header.size
        return true
    }

    /// Parse and Bind in one burst: one statement, one entry, which carries both text and parameters.
    private mutating func bindParsed(
        _ header: MessageHeader, _ message: BindMessage, _ parse: DeferredParse, _ reader: inout MessageReader,
        at moment: Moment
    ) -> Bool {
        let intent: Intent
        do throws(LogError) {
            intent = try record(parse.statement.text, message.parameters, parse.statement.tables, at: moment)
        } catch {
            // The Parse is refused; the Bind then falls into the skip window.
            settleDeferredParse(&reader, at: moment)
            return end == nil
        }
        deferred = nil
        emit(parse, of: intent, &reader)
        bound(message, parse.statement, intent)
        reader.cursor += header.size
        return true
    }

    private mutating func bound(_ message: BindMessage, _ prepared: PreparedStatement?, _ intent: Intent) {
        if let prepared {
            if prepared.analysis.redefinesNames { namesAreRedefined = true }
            heed(prepared.words, of: intent)
            if prepared.analysis.rewritten != nil, rewritten.last?.number != intent.number {
                noteRewritten(intent.number, prepared.analysis)
            }
            if listens(prepared.text, prepared.analysis) { listens = intent.number }
        } else {
            namesAreRedefined = true
            heed(.all, of: intent)
        }
        let name = message.portal.readableBytes == 0 ? ByteBuffer() : message.portal.compacted()
        tracker.bindSent(name, Portal(intent: intent, statement: prepared, batch: tracker.batch))
    }

    private mutating func execute(
        _ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader, at moment: Moment
    ) -> Bool {
        var body = body
        guard let name = body.readNullTerminatedSlice(), body.readableBytes == 4 else {
            return violated("invalid message format", &reader)
        }
        let portal: Portal?
        var isDoubtful = false
        switch tracker.portals.meaning(of: name, batch: tracker.batch) {
        case .known(let known) where known.batch == tracker.batch:
            reader.cursor += header.size
            // What it runs may redefine what was named since its Bind.
            heed(known.statement?.words ?? .all, of: known.intent)
            executed(known.statement?.analysis, known.intent, &reader)
            return true
        case .known(let known): portal = known
        case .doubtful(let known): (portal, isDoubtful) = (known, true)
        case .unknown: portal = nil
        case .undecided:
            isClientHeld = true
            return false
        }
        do throws(LogError) {
            let tables = isDoubtful ? .anything : self.tables(of: portal?.statement)
            var text = portal?.statement?.text ?? .sqlMade("Execute of portal", name)
            if isDoubtful { text = text.doubted }
            let intent = try record(text, .none, tables, at: moment)
            heed(isDoubtful ? .all : portal?.statement?.words ?? .all, of: intent)
        } catch {
            return notRecorded(error, header, isQuery: false, &reader)
        }
        reader.cursor += header.size
        executed(portal?.statement?.analysis, nil, &reader)
        return true
    }

    private mutating func executed(
        _ analysis: StatementAnalysis?, _ intent: Intent?, _ reader: inout MessageReader
    ) {
        tracker.sent(.execute(copiesIn: analysis?.copiesIn ?? false), of: intent)
        guard let analysis, analysis.copiesIn, analysis.statementCount == nil else { return }
        // Nobody knows whether this is a COPY. If it is none, PostgreSQL keeps its answer until a Flush or a Sync, and
        // the client's Sync waits for that answer; if it is one, PostgreSQL ignores the Flush.
        cut(&reader, to: reader.cursor)
        send(.flush)
    }
}

// MARK: - LISTEN

extension Relay {
    /// A text that was not parsed listens if it begins so; others are known exactly.
    private func listens(_ text: ByteBuffer, _ analysis: StatementAnalysis) -> Bool {
        analysis.listens || (analysis.statementCount == nil && text.beginsListen)
    }

    /// A client that is answered LISTEN and then never notified would wait for ever: better to be told at once.
    private func isListenRefused(_ text: ByteBuffer, _ analysis: StatementAnalysis) -> Bool {
        !entries.isWhollyClear && listens(text, analysis)
    }
}

// MARK: - Recording

extension Relay {
    private mutating func record(
        _ sql: ByteBuffer, _ parameters: BoundParameters, _ tables: EntryTables, at moment: Moment
    ) throws(LogError) -> Intent {
        let number = StatementNumber(entries.nextStatement)
        let record = entries.statement(
            sql: sql.readableBytesView, parameters: parameters, tables: tables, at: entryTime())
        do throws(LogError) {
            let intent = Intent(number: number, entry: try ledger.append(record))
            tracker.began(intent, at: moment.nanoseconds)
            requestEntry = intent.entry
            recordedInTurn += 1
            return intent
        } catch {
            entries.discardLast()
            throw error
        }
    }

    private mutating func tables(of analysis: StatementAnalysis) -> EntryTables {
        guard !namesAreRedefined, !analysis.redefinesNames else { return .anything }
        if let known = recordedTables[analysis.tables] { return known }
        let tables: EntryTables =
            switch analysis.tables {
            case .exactly(let names): .exactly(names)
            case .anything: .anything
            }
        if recordedTables.count >= 256 { recordedTables.removeAll() }
        recordedTables[analysis.tables] = tables
        return tables
    }

    private func tables(of statement: PreparedStatement?) -> EntryTables {
        guard let statement, !namesAreRedefined else { return .anything }
        return statement.tables
    }

    private mutating func noteRewritten(_ number: StatementNumber, _ analysis: StatementAnalysis) {
        if rewritten.count >= limits.rewrittenMax { rewritten.removeFirst() }
        rewritten.append((number, analysis))
    }

    private mutating func analyze(_ text: ByteBuffer) -> StatementAnalysis {
        let analysis = analyzer.analyze(text, parses: parses)
        return parsingInDoubt == nil ? analysis : analysis.doubted
    }

    private mutating func heed(_ words: SQLWords, of intent: Intent) {
        // What was defined before, such as a view of any table's name, may hide what any later text runs.
        let words = namesAreRedefined ? .all : words
        guard !words.isEmpty else { return }
        tracker.heed(words)
        if words.contains(.parsing) { parsingInDoubt = intent.number }
    }

    /// A Parse that no Bind follows at once has a record of its own.
    private mutating func settleDeferredParse(_ reader: inout MessageReader, at moment: Moment) {
        guard let parse = deferred else { return }
        deferred = nil
        guard tracker.statements.hasRoom(for: parse.name, bytes: parse.statement.bytes) else {
            return refuseParse(parse, .tooManyNames, &reader)
        }
        do throws(LogError) {
            let intent = try record(parse.statement.text, .none, parse.statement.tables, at: moment)
            emit(parse, of: intent, &reader)
        } catch {
            guard error.isRetryable else { return ledgerFailed() }
            refuseParse(parse, .notRecorded(error), &reader)
        }
    }

    private mutating func emit(_ parse: DeferredParse, of intent: Intent, _ reader: inout MessageReader) {
        if let message = parse.rewritten {
            noteRewritten(intent.number, parse.statement.analysis)
            cut(&reader, to: parse.start)
            send(message)
            reader.runStart = parse.end
        }
        tracker.parseSent(parse.name, parse.statement, of: intent)
    }

    private mutating func notRecorded(
        _ error: LogError, _ header: MessageHeader, isQuery: Bool, _ reader: inout MessageReader
    ) -> Bool {
        guard error.isRetryable else {
            ledgerFailed()
            return false
        }
        return refuse(header, .notRecorded(error), isQuery: isQuery, sql: nil, &reader)
    }

    /// Sends something that must fail in the place of a message, so that PostgreSQL keeps the protocol's order and
    /// its transaction's state, and gives its error the words of `refusal` when it comes.
    ///
    /// - Parameter sql: The refused text, to be recorded; nil when the ledger is what refuses.
    private mutating func refuse(
        _ header: MessageHeader, _ refusal: SessionError, isQuery: Bool, sql: ByteBuffer?,
        _ reader: inout MessageReader
    ) -> Bool {
        if let sql { recordRefusal(of: sql, refusal) }
        replace(header, by: isQuery ? .failingQuery : .failingParse, &reader)
        tracker.refusedSent(refusal.message(severity: "ERROR"), isQuery: isQuery)
        return true
    }

    private mutating func refuseParse(
        _ parse: DeferredParse, _ refusal: SessionError, _ reader: inout MessageReader
    ) {
        cut(&reader, to: parse.start)
        send(.failingParse)
        reader.runStart = parse.end
        tracker.refusedSent(refusal.message(severity: "ERROR"), isQuery: false)
    }

    private mutating func recordRefusal(of sql: ByteBuffer, _ refusal: SessionError) {
        let record = entries.denied(
            sqlstate: refusal.sqlState, reason: refusal.message, sql: sql.readableBytesView, tables: .anything,
            at: entryTime())
        do throws(LogError) {
            requestEntry = try ledger.append(record)
        } catch {
            entries.discardLast()
            if !error.isRetryable { ledgerFailed() }
        }
    }

    private mutating func violated(_ message: String, _ reader: inout MessageReader) -> Bool {
        cut(&reader, to: reader.cursor)
        finish(RelayEnd(reason: .protocol, notice: .protocolViolation(message)))
        return false
    }

    private mutating func replace(_ header: MessageHeader, by message: ByteBuffer, _ reader: inout MessageReader) {
        cut(&reader, to: reader.cursor)
        send(message)
        reader.cursor += header.size
        reader.runStart = reader.cursor
    }

    /// Sends on what was looked at and stays as it is.
    private mutating func cut(_ reader: inout MessageReader, to end: Int) {
        if let run = reader.run(to: end) { send(run) }
    }

    mutating func send(_ bytes: ByteBuffer) {
        guard end == nil else { return }
        guard mayWrite else {
            output.toUpstream.append(bytes)
            return
        }
        switch requests.received(bytes, of: requestEntry) {
        case .forward(let bytes): output.toUpstream.append(bytes)
        case .wait: break
        case .pauseSource: requestsArePaused = true
        }
    }
}
