public import TransparencyLog

public struct Boot: Sendable, Hashable {
    public let version: ExactText
    public let previous: GatewayEntries.Head
    public let policy: ContentDigest
    public let heartbeatMilliseconds: UInt64
    /// The frozen log that this one goes on from; only at the first start, if at all.
    public let predecessor: Checkpoint?

    init(_ members: inout EntryMembers) throws(EntryError) {
        version = try members.string("version")
        var head = try EntryMembers(members.take("previous"), of: "previous")
        previous = try GatewayEntries.Head(&head)
        try head.finish()
        if members.has("predecessor") {
            var frozen = try EntryMembers(members.take("predecessor"), of: "predecessor")
            let origin = try frozen.string("origin").string
            let last = try GatewayEntries.Head(&frozen)
            try frozen.finish()
            predecessor = Checkpoint(origin: origin, size: last.size, root: last.root)
        } else {
            predecessor = nil
        }
        policy = try members.digest("policy")
        heartbeatMilliseconds = try members.integer("heartbeat")
        guard heartbeatMilliseconds > 0 else { throw members.invalid("heartbeat", "above 0") }
    }
}

extension GatewayEntries.Head {
    fileprivate init(_ members: inout EntryMembers) throws(EntryError) {
        let size = try members.integer("size")
        guard let root = Hash(try members.base64("root", count: Hash.byteCount)) else {
            throw members.invalid("root", "32 bytes in base64")
        }
        self.init(size: size, root: root)
    }
}

public struct EpochStart: Sendable, Hashable {
    public let keyCommitment: EpochKeyCommitment
    public let sealed: [SealedEpochKey]

    init(_ members: inout EntryMembers) throws(EntryError) {
        guard let commitment = EpochKeyCommitment(bytes: try members.base64("keyCommitment", count: 32)) else {
            throw members.invalid("keyCommitment", "32 bytes in base64")
        }
        keyCommitment = commitment
        var sealed: [SealedEpochKey] = []
        for element in try members.array("sealed") {
            var key = try EntryMembers(element, of: "sealed")
            let auditor = try key.string("auditor")
            guard let keyID = HexadecimalText.decode(auditor.string.utf8), keyID.count == 8 else {
                throw key.invalid("auditor", "16 hexadecimal digits")
            }
            sealed.append(
                SealedEpochKey(
                    auditor: auditor,
                    encapsulatedKey: try key.base64("encapsulated", count: SealedEpochKey.encapsulatedBytes),
                    ciphertext: try key.base64("ciphertext", count: SealedEpochKey.ciphertextBytes)))
            try key.finish()
        }
        self.sealed = sealed
    }
}

public struct Heartbeat: Sendable, Hashable {
    public let beat: UInt64
    public let sessions: UInt64
    public let intervalMilliseconds: UInt64

    init(_ members: inout EntryMembers) throws(EntryError) {
        beat = try members.integer("beat")
        sessions = try members.integer("sessions")
        intervalMilliseconds = try members.integer("interval")
        guard beat > 0 else { throw members.invalid("beat", "above 0") }
        guard intervalMilliseconds > 0 else { throw members.invalid("interval", "above 0") }
    }
}

extension PolicyFiles {
    init(_ members: inout EntryMembers) throws(EntryError) {
        let digest = try members.digest("policy")
        var files: [File] = []
        for element in try members.array("files") {
            var file = try EntryMembers(element, of: "files")
            files.append(
                File(
                    role: try file.choice("role"), name: try file.string("name").string,
                    sha256: try file.digest("sha256")))
            try file.finish()
        }
        self.init(files: files)
        guard self.digest == digest else { throw members.invalid("policy", "the digest of its files") }
    }
}

public struct CompiledProfile: Sendable, Hashable {
    public let profile: ContentDigest
    public let store: ExactText
    public let policy: ContentDigest
    public let isWhollyClear: Bool
    public let reach: RecordedReach

    init(_ members: inout EntryMembers) throws(EntryError) {
        profile = try members.digest("profile")
        store = try members.string("store")
        policy = try members.digest("policy")
        isWhollyClear = try members.bool("whollyClear")
        reach = try RecordedReach(members.take("reach"))
    }
}

public struct SessionOpening: Sendable, Hashable {
    public let sequence: SessionSequence
    public let principal: PrincipalClass
    public let store: ExactText
    public let profile: ContentDigest
    public let policy: ContentDigest
    public let isWhollyClear: Bool
    public let reach: RecordedReach
    public let detail: DetailReference

    init(_ members: inout EntryMembers) throws(EntryError) {
        sequence = try SessionSequence(&members)
        principal = try PrincipalClass(&members)
        store = try members.string("store")
        profile = try members.digest("profile")
        policy = try members.digest("policy")
        isWhollyClear = try members.bool("whollyClear")
        reach = try RecordedReach(members.take("reach"))
        detail = try members.detail()
        guard sequence.number == 0 else { throw members.invalid("seq", "0 at a session's opening") }
    }
}

public struct StatementIntent: Sendable, Hashable {
    public let sequence: SessionSequence
    public let principal: PrincipalClass
    public let profile: ContentDigest
    /// From 1.
    public let number: UInt64
    /// Nil if it may reach whatever its session can.
    public let tables: [ExactText]?
    public let detail: DetailReference

