import Ringfence
import TransparencyLog

/// Follows a ledger entry by entry, and finds what is missing or contradicts what came before.
///
/// A value: entries in, findings out. Sessions are held only while they are open.
struct LedgerChain {
    private struct OpenSession {
        let opening: SessionOpening
        /// Whose it is: its place in ``gateways``.
        let gateway: Int
        var nextSequence: UInt64 = 1
        var nextStatement: UInt64 = 1
        var withoutOutcome: Set<UInt64> = []
    }

    /// One of the gateways that write to the ledger; one that does not name itself is the only one.
    private struct RunningGateway {
        var name: GatewayName?
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
    /// The first is the one that does not name itself.
    private var gateways = [RunningGateway()]
    private var gatewayPlaces: [GatewayName: Int] = [:]
    private(set) var isFrozen = false
    /// The first entry that was there to be read: 0, unless those before were pruned.
    private(set) var minimum: UInt64 = 0
    private var isBegun = false
    private var prunedSessions: Set<SessionPseudonym> = []
    /// How long things are kept, and where that stands.
    private var rule: (rule: RetentionRule, index: EntryIndex)?
    /// From which entry on they must be there.
    private(set) var prunedBefore: UInt64 = 0
    /// What the log says signs it, and where it said so last.
    private(set) var signing: (keys: LogKeys, index: EntryIndex)?
    /// The entries whose details were erased.
    private(set) var redacted = RangeSet<UInt64>()

    private var open: [SessionPseudonym: OpenSession] = [:]
    private var closed: Set<SessionPseudonym> = []
    private var epochs: Set<EntryIndex> = []
    private var policies: Set<ContentDigest> = []
    private var reaches: [ReachKey: StatedReach] = [:]

    /// An entry that could not be parsed.
    mutating func readMalformed(_ error: EntryError, at index: EntryIndex) {
        begin(at: index, nil)
        find(.malformedEntry, at: index, "not a well-formed entry: \(error)")
    }

    mutating func read(_ entry: Entry, at index: EntryIndex) {
        begin(at: index, entry.time)
        counts[entry.kind, default: 0] += 1
        if index.rawValue == 0, entry.kind != .boot {
            find(.noBootFirst, at: index, "the ledger does not begin with a boot")
        }
        if isFrozen { find(.entryAfterFreeze, at: index, "it follows although the log was frozen before") }
        let gateway = gateway(of: entry)
        let before = gateways[gateway].lastTime
        readTime(of: entry, at: index, gateway)
        if let detail = entry.detail, !epochs.contains(detail.epoch), detail.epoch.rawValue >= minimum {
            find(.unknownEpoch, at: index, "its detail's epoch is entry \(detail.epoch), which is no epoch before it")
        }
        switch entry.body {
        case .boot(let boot): read(boot, at: index, gateway, entry.time, after: before)
        case .epoch: epochs.insert(index)
        case .heartbeat(let heartbeat): read(heartbeat, at: index, gateway)
        case .policy(let files): policies.insert(files.digest)
        case .key(let record): read(record, at: index)
        case .profile(let profile):
            note(profile.reach, profile.isWhollyClear, profile.policy, profile.profile, profile.store, at: index)
        case .session(let opening): read(opening, at: index, gateway)
        case .statement(let intent): read(intent, at: index)
        case .outcome(let report): read(report, at: index)
        case .notifications(let report): read(report, at: index)
        case .denied(let denial):
            if let sequence = denial.sequence {
                if let place = follow(sequence, at: index), open.values[place].opening.principal != denial.principal {
                    find(.identityDiffers, at: index, "it states another principal than session \(sequence.session)")
                }
            }
        case .close(let closing): read(closing, at: index, gateway)
        case .passwordReset: break
        case .redaction(let redaction): read(redaction, at: index)
        case .retention(let rule): self.rule = (rule, index)
        case .pruning(let pruning): read(pruning, at: index)
        case .freeze(let freeze):
            isFrozen = true
            let successor = freeze.successor.map { "; its successor is \($0)" } ?? ""
            find(.frozen, at: index, "the log was frozen\(successor)")
        case .unknown: find(.unknownKind, at: index, "kind “\(entry.kind)” is not known to this version")
        }
    }

