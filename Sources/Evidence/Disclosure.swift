public import Ringfence
public import TransparencyLog

/// What only an auditor learns: who, and which statements.
public struct Disclosure: Sendable {
    public struct Person: Sendable, Hashable {
        /// Nil where no detail of theirs could be opened.
        public let name: String?
        public let principal: PrincipalClass
        public let sessions: UInt64
        public let totals: AccessTotals
    }

    public struct Statement: Sendable, Hashable {
        public let index: EntryIndex
        public let time: EntryTime
        /// `clear`, `masked`, or `denied` with its SQLSTATE.
        public let what: String
        public let name: String?
        public let address: String?
        public let tables: [ExactText]?
        public let sql: String?
        public let parameters: [String]
        public let outcome: StatementOutcome?
    }

    public let people: [Person]
    public let statements: [Statement]
    /// How many more statements there are than the query wanted named.
    public let statementsOmitted: UInt64
    public let findings: Findings
}

/// Opens the details of what a tally counted.
struct DisclosureReader {
    private let directory: LogDirectory
    private let redacted: RangeSet<UInt64>
    private var opener: DetailOpener
    private var findings = Findings()

    /// - Parameter redacted: The entries that need not have their details any more.
    init(directory: LogDirectory, auditor: AuditorAccess, origin: String, redacted: RangeSet<UInt64>) {
        self.directory = directory
        self.redacted = redacted
        opener = DetailOpener(auditor: auditor, origin: origin)
    }

    mutating func read(_ tally: AuditTally, epochs: [(index: EntryIndex, start: EpochStart)]) -> Disclosure {
        for epoch in epochs {
            do {
                try opener.learn(epoch.start, at: epoch.index)
            } catch {
                findings.add(Finding(.detailUnreadable, at: epoch.index, error.description))
            }
        }
        var names: [SessionPseudonym: (name: String?, address: String?)] = [:]
        for (session, opening) in tally.openings.sorted(by: { $0.value.index < $1.value.index }) {
            let detail = open(opening.detail, at: opening.index)
            names[session] = (detail?.principal, detail?.address)
        }
        let statements = tally.counted.map { counted in
            let detail = open(counted.detail, at: counted.index)
            let session = counted.session.flatMap { names[$0] }
            return Disclosure.Statement(
                index: counted.index, time: counted.time, what: Self.words(counted.what),
                name: detail?.principal ?? session?.name, address: detail?.address ?? session?.address,
                tables: counted.tables, sql: detail?.sql, parameters: detail?.parameters ?? [],
                outcome: counted.outcome)
        }
        return Disclosure(
            people: people(tally, names), statements: statements, statementsOmitted: tally.countedOmitted,
            findings: findings)
    }

    private func people(
        _ tally: AuditTally, _ names: [SessionPseudonym: (name: String?, address: String?)]
    ) -> [Disclosure.Person] {
        struct Who: Hashable {
            let name: ExactText?
            let principal: PrincipalClass
        }
        var people: [Who: (sessions: UInt64, totals: AccessTotals)] = [:]
        for (session, totals) in tally.bySession {
            guard let principal = tally.openings[session]?.principal else { continue }
            let who = Who(name: names[session]?.name.map { ExactText($0) }, principal: principal)
            people[who, default: (0, AccessTotals())].sessions += 1
            people[who, default: (0, AccessTotals())].totals.add(totals)
        }
        return people.sorted {
            ($0.key.name ?? "", $0.key.principal.located) < ($1.key.name ?? "", $1.key.principal.located)
        }
        .map {
            Disclosure.Person(
                name: $0.key.name?.string, principal: $0.key.principal, sessions: $0.value.sessions,
                totals: $0.value.totals)
        }
    }

    private static func words(_ what: AuditTally.Counted.What) -> String {
        switch what {
        case .access(let level): level.rawValue
        case .denied(let sqlstate): "denied \(sqlstate)"
        }
    }

    private mutating func open(_ reference: DetailReference, at index: EntryIndex) -> Detail? {
        do {
            guard let sealed = try directory.sealedDetail(index) else {
                throw SealError.opening("this copy has no sealed detail of the entry")
            }
            if sealed.isEmpty, redacted.contains(index.rawValue) { return nil }
            return try opener.open(sealed, of: reference, at: index)
        } catch {
            findings.add(Finding(.detailUnreadable, at: index, "\(error)"))
            return nil
        }
    }
}