    init(_ members: inout EntryMembers) throws(EntryError) {
        sequence = try SessionSequence(&members)
        principal = try PrincipalClass(&members)
        profile = try members.digest("profile")
        number = try members.integer("statement")
        tables = try members.tables("tables")
        detail = try members.detail()
        guard number > 0 else { throw members.invalid("statement", "above 0") }
    }
}

public struct OutcomeReport: Sendable, Hashable {
    public let sequence: SessionSequence
    public let outcomes: [StatementOutcome]

    init(_ members: inout EntryMembers) throws(EntryError) {
        sequence = try SessionSequence(&members)
        var outcomes: [StatementOutcome] = []
        for element in try members.array("outcomes") {
            var outcome = try EntryMembers(element, of: "outcomes")
            outcomes.append(
                StatementOutcome(
                    statement: try outcome.integer("statement"), rows: try outcome.integer("rows"),
                    bytes: try outcome.integer("bytes"), microseconds: try outcome.integer("microseconds"),
                    sqlstate: try outcome.nullable("sqlstate") { members throws(EntryError) in
                        try members.sqlstate("sqlstate")
                    }))
            try outcome.finish()
        }
        guard !outcomes.isEmpty else { throw members.invalid("outcomes", "at least one") }
        self.outcomes = outcomes
    }
}

public struct NotificationReport: Sendable, Hashable {
    public let sequence: SessionSequence
    /// The session's latest statement that listens; nil if no text showed one, as when a function did it.
    public let statement: UInt64?
    public let count: UInt64
    /// Bytes of the messages, headers included.
    public let bytes: UInt64

    init(_ members: inout EntryMembers) throws(EntryError) {
        sequence = try SessionSequence(&members)
        statement = try members.nullable("statement") { members throws(EntryError) in
            try members.integer("statement")
        }
        count = try members.integer("count")
        bytes = try members.integer("bytes")
        guard count > 0 else { throw members.invalid("count", "above 0") }
    }
}

public struct Denial: Sendable, Hashable {
    public enum What: String, Sendable, Hashable, CaseIterable {
        case login, statement
    }

    public let what: What
    public let sqlstate: String
    /// Nil for a login.
    public let sequence: SessionSequence?
    /// Nil if it is not known who wanted to log in.
    public let principal: PrincipalClass?
    /// Nil for a login, and for a statement that may have reached whatever its session can.
    public let tables: [ExactText]?
    public let detail: DetailReference

    init(_ members: inout EntryMembers) throws(EntryError) {
        what = try members.choice("what")
        sqlstate = try members.sqlstate("sqlstate")
        switch what {
        case .login:
            sequence = nil
            tables = nil
            principal = try PrincipalClass(ifKnown: &members)
        case .statement:
            sequence = try SessionSequence(&members)
            tables = try members.tables("tables")
            principal = try PrincipalClass(&members)
        }
        detail = try members.detail()
    }
}

public struct Closing: Sendable, Hashable {
    public struct OfSession: Sendable, Hashable {
        public let sequence: SessionSequence
        /// How many statements the session had.
        public let statements: UInt64
    }

    public let reason: CloseReason
    /// Nil when it is the gateway that stopped.
    public let session: OfSession?

    init(_ members: inout EntryMembers) throws(EntryError) {
        reason = try members.choice("reason")
        if members.has("session") {
            session = OfSession(
                sequence: try SessionSequence(&members), statements: try members.integer("statements"))
        } else {
            session = nil
        }
        guard (reason == .stop) == (session == nil) else {
            throw members.invalid("reason", "“stop” exactly where there is no session")
        }
    }
}

public struct PasswordReset: Sendable, Hashable {
    public let store: ExactText
    public let detail: DetailReference

    init(_ members: inout EntryMembers) throws(EntryError) {
        store = try members.string("store")
        detail = try members.detail()
    }
}

extension SessionSequence {
    init(_ members: inout EntryMembers) throws(EntryError) {
        guard let session = SessionPseudonym(parsing: try members.text("session").utf8) else {
            throw members.invalid("session", "32 hexadecimal digits")
        }
        self.init(session: session, number: try members.integer("seq"))
    }
}

extension PrincipalClass {
    init(_ members: inout EntryMembers) throws(EntryError) {
        self.init(
            located: try members.jurisdiction("located"), isCovered: try members.bool("covered"),
            kind: try members.choice("principal"))
    }

    /// All three are null, or none.
    init?(ifKnown members: inout EntryMembers) throws(EntryError) {
        let located = try members.nullable("located") { members throws(EntryError) in
            try members.jurisdiction("located")
        }
        let isCovered = try members.nullable("covered") { members throws(EntryError) in try members.bool("covered") }
        let kind: PrincipalKind? = try members.nullable("principal") { members throws(EntryError) in
            try members.choice("principal")
        }
        switch (located, isCovered, kind) {
        case (nil, nil, nil): return nil
        case (let located?, let isCovered?, let kind?):
            self.init(located: located, isCovered: isCovered, kind: kind)
        default: throw members.invalid("principal", "known where its location is")
        }
    }
}