    /// The findings and the heads named by boots since the last call, for whoever reads on.
    mutating func takeNews() -> (findings: Findings, bootHeads: [(index: EntryIndex, head: GatewayEntries.Head)]) {
        defer {
            findings = Findings()
            bootHeads = []
        }
        return (findings, bootHeads)
    }

    /// Every gateway stopped in good order, and has not started again.
    var isStopped: Bool {
        let booted = gateways.filter(\.hasBooted)
        return !booted.isEmpty && booted.allSatisfy(\.isStopped)
    }

    /// The latest time that the quietest of the running gateways stated.
    var latestTimeOfQuietest: EntryTime? {
        gateways.filter { $0.hasBooted && !$0.isStopped }.compactMap(\.latestTime).min()
    }

    /// What is still open when the ledger ends: of interest only if it was closed in good order. And of several gateways
    /// one that others went on without.
    mutating func finish(at end: UInt64) {
        guard let last = end.checkedDecrement.map({ EntryIndex($0) }) else { return }
        let places = gateways.indices.sorted {
            (gateways[$0].name?.description ?? "") < (gateways[$1].name?.description ?? "")
        }
        for place in places {
            let gateway = gateways[place]
            if gateway.isStopped {
                endSessions(of: place, at: last, by: "the gateway's stop")
            } else if gateway.name != nil, let heard = gateway.latestTime, let latest = latestTime {
                findSilence(of: gateway, from: heard, until: latest, at: last)
            }
        }
    }

    /// Before a gateway's first start that is read, what came before it may be missing.
    private func isBeginningPruned(of gateway: Int) -> Bool { minimum > 0 && !gateways[gateway].hasBooted }

