import Ringfence
import TransparencyLog

/// Counts the accesses that a query asks about, entry by entry.
///
/// What a statement could reach at most is fixed by its session's reach, never by its text: the tables it names only
/// narrow that down, and where they are not known it counts as an access to all that the session could reach.
struct AuditTally {
    struct TableKey: Hashable {
        /// Nil for statements that may have reached any table.
        let table: ExactText?
    }

    /// A statement or a refusal that counts, so that an auditor can be told of it by name.
    struct Counted: Hashable {
        enum What: Hashable {
            case access(ReachLevel)
            case denied(sqlstate: String)
        }

        let what: What
        let index: EntryIndex
        let time: EntryTime
        let session: SessionPseudonym?
        let principal: PrincipalClass?
        let detail: DetailReference
        let tables: [ExactText]?
        let outcome: StatementOutcome?
    }

    struct Opening: Hashable {
        let index: EntryIndex
        let principal: PrincipalClass
        let detail: DetailReference
    }

    private struct Session {
        let opening: SessionOpening
        let gateway: GatewayName?
        let index: EntryIndex
        let isAskedAbout: Bool
        /// Of what is asked about, in any table.
        let level: ReachLevel
        var isActiveInRange = false
        var pending: [UInt64: Pending] = [:]
    }

    private struct Pending {
        let intent: StatementIntent
        let index: EntryIndex
        let time: EntryTime
        let level: ReachLevel
        /// Those of its tables that count; nil for any.
        let tables: [ExactText]?
    }

    let query: AuditQuery
    let keepsCounted: Bool
    private(set) var totals = AccessTotals()
    private(set) var byClass: [PrincipalClass: AccessTotals] = [:]
    private(set) var byTable: [TableKey: AccessTotals] = [:]
    private(set) var byDay: [String: AccessTotals] = [:]
    private(set) var bySession: [SessionPseudonym: AccessTotals] = [:]
    private(set) var sessions = SessionCounts()
    private(set) var sessionsByClass: [PrincipalClass: SessionCounts] = [:]
    /// Statements in the range by sessions of the class that is asked about, whatever they reached.
    private(set) var statementsSeen: UInt64 = 0
    /// Of these, the ones whose session could reach the data in the clear, but which name other tables only.
    private(set) var statementsElsewhere: UInt64 = 0
    private(set) var denials = DenialCounts()
    private(set) var counted: [Counted] = []
    private(set) var countedOmitted: UInt64 = 0
    /// Where the details of counted sessions are: who they are stands there.
    private(set) var openings: [SessionPseudonym: Opening] = [:]
    /// Every table that a reach names, or a statement whose session works on the tables themselves, at any time.
    private(set) var tablesKnown: Set<ExactText> = []
    /// The first and last entry with a time in the range.
    private(set) var range: ClosedRange<UInt64>?

    private var open: [SessionPseudonym: Session] = [:]
    private var latestTime: EntryTime?

    init(_ query: AuditQuery, keepsCounted: Bool) {
        self.query = query
        self.keepsCounted = keepsCounted
    }

    mutating func read(_ entry: Entry, at index: EntryIndex) {
        let latest = max(latestTime ?? entry.time, entry.time)
        latestTime = latest
        // While the clock is behind what it said before, an entry may belong to any time between.
        let isInRange = query.covers(from: entry.time, to: latest)
        if isInRange { range = (range?.lowerBound ?? index.rawValue)...index.rawValue }
        if isInRange, let session = entry.sequence?.session { open[session]?.isActiveInRange = true }
        switch entry.body {
        case .session(let opening):
            tablesKnown.formUnion(opening.reach.tables.keys)
            end(opening.sequence.session, at: latest)
            let level = Self.level(of: opening, query)
            open[opening.sequence.session] = Session(
                opening: opening, gateway: entry.gateway, index: index,
                isAskedAbout: query.asks(about: opening.principal), level: level,
                isActiveInRange: isInRange)
        case .statement(let intent): begin(intent, at: index, entry.time)
        case .outcome(let report):
            for outcome in report.outcomes {
                finish(report.sequence.session, outcome.statement, outcome, until: latest)
            }
        case .notifications(let report): if isInRange { add(report) }
        case .denied(let denial): if isInRange { refuse(denial, at: index, entry.time) }
        case .close(let closing):
            if let session = closing.session?.sequence.session {
                end(session, at: latest)
            } else {
                endAll(of: entry.gateway, at: latest)
            }
        case .boot: endAll(of: entry.gateway, at: latest)
        case .profile(let profile): tablesKnown.formUnion(profile.reach.tables.keys)
        case .epoch, .heartbeat, .policy, .key, .passwordReset, .redaction, .retention, .pruning, .freeze, .unknown:
            break
        }
    }

