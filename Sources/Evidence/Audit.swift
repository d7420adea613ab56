public import Ringfence
public import TransparencyLog

/// Answers an auditor's question from a ledger's directory or a published copy, with public keys alone.
public struct Audit: Sendable {
    public let query: AuditQuery

    public init(_ query: AuditQuery) { self.query = query }

    /// Verifies the whole log first; if that fails, the report says which file and nothing else.
    ///
    /// - Parameters:
    ///   - witnesses: Who must have cosigned the checkpoint: without them nothing is proved complete.
    ///   - auditor: With it, and a directory that has the sealed details, persons and statements are named.
    ///   - now: What the age of cosignatures counts from; to be given where their age matters.
    public func run(
        _ directory: LogDirectory, key: some LogIdentity, witnesses: WitnessRequirement? = nil,
        auditor: AuditorAccess? = nil, now: EntryTime = EntryTime(millisecondsSince1970: 0)
    ) -> AuditReport {
        var scan = LedgerScan()
        var tally = AuditTally(query, keepsCounted: auditor != nil)
        var epochs: [(index: EntryIndex, start: EpochStart)] = []
        var detailed: EntryIndex?
        let log: VerifiedLog
        do {
            log = try scan.run(directory, key: key, witnesses: witnesses?.witnesses ?? []) { index, entry in
                tally.read(entry, at: index)
                if entry.detail != nil { detailed = detailed ?? index }
                if auditor != nil, case .epoch(let start) = entry.body { epochs.append((index, start)) }
            }
        } catch {
            return AuditReport(query: query, result: .unverified(error))
        }
        tally.finish()
        if let refusal = tally.refusal { return AuditReport(query: query, result: .refused(refusal)) }
        var disclosure: Disclosure?
        if let auditor {
            if let refusal = Self.refusal(of: auditor, directory, log.origin, epochs, first: detailed) {
                return AuditReport(query: query, result: .refused(refusal))
            }
            var opening = DisclosureReader(
                directory: directory, auditor: auditor, origin: log.origin,
                redacted: scan.chain.redacted.union(RangeSet(0..<scan.chain.prunedBefore)))
            disclosure = opening.read(tally, epochs: epochs)
        }
        return AuditReport(
            query: query,
            result: .answered(
                AuditAnswer(
                    query: query, log: log, scan: scan, tally: tally,
                    witnesses: witnesses?.judge(log.checkpoint, of: key, at: now), disclosure: disclosure)))
    }

    /// Whether a key can open anything here: an answer without names must not pass for one in which nobody is named.
    private static func refusal(
        of auditor: AuditorAccess, _ directory: LogDirectory, _ origin: String,
        _ epochs: [(index: EntryIndex, start: EpochStart)], first detailed: EntryIndex?
    ) -> AuditRefusal? {
        if !epochs.isEmpty, !epochs.contains(where: { auditor.covers($0.start, at: $0.index, origin: origin) }) {
            return .foreignKey
        }
        guard let detailed else { return nil }
        do throws(LogVerificationError) {
            return try directory.sealedDetail(detailed) == nil ? .noSealedDetails : nil
        } catch {
            // Damage is reported entry by entry.
            return nil
        }
    }
}

/// A question and its answer.
public struct AuditReport: Sendable {
    public enum Result: Sendable {
        /// The log is not what its signed checkpoint commits to: nothing in it may be believed.
        case unverified(LogVerificationError)
        case refused(AuditRefusal)
        case answered(AuditAnswer)
    }

    public let query: AuditQuery
    public let result: Result

    /// Whether the answer is proved complete for the time that was asked about.
    public var isProvedComplete: Bool {
        switch result {
        case .unverified, .refused: false
        case .answered(let answer): answer.verdict == .complete
        }
    }
}

/// What a verified ledger says to a query.
public struct AuditAnswer: Sendable {
    public enum Verdict: String, Sendable, Hashable {
        /// Every entry of the time that was asked about is there and fits the others.
        case complete
        /// Something is missing, contradicted or in doubt: see the findings.
        case incomplete
        /// The ledger has no entry of that time.
        case notCovered
        /// Every entry is there and fits the others, but the witnesses that were asked for have not cosigned.
        case unwitnessed
    }