    /// Whose entry it is.
    private mutating func gateway(of entry: Entry) -> Int {
        if let name = entry.gateway {
            if let place = gatewayPlaces[name] { return place }
            gateways.append(RunningGateway(name: name))
            gatewayPlaces[name] = gateways.count - 1
            return gateways.count - 1
        }
        // Most ledgers have one gateway: no session is looked up for it.
        guard gateways.count > 1, let session = entry.sequence?.session, let place = open.index(forKey: session) else {
            return 0
        }
        return open.values[place].gateway
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
    private mutating func readTime(of entry: Entry, at index: EntryIndex, _ gateway: Int) {
        defer {
            firstTime = firstTime ?? entry.time
            lastTime = entry.time
            latestTime = max(latestTime ?? entry.time, entry.time)
            gateways[gateway].lastTime = entry.time
            gateways[gateway].latestTime = max(gateways[gateway].latestTime ?? entry.time, entry.time)
        }
        guard let latest = gateways[gateway].latestTime, let last = gateways[gateway].lastTime else { return }
        if entry.time.advanced(byMilliseconds: Self.clockToleranceMilliseconds) < latest, last == latest {
            find(
                .clockSetBack, at: index, "the gateway's clock went back from \(latest) to \(entry.time)",
                times: entry.time...latest)
        }
        guard entry.kind != .boot, !gateways[gateway].isStopped, entry.time > latest else { return }
        findSilence(of: gateways[gateway], from: latest, until: entry.time, at: index)
    }

    private mutating func findSilence(
        of gateway: RunningGateway, from start: EntryTime, until end: EntryTime, at index: EntryIndex
    ) {
        guard end > start else { return }
        let interval = gateway.interval
        let silence = UInt64(end.millisecondsSince1970 - start.millisecondsSince1970)
        let (bound, overflow) = interval.multipliedReportingOverflow(by: Self.silentIntervalsMax)
        guard interval > 0, !overflow, silence > bound else { return }
        let whose = gateway.name.map { " of gateway \($0)" } ?? ""
        find(
            .silence, at: index,
            "no entry\(whose) between \(start) and \(end), though one was due every \(interval) ms",
            times: start...end)
    }

    /// - Parameter previous: The time of the last entry before it.
    private mutating func read(
        _ boot: Boot, at index: EntryIndex, _ place: Int, _ time: EntryTime, after previous: EntryTime?
    ) {
        let gateway = gateways[place]
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
        // Of a gateway that names itself nothing before may mean that it is new.
        if gateway.hasBooted || (minimum > 0 && (gateway.name == nil || previous != nil)) {
            let before = previous.map { min($0, time) } ?? time
            let who = gateway.name.map { "gateway \($0)" } ?? "the gateway"
            if gateway.isStopped {
                find(.downtime, at: index, "\(who) was stopped until \(time)", times: before...time)
            } else {
                let sessions = open.values.count { $0.gateway == place }
                find(
                    .crash, at: index,
                    "\(who) ended without closing the ledger after \(before), and started again at \(time); "
                        + "\(counted(sessions, "session")) ended with it",
                    times: before...time)
            }
        }
        endSessions(of: place, at: index, by: "the gateway's end")
        gateways[place].hasBooted = true
        gateways[place].isStopped = false
        gateways[place].beat = 0
        gateways[place].interval = boot.heartbeatMilliseconds
    }

    private mutating func read(_ heartbeat: Heartbeat, at index: EntryIndex, _ gateway: Int) {
        let beat = gateways[gateway].beat
        if heartbeat.beat != beat &+ 1, beat > 0 || !isBeginningPruned(of: gateway) {
            find(.beatMissing, at: index, "heartbeat \(heartbeat.beat) follows \(beat)")
        }
        gateways[gateway].beat = heartbeat.beat
        gateways[gateway].interval = heartbeat.intervalMilliseconds
    }

    /// - Parameter time: Of the first entry that is read; nil if it cannot be parsed.
    private mutating func begin(at index: EntryIndex, _ time: EntryTime?) {
        guard !isBegun else { return }
        isBegun = true
        minimum = index.rawValue
        guard minimum > 0 else { return }
        let before = time.map { "of the time before \($0)" } ?? "of what was before"
        find(
            .pruned, at: index,
            "the entries before it were pruned: \(before) this ledger says nothing, though the hashes are verified",
            times: EntryTime(millisecondsSince1970: 0)...(time ?? .max))
    }

    /// It was opened by an entry that was pruned: what it may reach is not known.
    private mutating func findPruned(_ session: SessionPseudonym, at index: EntryIndex) {
        guard prunedSessions.insert(session).inserted else { return }
        find(
            .sessionPruned, at: index, "session \(session) was opened by an entry that was pruned",
            times: (lastTime ?? .max)...EntryTime.max)
    }

    private mutating func read(_ pruning: Pruning, at index: EntryIndex) {
        prunedBefore = max(prunedBefore, min(pruning.minimum, index.rawValue))
        if pruning.minimum > index.rawValue {
            find(.pruningAgainstRule, at: index, "it prunes entries that do not stand before it")
        }
        // The rule of a pruning long ago may have been pruned since.
        if pruning.rule.rawValue >= minimum, rule?.index != pruning.rule || rule?.rule.entries != pruning.period {
            find(
                .pruningAgainstRule, at: index,
                "entry \(pruning.rule), which it names, is not the last that says how long entries are kept, or says otherwise"
            )
        }
        find(
            .pruning, at: index,
            "the entries before \(pruning.minimum) were pruned: entry \(pruning.rule) keeps them for \(pruning.period)")
    }

    private mutating func read(_ record: LogKeyRecord, at index: EntryIndex) {
        defer { signing = (record.keys, index) }
        guard let before = signing?.keys.keys else { return }
        if !record.keys.name.utf8.elementsEqual(before[0].name.utf8) {
            find(.keyOfAnotherLog, at: index, "it names the key of another log, \(record.keys.name)")
        }
        let (added, removed) = (
            record.keys.keys.filter { !before.contains($0) }, before.filter { !record.keys.keys.contains($0) }
        )
        if !added.isEmpty {
            find(.keyChange, at: index, "checkpoints from here on are signed by \(Self.list(added)) as well")
        }
        if !removed.isEmpty {
            find(.keyChange, at: index, "checkpoints from here on are no longer signed by \(Self.list(removed))")
        }
    }

    private static func list(_ keys: [VerifierKey]) -> String { keys.map(\.description).joined(separator: " and ") }

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

    private mutating func endSessions(of gateway: Int, at index: EntryIndex, by what: String) {
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
    private mutating func read(_ opening: SessionOpening, at index: EntryIndex, _ gateway: Int) {
        let session = opening.sequence.session
        if open[session] != nil || closed.contains(session) {
            find(.sessionReused, at: index, "session \(session) was opened before")
        }
        if !policies.contains(opening.policy), !isBeginningPruned(of: gateway) {
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

    /// Checks the session's sequence.
    ///
    /// - Returns: Where among the open ones the session is; nil if it is not open.
    private mutating func follow(
        _ sequence: SessionSequence, at index: EntryIndex
    ) -> Dictionary<SessionPseudonym, OpenSession>.Index? {
        let session = sequence.session
        guard let place = open.index(forKey: session) else {
            if closed.contains(session) {
                find(.entryAfterClose, at: index, "session \(session) had ended before")
            } else if minimum > 0, gateways.contains(where: { $0.lastTime != nil && !$0.hasBooted }) {
                // Whose it was is not known, now that its opening is gone.
                findPruned(session, at: index)
            } else {
                find(.unknownSession, at: index, "session \(session) was never opened")
            }
            return nil
        }
        let expected = open.values[place].nextSequence
        if sequence.number != expected {
            find(
                .sequenceMissing, at: index,
                "number \(sequence.number) of session \(session) follows \(expected &- 1): entries are missing")
        }
        // Follow on from what is there, so that one gap is one finding.
        open.values[place].nextSequence = sequence.number == .max ? .max : sequence.number + 1
        return place
    }

    private mutating func read(_ intent: StatementIntent, at index: EntryIndex) {
        let session = intent.sequence.session
        guard let place = follow(intent.sequence, at: index) else { return }
        let opening = open.values[place].opening
        if opening.principal != intent.principal || opening.profile != intent.profile {
            find(.identityDiffers, at: index, "it states another principal or profile than session \(session)")
        }
        let expected = open.values[place].nextStatement
        if expected != intent.number {
            find(
                .statementNumber, at: index, "statement \(intent.number) of session \(session) follows \(expected &- 1)"
            )
        }
        open.values[place].nextStatement = intent.number == .max ? .max : intent.number + 1
        open.values[place].withoutOutcome.insert(intent.number)
    }

    private mutating func read(_ report: OutcomeReport, at index: EntryIndex) {
        let session = report.sequence.session
        guard let place = follow(report.sequence, at: index) else { return }
        for outcome in report.outcomes {
            if outcome.statement == 0 || outcome.statement >= open.values[place].nextStatement {
                find(.unknownStatement, at: index, "session \(session) had no statement \(outcome.statement) yet")
            } else if open.values[place].withoutOutcome.remove(outcome.statement) == nil {
                find(.outcomeTwice, at: index, "statement \(outcome.statement) of session \(session) has two outcomes")
            }
        }
    }

    private mutating func read(_ report: NotificationReport, at index: EntryIndex) {
        let session = report.sequence.session
        guard let place = follow(report.sequence, at: index) else { return }
        if let statement = report.statement, statement == 0 || statement >= open.values[place].nextStatement {
            find(.unknownStatement, at: index, "session \(session) had no statement \(statement) yet")
        }
        if !open.values[place].opening.isWhollyClear {
            find(
                .notificationsReleased, at: index,
                "session \(session) was sent notifications, but not all is clear to it")
        }
    }

    private mutating func read(_ closing: Closing, at index: EntryIndex, _ gateway: Int) {
        guard let closed = closing.session else {
            endSessions(of: gateway, at: index, by: "the gateway's stop")
            gateways[gateway].isStopped = true
            return
        }
        let pseudonym = closed.sequence.session
        guard let place = follow(closed.sequence, at: index) else { return }
        let session = open.remove(at: place).value
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