    /// Nil if the ledger knows the table that is asked about, or no table at all: then nobody ever connected.
    var refusal: AuditRefusal? {
        guard let table = query.table, !tablesKnown.isEmpty, !tablesKnown.contains(RecordedReach.any),
            !tablesKnown.contains(table)
        else { return nil }
        return .unknownTable(table, known: tablesKnown.sorted())
    }

    /// The ledger ends here; a statement without outcome may still be running.
    mutating func finish() {
        for session in open.keys.sorted() { end(session, at: .max) }
    }

    /// Of the several gateways that may write to a ledger only one has ended.
    private mutating func endAll(of gateway: GatewayName?, at time: EntryTime) {
        for session in open.filter({ $0.value.gateway == gateway }).keys.sorted() { end(session, at: time) }
    }

    private mutating func end(_ pseudonym: SessionPseudonym, at time: EntryTime) {
        guard let session = open[pseudonym] else { return }
        for number in session.pending.keys.sorted() { finish(pseudonym, number, nil, until: time) }
        let ended = open.removeValue(forKey: pseudonym)
        guard let ended, ended.isAskedAbout, ended.isActiveInRange else { return }
        sessions.add(ended.level)
        sessionsByClass[ended.opening.principal, default: SessionCounts()].add(ended.level)
    }
}

// MARK: - Reach

extension AuditTally {
    /// What a session could reach at most of the data that is asked about.
    static func level(of opening: SessionOpening, _ query: AuditQuery) -> ReachLevel {
        guard let table = query.table else {
            return opening.isWhollyClear ? .clear : opening.reach.level(home: query.homeText)
        }
        return level(of: table, in: opening, query)
    }

    private static func level(of table: ExactText, in opening: SessionOpening, _ query: AuditQuery) -> ReachLevel {
        // Who works on the tables themselves reaches also those that the catalog does not know.
        if opening.isWhollyClear, opening.reach.names(table) == false { return .clear }
        return opening.reach.level(of: table, home: query.homeText)
    }

    /// What a statement that names these tables could reach at most, and by which of them.
    static func level(of tables: [ExactText]?, in opening: SessionOpening, _ query: AuditQuery)
        -> (level: ReachLevel, tables: [ExactText]?)
    {
        guard let tables, !tables.contains(where: { mayBeAnything($0, in: opening) }) else {
            return (level(of: opening, query), nil)
        }
        var most = ReachLevel.hidden
        var reached: [ExactText] = []
        for table in tables where query.table == nil || table == query.table {
            let level = Self.level(of: table, in: opening, query)
            most = max(most, level)
            if level > .hidden { reached.append(table) }
        }
        return (most, reached)
    }

    /// To a session that works on the tables themselves, a name that its reach does not know may be a view of any of
    /// them, or the system's statistics, which hold values out of them.
    private static func mayBeAnything(_ table: ExactText, in opening: SessionOpening) -> Bool {
        guard opening.isWhollyClear, !opening.reach.names(table) else { return false }
        let name = Array(table.string.utf8)
        let isSystem = name.starts(with: "pg_catalog.".utf8) || name.starts(with: "information_schema.".utf8)
        return !isSystem || holdsValues.contains(table)
    }

    private static let holdsValues: Set<ExactText> = [
        "pg_catalog.pg_stats", "pg_catalog.pg_stats_ext", "pg_catalog.pg_stats_ext_exprs", "pg_catalog.pg_statistic",
        "pg_catalog.pg_statistic_ext_data", "pg_catalog.pg_largeobject", "pg_catalog.pg_stat_activity",
    ]
}

// MARK: - Statements

extension AuditTally {
    private mutating func begin(_ intent: StatementIntent, at index: EntryIndex, _ time: EntryTime) {
        guard let session = open[intent.sequence.session] else { return }
        if session.opening.isWhollyClear, let table = query.table, intent.tables?.contains(table) == true {
            tablesKnown.insert(table)
        }
        guard session.isAskedAbout else { return }
        let (level, tables) = Self.level(of: intent.tables, in: session.opening, query)
        let pending = Pending(intent: intent, index: index, time: time, level: level, tables: tables)
        open[intent.sequence.session]?.pending[intent.number] = pending
    }

