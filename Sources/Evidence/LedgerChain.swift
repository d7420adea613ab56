import Ringfence
import TransparencyLog

/// Follows a ledger entry by entry, and finds what is missing or contradicts what came before.
///
/// A value: entries in, findings out. Sessions are held only while they are open.
struct LedgerChain {
    private struct OpenSession {
        let opening: SessionOpening
        let gateway: GatewayName?
        var nextSequence: UInt64 = 1
        var nextStatement: UInt64 = 1
        var withoutOutcome: Set<UInt64> = []
    }

    /// One of the gateways that write to the ledger; one that does not name itself is the only one.
    private struct RunningGateway {
        var isStopped = false
        var hasBooted = false
        var beat: UInt64 = 0
        var interval: UInt64 = 0
        var lastTime: EntryTime?
        /// The latest time any of its entries so far stated.
        var latestTime: EntryTime?
    }

    private struct ReachKey: Hashable {
        let policy: ContentDigest
        let profile: ContentDigest
        let store: ExactText
    }

    private struct StatedReach: Hashable {
        let reach: RecordedReach
        let isWhollyClear: Bool
    }

    /// Event loops and connections stamp entries before the log orders them.
    static let clockToleranceMilliseconds: Int64 = 1000
    /// So many intervals may pass without any entry.
    static let silentIntervalsMax: UInt64 = 3

    private(set) var findings = Findings()
    private(set) var counts: [EntryKind: UInt64] = [:]
    private(set) var bootHeads: [(index: EntryIndex, head: GatewayEntries.Head)] = []
    private(set) var firstTime: EntryTime?
    private(set) var lastTime: EntryTime?
    /// The latest time any entry so far stated.
    private(set) var latestTime: EntryTime?
    private var gateways: [GatewayName?: RunningGateway] = [:]
    private var isFrozen = false
    /// The entries whose details were erased.
    private(set) var redacted = RangeSet<UInt64>()

    private var open: [SessionPseudonym: OpenSession] = [:]
    private var closed: Set<SessionPseudonym> = []
    private var epochs: Set<EntryIndex> = []
    private var policies: Set<ContentDigest> = []
    private var reaches: [ReachKey: StatedReach] = [:]

    /// An entry that could not be parsed.
    mutating func readMalformed(_ error: EntryError, at index: EntryIndex) {
        find(.malformedEntry, at: index, "not a well-formed entry: \(error)")
    }

    mutating func read(_ entry: Entry, at index: EntryIndex) {
        counts[entry.kind, default: 0] += 1
        if index.rawValue == 0, entry.kind != .boot {
            find(.noBootFirst, at: index, "the ledger does not begin with a boot")
        }
        if isFrozen { find(.entryAfterFreeze, at: index, "it follows although the log was frozen before") }
        let gateway = gateway(of: entry)
        let before = gateways[gateway]?.lastTime
        readTime(of: entry, at: index, gateway)
        if let detail = entry.detail, !epochs.contains(detail.epoch) {
            find(.unknownEpoch, at: index, "its detail's epoch is entry \(detail.epoch), which is no epoch before it")
        }
        switch entry.body {
        case .boot(let boot): read(boot, at: index, gateway, entry.time, after: before)
        case .epoch: epochs.insert(index)
        case .heartbeat(let heartbeat): read(heartbeat, at: index, gateway)
        case .policy(let files): policies.insert(files.digest)
        case .profile(let profile):
            note(profile.reach, profile.isWhollyClear, profile.policy, profile.profile, profile.store, at: index)
        case .session(let opening): read(opening, at: index, gateway)
        case .statement(let intent): read(intent, at: index)
        case .outcome(let report): read(report, at: index)
        case .notifications(let report): read(report, at: index)
        case .denied(let denial):
            if let sequence = denial.sequence {
                let opening = follow(sequence, at: index)
                if let opening, opening.principal != denial.principal {
                    find(.identityDiffers, at: index, "it states another principal than session \(sequence.session)")
                }
            }
        case .close(let closing): read(closing, at: index, gateway)
        case .passwordReset: break
        case .redaction(let redaction): read(redaction, at: index)
        case .freeze(let freeze):
            isFrozen = true
            let successor = freeze.successor.map { "; its successor is \($0)" } ?? ""
            find(.frozen, at: index, "the log was frozen\(successor)")
        case .unknown: find(.unknownKind, at: index, "kind “\(entry.kind)” is not known to this version")
        }
    }

    /// What is still open when the ledger ends: of interest only if it was closed in good order. And of several gateways
    /// one that others went on without.
    mutating func finish(at end: UInt64) {
        guard let last = end.checkedDecrement.map({ EntryIndex($0) }) else { return }
        for (name, gateway) in gateways.sorted(by: { ($0.key?.description ?? "") < ($1.key?.description ?? "") }) {
            if gateway.isStopped {
                endSessions(of: name, at: last, by: "the gateway's stop")
            } else if let name, let heard = gateway.latestTime, let latest = latestTime {
                findSilence(of: name, gateway.interval, from: heard, until: latest, at: last)
            }
        }
    }

