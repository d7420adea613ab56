public import Ringfence
public import TransparencyLog

/// Something in the ledger that an auditor must hear of.
public struct Finding: Sendable, Hashable, CustomStringConvertible {
    public enum Weight: String, Sendable, Hashable, CaseIterable, Comparable {
        /// Worth a line, but nothing is missing by it: a restart, a kind of entry this version does not know.
        case note
        /// A time of which the ledger says nothing reliable: silence while the gateway ran, a clock set back.
        case gap
        /// Entries contradict each other or are missing: what they say is not to be relied on.
        case failure

        public static func < (left: Weight, right: Weight) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    /// What kind of thing; stable, for programs.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case malformedEntry, unknownKind
        case noBootFirst, previousHead, crash, downtime, silence, clockSetBack, beatMissing
        case sequenceMissing, unknownSession, sessionReused, entryAfterClose
        case statementNumber, unknownStatement, outcomeTwice, outcomeMissing, statementCount
        case notificationsReleased
        case identityDiffers, reachDiffers, unknownPolicy, unknownEpoch
        case succession, frozen, entryAfterFreeze
        case pruned, pruning, sessionPruned, prunedUnsaid, pruningAgainstRule
        case keyChange, keyOfAnotherLog, keyRetired
        case redaction, redactionAhead, detailKept, detailUnreadable

        public var weight: Weight {
            switch self {
            // What was not durable when the gateway died had not been released: a crash by itself hides nothing.
            case .unknownKind, .crash, .downtime, .outcomeMissing, .redaction, .succession, .frozen,
                .keyChange, .pruning:
                .note
            case .silence, .clockSetBack, .detailKept, .detailUnreadable, .pruned, .sessionPruned: .gap
            case .malformedEntry, .noBootFirst, .previousHead, .beatMissing, .sequenceMissing, .unknownSession,
                .sessionReused, .entryAfterClose, .statementNumber, .unknownStatement, .outcomeTwice,
                .statementCount, .notificationsReleased, .identityDiffers, .reachDiffers, .unknownPolicy, .unknownEpoch,
                .redactionAhead, .entryAfterFreeze, .keyOfAnotherLog, .keyRetired, .prunedUnsaid,
                .pruningAgainstRule:
                .failure
            }
        }
    }

    public var kind: Kind
    /// The entry at which it shows.
    public var index: EntryIndex
    public var what: String
    /// The time it casts doubt on, where it is about time.
    public var times: ClosedRange<EntryTime>?

    public init(_ kind: Kind, at index: EntryIndex, _ what: String, times: ClosedRange<EntryTime>? = nil) {
        self.kind = kind
        self.index = index
        self.what = what
        self.times = times
    }

    public var weight: Weight { kind.weight }
    public var description: String { "entry \(index): \(what)" }
}

/// Findings in the order of their entries, as many of each kind as anybody reads.
public struct Findings: Sendable, Hashable {
    public static let keptPerKindMax = 100
    public private(set) var kept: [Finding] = []
    /// How many there were of each kind, kept or not.
    public private(set) var counts: [Finding.Kind: Int] = [:]

    mutating func add(_ finding: Finding) {
        counts[finding.kind, default: 0] += 1
        if counts[finding.kind, default: 0] <= Self.keptPerKindMax { kept.append(finding) }
    }

    public func count(_ weight: Finding.Weight) -> Int {
        counts.reduce(0) { $1.key.weight == weight ? $0 + $1.value : $0 }
    }
}
