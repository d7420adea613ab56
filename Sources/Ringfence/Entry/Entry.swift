public import TransparencyLog

/// An entry of the ledger as anybody can read it, checked member by member (docs/formats/entry.md).
public struct Entry: Sendable, Hashable {
    public let kind: EntryKind
    public let time: EntryTime
    /// Whose it is, in a ledger that several gateways share; of a session's entries only the opening says so.
    public let gateway: GatewayName?
    public let body: Body

    public enum Body: Sendable, Hashable {
        case boot(Boot)
        case epoch(EpochStart)
        case heartbeat(Heartbeat)
        case policy(PolicyFiles)
        case key(LogKeyRecord)
        case profile(CompiledProfile)
        case session(SessionOpening)
        case statement(StatementIntent)
        case outcome(OutcomeReport)
        case notifications(NotificationReport)
        case denied(Denial)
        case close(Closing)
        case passwordReset(PasswordReset)
        case redaction(Redaction)
        case retention(RetentionRule)
        case pruning(Pruning)
        case freeze(Freeze)
        /// A kind this version does not know; only what all entries have in common was checked.
        case unknown
    }

    static let kindBytesMax = 64

    /// - Throws: ``EntryError`` at the first thing that is not as the format says.
    public init(parsing bytes: [UInt8]) throws(EntryError) {
        guard bytes.count <= LogRecord.entryBytesMax else {
            throw .notJSON(what: "the entry is too long", offset: LogRecord.entryBytesMax)
        }
        var members = try EntryMembers(EntryJSON(parsing: bytes))
        guard try members.integer("v") == 1 else { throw .unknownVersion }
        let kind = try members.string("kind").string
        guard (1...Self.kindBytesMax).contains(kind.utf8.count), kind.utf8.allSatisfy(Self.isKindCharacter) else {
            throw members.invalid("kind", "1 to \(Self.kindBytesMax) small letters, digits and hyphens")
        }
        guard let time = EntryTime(parsing: try members.text("time").utf8) else {
            throw members.invalid("time", "a time in UTC with milliseconds")
        }
        self.kind = EntryKind(rawValue: kind)
        self.time = time
        gateway = members.has("gateway") ? try Self.gateway(&members) : nil
        body = try Self.body(self.kind, &members)
    }

    private static func gateway(_ members: inout EntryMembers) throws(EntryError) -> GatewayName {
        guard let name = GatewayName(try members.text("gateway").string) else {
            throw members.invalid("gateway", "a gateway's name")
        }
        return name
    }

    private static func isKindCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func body(_ kind: EntryKind, _ members: inout EntryMembers) throws(EntryError) -> Body {
        let body: Body
        switch kind {
        case .boot: body = .boot(try Boot(&members))
        case .epoch: body = .epoch(try EpochStart(&members))
        case .heartbeat: body = .heartbeat(try Heartbeat(&members))
        case .policy: body = .policy(try PolicyFiles(&members))
        case .key: body = .key(try LogKeyRecord(&members))
        case .profile: body = .profile(try CompiledProfile(&members))
        case .session: body = .session(try SessionOpening(&members))
        case .statement: body = .statement(try StatementIntent(&members))
        case .outcome: body = .outcome(try OutcomeReport(&members))
        case .notifications: body = .notifications(try NotificationReport(&members))
        case .denied: body = .denied(try Denial(&members))
        case .close: body = .close(try Closing(&members))
        case .passwordReset: body = .passwordReset(try PasswordReset(&members))
        case .redaction: body = .redaction(try Redaction(&members))
        case .retention: body = .retention(try RetentionRule(&members))
        case .pruning: body = .pruning(try Pruning(&members))
        case .freeze: body = .freeze(try Freeze(&members))
        default: return .unknown
        }
        try members.finish()
        return body
    }

    /// The session it belongs to, and its number in that session's sequence.
    public var sequence: SessionSequence? {
        switch body {
        case .session(let opening): opening.sequence
        case .statement(let intent): intent.sequence
        case .outcome(let report): report.sequence
        case .notifications(let report): report.sequence
        case .denied(let denial): denial.sequence
        case .close(let closing): closing.session?.sequence
        case .boot, .epoch, .heartbeat, .policy, .key, .profile, .passwordReset, .redaction, .retention, .pruning,
            .freeze,
            .unknown:
            nil
        }
    }

    /// What it says of its detail.
    public var detail: DetailReference? {
        switch body {
        case .session(let opening): opening.detail
        case .statement(let intent): intent.detail
        case .denied(let denial): denial.detail
        case .passwordReset(let reset): reset.detail
        case .redaction(let redaction): redaction.detail
        case .boot, .epoch, .heartbeat, .policy, .key, .profile, .outcome, .notifications, .close, .retention, .pruning,
            .freeze, .unknown:
            nil
        }
    }
}

/// The commitment to a detail, and the entry of the epoch whose key it is sealed under.
public struct DetailReference: Sendable, Hashable {
    public let epoch: EntryIndex
    public let commitment: DetailCommitment
}

/// The place of an entry among those of its session.
public struct SessionSequence: Sendable, Hashable {
    public let session: SessionPseudonym
    /// From 0, without gaps.
    public let number: UInt64
}

/// The class of principals an entry's principal belongs to: as much as the public learns of them.
public struct PrincipalClass: Sendable, Hashable {
    public let located: Jurisdiction
    public let isCovered: Bool
    public let kind: PrincipalKind

    public init(located: Jurisdiction, isCovered: Bool, kind: PrincipalKind) {
        self.located = located
        self.isCovered = isCovered
        self.kind = kind
    }
}