    /// A statement counts if it ran at any moment of the range: one that began before it may have answered within.
    private mutating func finish(
        _ pseudonym: SessionPseudonym, _ number: UInt64, _ outcome: StatementOutcome?, until end: EntryTime
    ) {
        guard let session = open[pseudonym], let statement = session.pending[number] else { return }
        open[pseudonym]?.pending[number] = nil
        guard query.covers(from: statement.time, to: max(statement.time, end)) else { return }
        open[pseudonym]?.isActiveInRange = true
        statementsSeen += 1
        if outcome?.sqlstate == "42501", Self.hides(statement.intent.tables, in: session.opening, query) {
            denials.byDatabase += 1
            keep(statement, session, .denied(sqlstate: "42501"), outcome)
        }
        guard statement.level > .hidden else {
            if session.level == .clear { statementsElsewhere += 1 }
            return
        }
        totals.add(outcome, statement.level)
        byClass[session.opening.principal, default: AccessTotals()].add(outcome, statement.level)
        byDay[statement.time.day, default: AccessTotals()].add(outcome, statement.level)
        if let tables = statement.tables {
            for table in tables {
                byTable[TableKey(table: table), default: AccessTotals()].add(outcome, statement.level)
            }
        } else {
            byTable[TableKey(table: nil), default: AccessTotals()].add(outcome, statement.level)
        }
        if keepsCounted { bySession[pseudonym, default: AccessTotals()].add(outcome, statement.level) }
        keep(statement, session, .access(statement.level), outcome)
    }

    /// Rows to the session, of whatever it can reach: another session may have put anything into them.
    private mutating func add(_ report: NotificationReport) {
        let pseudonym = report.sequence.session
        guard let session = open[pseudonym], session.isAskedAbout, session.level > .hidden else { return }
        totals.add(report, session.level)
        byClass[session.opening.principal, default: AccessTotals()].add(report, session.level)
        if let latestTime { byDay[latestTime.day, default: AccessTotals()].add(report, session.level) }
        byTable[TableKey(table: nil), default: AccessTotals()].add(report, session.level)
        if keepsCounted { bySession[pseudonym, default: AccessTotals()].add(report, session.level) }
    }

    private mutating func keep(
        _ statement: Pending, _ session: Session, _ what: Counted.What, _ outcome: StatementOutcome?
    ) {
        openings[statement.intent.sequence.session] = Opening(
            index: session.index, principal: session.opening.principal, detail: session.opening.detail)
        keep(
            Counted(
                what: what, index: statement.index, time: statement.time, session: statement.intent.sequence.session,
                principal: session.opening.principal, detail: statement.intent.detail, tables: statement.intent.tables,
                outcome: outcome))
    }

    private mutating func keep(_ statement: Counted) {
        guard keepsCounted else { return }
        if counted.count < query.statementsMax { counted.append(statement) } else { countedOmitted += 1 }
    }

    private mutating func refuse(_ denial: Denial, at index: EntryIndex, _ time: EntryTime) {
        switch denial.what {
        case .login:
            guard let principal = denial.principal else {
                denials.loginsOfUnknown += 1
                return
            }
            guard query.asks(about: principal) else { return }
            denials.logins += 1
        case .statement:
            guard let session = denial.sequence.flatMap({ open[$0.session] }), session.isAskedAbout,
                Self.hides(denial.tables, in: session.opening, query)
            else { return }
            denials.byGateway += 1
        }
        keep(
            Counted(
                what: .denied(sqlstate: denial.sqlstate), index: index, time: time,
                session: denial.sequence?.session, principal: denial.principal, detail: denial.detail,
                tables: denial.tables, outcome: nil))
    }

    /// Whether a refusal can have been about the data that is asked about: some of it is not clear to the session.
    static func hides(_ tables: [ExactText]?, in opening: SessionOpening, _ query: AuditQuery) -> Bool {
        guard !opening.isWhollyClear else { return false }
        // Nothing named: SET ROLE, or a call. Whatever it was meant for, it was refused.
        guard let tables else { return true }
        guard !tables.isEmpty else { return query.table == nil }
        return tables.contains { table in
            (query.table == nil || table == query.table)
                && opening.reach.level(of: table, home: query.homeText) < .clear
        }
    }
}