    /// Whose entry it is.
    private func gateway(of entry: Entry) -> GatewayName? {
        entry.gateway ?? entry.sequence.flatMap { open[$0.session]?.gateway }
    }

    private mutating func find(
        _ kind: Finding.Kind, at index: EntryIndex, _ what: String, times: ClosedRange<EntryTime>? = nil
    ) {
        findings.add(Finding(kind, at: index, what, times: times))
    }
}

// MARK: - The gateway

extension LedgerChain {
    /// Each gateway has a clock of its own.
    private mutating func readTime(of entry: Entry, at index: EntryIndex, _ name: GatewayName?) {
        let gateway = gateways[name] ?? RunningGateway()
        defer {
            firstTime = firstTime ?? entry.time
            lastTime = entry.time
            latestTime = max(latestTime ?? entry.time, entry.time)
            gateways[name, default: gateway].lastTime = entry.time
            gateways[name, default: gateway].latestTime = max(gateway.latestTime ?? entry.time, entry.time)
        }
        guard let latest = gateway.latestTime, let last = gateway.lastTime else { return }
        if entry.time.advanced(byMilliseconds: Self.clockToleranceMilliseconds) < latest, last == latest {
            find(
                .clockSetBack, at: index, "the gateway's clock went back from \(latest) to \(entry.time)",
                times: entry.time...latest)
        }
        guard entry.kind != .boot, !gateway.isStopped else { return }
        findSilence(of: name, gateway.interval, from: latest, until: entry.time, at: index)
    }

    private mutating func findSilence(
        of name: GatewayName?, _ interval: UInt64, from start: EntryTime, until end: EntryTime, at index: EntryIndex
    ) {
        guard end > start else { return }
        let silence = UInt64(end.millisecondsSince1970 - start.millisecondsSince1970)
        let (bound, overflow) = interval.multipliedReportingOverflow(by: Self.silentIntervalsMax)
        guard interval > 0, !overflow, silence > bound else { return }
        let whose = name.map { " of gateway \($0)" } ?? ""
        find(
            .silence, at: index,
            "no entry\(whose) between \(start) and \(end), though one was due every \(interval) ms",
            times: start...end)
    }

    /// - Parameter previous: The time of the last entry before it.
    private mutating func read(
        _ boot: Boot, at index: EntryIndex, _ name: GatewayName?, _ time: EntryTime, after previous: EntryTime?
    ) {
        let gateway = gateways[name] ?? RunningGateway()
        bootHeads.append((index, boot.previous))
        if boot.previous.size > index.rawValue {
            find(
                .previousHead, at: index,
                "it names a head of \(boot.previous.size) entries, more than stand before it: entries were lost")
        }
        if let frozen = boot.predecessor {
            find(
                .succession, at: index,
                "the log goes on from \(frozen.origin) with \(counted(frozen.size, "entry", "entries")), root \(frozen.root.base64)"
            )
        }
        if gateway.hasBooted {
            let before = previous.map { min($0, time) } ?? time
            let who = name.map { "gateway \($0)" } ?? "the gateway"
            if gateway.isStopped {
                find(.downtime, at: index, "\(who) was stopped until \(time)", times: before...time)
            } else {
                let sessions = open.values.count { $0.gateway == name }
                find(
                    .crash, at: index,
                    "\(who) ended without closing the ledger after \(before), and started again at \(time); "
                        + "\(counted(sessions, "session")) ended with it",
                    times: before...time)
            }
        }
        endSessions(of: name, at: index, by: "the gateway's end")
        gateways[name, default: gateway].hasBooted = true
        gateways[name, default: gateway].isStopped = false
        gateways[name, default: gateway].beat = 0
        gateways[name, default: gateway].interval = boot.heartbeatMilliseconds
    }

    private mutating func read(_ heartbeat: Heartbeat, at index: EntryIndex, _ name: GatewayName?) {
        let gateway = gateways[name] ?? RunningGateway()
        if heartbeat.beat != gateway.beat &+ 1 {
            find(.beatMissing, at: index, "heartbeat \(heartbeat.beat) follows \(gateway.beat)")
        }
        gateways[name, default: gateway].beat = heartbeat.beat
        gateways[name, default: gateway].interval = heartbeat.intervalMilliseconds
    }

    private mutating func read(_ redaction: Redaction, at index: EntryIndex) {
        redacted.formUnion(redaction.entries)
        let entries = redaction.entries
        if let last = entries.ranges.last, last.upperBound > index.rawValue {
            find(.redactionAhead, at: index, "it erases details of entries that do not stand before it")
        }
        find(
            .redaction, at: index,
            "the details of \(counted(entries.count, "entry", "entries")) were erased (\(redaction.basis.rawValue))")
    }

    private mutating func endSessions(of gateway: GatewayName?, at index: EntryIndex, by what: String) {
        for (pseudonym, session) in open.sorted(by: { $0.key < $1.key }) where session.gateway == gateway {
            open[pseudonym] = nil
            closed.insert(pseudonym)
            guard !session.withoutOutcome.isEmpty else { continue }
            find(
                .outcomeMissing, at: index,
                "session \(pseudonym) has \(session.withoutOutcome.count) statements without outcome, ended by \(what)")
        }
    }
}