    public let verdict: Verdict
    public let log: VerifiedLog
    /// The entries with a time in the range.
    public let entries: ClosedRange<UInt64>?
    /// What the ledger covers of the time that was asked about.
    public let covered: ClosedRange<EntryTime>?
    /// Of the whole ledger.
    public let ledgerTimes: ClosedRange<EntryTime>?
    public let sessions: SessionCounts
    public let totals: AccessTotals
    public let denials: DenialCounts
    /// Statements by the class that is asked about, whatever they reached; and those of sessions that could reach the
    /// data in the clear but which name other tables only.
    public let statementsSeen: UInt64
    public let statementsElsewhere: UInt64
    public let classes: [ByClass]
    public let tables: [ByTable]
    public let days: [ByDay]
    /// Failures wherever they are, gaps and notes where they touch the range.
    public let findings: [Finding]
    public let findingCounts: [Finding.Weight: Int]
    /// Only if witnesses were asked for.
    public let witnesses: WitnessJudgement?
    /// Only with an auditor's key.
    public let disclosure: Disclosure?

    public struct ByClass: Sendable, Hashable {
        public let principal: PrincipalClass
        public let sessions: SessionCounts
        public let totals: AccessTotals
    }

    public struct ByTable: Sendable, Hashable {
        /// Nil for statements that may have reached any table.
        public let table: ExactText?
        public let totals: AccessTotals
    }

    public struct ByDay: Sendable, Hashable {
        public let day: String
        public let totals: AccessTotals
    }

    init(
        query: AuditQuery, log: VerifiedLog, scan: LedgerScan, tally: AuditTally, witnesses: WitnessJudgement?,
        disclosure: Disclosure?
    ) {
        self.log = log
        self.witnesses = witnesses
        entries = tally.range
        if let first = scan.chain.firstTime, let last = scan.chain.latestTime, first <= last {
            ledgerTimes = first...last
            let from = max(query.from ?? first, first)
            let to = min(query.to ?? last, last)
            covered = from <= to ? from...to : nil
        } else {
            ledgerTimes = nil
            covered = nil
        }
        sessions = tally.sessions
        totals = tally.totals
        denials = tally.denials
        statementsSeen = tally.statementsSeen
        statementsElsewhere = tally.statementsElsewhere
        classes = Set(tally.byClass.keys).union(tally.sessionsByClass.keys).sorted(by: Self.precedes).map {
            ByClass(
                principal: $0, sessions: tally.sessionsByClass[$0] ?? SessionCounts(),
                totals: tally.byClass[$0] ?? AccessTotals())
        }
        tables = tally.byTable.sorted { ($0.key.table ?? "") < ($1.key.table ?? "") }
            .map { ByTable(table: $0.key.table, totals: $0.value) }
        days = tally.byDay.sorted { $0.key < $1.key }.map { ByDay(day: $0.key, totals: $0.value) }
        let all = scan.findings.kept + (disclosure?.findings.kept ?? [])
        findings = all.filter { finding in
            guard finding.weight < .failure, let times = finding.times else { return true }
            return query.covers(from: times.lowerBound, to: times.upperBound)
        }
        var counts = Dictionary(findings.map { ($0.weight, 1) }, uniquingKeysWith: +)
        counts[.failure] = scan.findings.count(.failure)
        findingCounts = counts
        self.disclosure = disclosure
        if entries == nil || covered == nil {
            verdict = .notCovered
        } else {
            let isInDoubt = findings.contains {
                $0.weight >= .gap && ![.detailUnreadable, .detailKept].contains($0.kind)
            }
            verdict = isInDoubt ? .incomplete : witnesses?.problem == nil ? .complete : .unwitnessed
        }
    }

    private static func precedes(_ left: PrincipalClass, _ right: PrincipalClass) -> Bool {
        (left.located.code, left.isCovered ? 0 : 1, left.kind.rawValue)
            < (right.located.code, right.isCovered ? 0 : 1, right.kind.rawValue)
    }
}