// MARK: - Sessions

extension LedgerChain {
    private mutating func read(_ opening: SessionOpening, at index: EntryIndex, _ gateway: GatewayName?) {
        let session = opening.sequence.session
        if open[session] != nil || closed.contains(session) {
            find(.sessionReused, at: index, "session \(session) was opened before")
        }
        if !policies.contains(opening.policy) {
            find(.unknownPolicy, at: index, "no entry before it puts policy \(opening.policy.short) in force")
        }
        note(
            opening.reach, opening.isWhollyClear, opening.policy, opening.profile, opening.store, at: index)
        open[session] = OpenSession(opening: opening, gateway: gateway)
    }

    /// One policy gives one profile one reach; who states another hides something.
    private mutating func note(
        _ reach: RecordedReach, _ isWhollyClear: Bool, _ policy: ContentDigest, _ profile: ContentDigest,
        _ store: ExactText, at index: EntryIndex
    ) {
        let key = ReachKey(policy: policy, profile: profile, store: store)
        let stated = StatedReach(reach: reach, isWhollyClear: isWhollyClear)
        if let before = reaches[key] {
            if before != stated {
                find(
                    .reachDiffers, at: index, "profile \(profile.short) had another reach under the same policy before")
            }
        } else {
            reaches[key] = stated
        }
    }

    /// Checks the session's sequence; nil if the session is not open.
    private mutating func follow(_ sequence: SessionSequence, at index: EntryIndex) -> SessionOpening? {
        let session = sequence.session
        guard let expected = open[session]?.nextSequence else {
            if closed.contains(session) {
                find(.entryAfterClose, at: index, "session \(session) had ended before")
            } else {
                find(.unknownSession, at: index, "session \(session) was never opened")
            }
            return nil
        }
        if sequence.number != expected {
            find(
                .sequenceMissing, at: index,
                "number \(sequence.number) of session \(session) follows \(expected &- 1): entries are missing")
        }
        // Follow on from what is there, so that one gap is one finding.
        open[session]?.nextSequence = sequence.number == .max ? .max : sequence.number + 1
        return open[session]?.opening
    }

    private mutating func read(_ intent: StatementIntent, at index: EntryIndex) {
        let session = intent.sequence.session
        guard let opening = follow(intent.sequence, at: index) else { return }
        if opening.principal != intent.principal || opening.profile != intent.profile {
            find(.identityDiffers, at: index, "it states another principal or profile than session \(session)")
        }
        if let expected = open[session]?.nextStatement, expected != intent.number {
            find(
                .statementNumber, at: index, "statement \(intent.number) of session \(session) follows \(expected &- 1)"
            )
        }
        open[session]?.nextStatement = intent.number == .max ? .max : intent.number + 1
        open[session]?.withoutOutcome.insert(intent.number)
    }

    private mutating func read(_ report: OutcomeReport, at index: EntryIndex) {
        let session = report.sequence.session
        guard follow(report.sequence, at: index) != nil else { return }
        for outcome in report.outcomes {
            if outcome.statement == 0 || outcome.statement >= open[session]?.nextStatement ?? 0 {
                find(.unknownStatement, at: index, "session \(session) had no statement \(outcome.statement) yet")
            } else if open[session]?.withoutOutcome.remove(outcome.statement) == nil {
                find(.outcomeTwice, at: index, "statement \(outcome.statement) of session \(session) has two outcomes")
            }
        }
    }

    private mutating func read(_ report: NotificationReport, at index: EntryIndex) {
        let session = report.sequence.session
        guard let opening = follow(report.sequence, at: index) else { return }
        if let statement = report.statement, statement == 0 || statement >= open[session]?.nextStatement ?? 0 {
            find(.unknownStatement, at: index, "session \(session) had no statement \(statement) yet")
        }
        if !opening.isWhollyClear {
            find(
                .notificationsReleased, at: index,
                "session \(session) was sent notifications, but not all is clear to it")
        }
    }

    private mutating func read(_ closing: Closing, at index: EntryIndex, _ gateway: GatewayName?) {
        guard let closed = closing.session else {
            endSessions(of: gateway, at: index, by: "the gateway's stop")
            gateways[gateway, default: RunningGateway()].isStopped = true
            return
        }
        let pseudonym = closed.sequence.session
        guard follow(closed.sequence, at: index) != nil, let session = open.removeValue(forKey: pseudonym) else {
            return
        }
        self.closed.insert(pseudonym)
        if closed.statements != session.nextStatement &- 1 {
            find(
                .statementCount, at: index,
                "session \(pseudonym) closes with \(counted(closed.statements, "statement")), but its last is \(session.nextStatement &- 1)"
            )
        }
        if !session.withoutOutcome.isEmpty {
            find(
                .outcomeMissing, at: index,
                "session \(pseudonym) has \(counted(session.withoutOutcome.count, "statement")) without outcome")
        }
    }
}

extension UInt64 {
    fileprivate var checkedDecrement: UInt64? { self == 0 ? nil : self - 1 }
}
