/// What a session's entries say of it: decided at its opening and unchanged until it closes.
public struct SessionFacts: Sendable, Hashable {
    /// Goes into details only.
    public var principalName: String
    public var principalKind: PrincipalKind
    public var located: Jurisdiction
    public var isCovered: Bool
    public var store: String
    public var profile: ContentDigest
    /// The policy in force, ``PolicyFiles/digest``.
    public var policy: ContentDigest
    /// The session works on the tables themselves, so that a name it does not know may be a view of any of them.
    public var isWhollyClear: Bool
    /// Canonical JSON of what protected cells are to it at most: `{"app.users":{"US":"hidden","*":"clear"}}`.
    public var reach: [UInt8]
    /// Where the client connects from; goes into details only.
    public var address: String
    /// The client's application_name; goes into details only.
    public var application: String?
    /// How the principal proved who they are, such as `certificate` or `scram-sha-256`; goes into details only.
    public var authentication: String?
    /// Which gateway serves it, where several share the ledger.
    public var gateway: GatewayName?

    public init(
        principal: Principal, store: String, profile: ContentDigest, policy: ContentDigest, isWhollyClear: Bool,
        reach: [UInt8], address: String, application: String? = nil, authentication: String? = nil,
        gateway: GatewayName? = nil
    ) {
        self.gateway = gateway
        principalName = principal.name
        principalKind = principal.kind
        located = principal.location
        isCovered = principal.isCovered
        self.store = store
        self.profile = profile
        self.policy = policy
        self.isWhollyClear = isWhollyClear
        self.reach = reach
        self.address = address
        self.application = application
        self.authentication = authentication
    }
}

/// The tables a statement's entry names, serialised once per distinct statement.
public struct EntryTables: Sendable, Hashable {
    /// A longer list is recorded as ``anything``.
    static let bytesMax = 16_384
    let json: [UInt8]

    /// The statement may reach any table that its session can: it was not parsed, or runs SQL that it does not show.
    public static let anything = EntryTables(json: Array("null".utf8))

    /// The statement names these and cannot reach another.
    public static func exactly(_ tables: some Collection<TableName>) -> EntryTables {
        var writer = EntryWriter(capacity: 2 + tables.count * 24)
        writer.raw("[")
        var isFirst = true
        for name in Set(tables.map { ExactText($0.description) }).sorted() {
            if !isFirst { writer.raw(",") }
            isFirst = false
            writer.string(name.string)
        }
        writer.raw("]")
        return writer.bytes.count <= bytesMax ? EntryTables(json: writer.bytes) : anything
    }
}

/// What became of one statement.
public struct StatementOutcome: Sendable, Hashable {
    /// Its number within the session, from 1.
    public var statement: UInt64
    /// Rows released to the client, those of COPY … TO included.
    public var rows: UInt64
    /// Bytes of its answers, message headers included.
    public var bytes: UInt64
    /// From the statement's arrival to ReadyForQuery.
    public var microseconds: UInt64
    /// Of the error that ended it: five characters `0`–`9`, `A`–`Z`.
    public var sqlstate: String?

    public init(statement: UInt64, rows: UInt64, bytes: UInt64, microseconds: UInt64, sqlstate: String? = nil) {
        self.statement = statement
        self.rows = rows
        self.bytes = bytes
        self.microseconds = microseconds
        self.sqlstate = sqlstate
    }
}

/// Why a session ended.
public enum CloseReason: String, Sendable, Hashable, CaseIterable {
    /// The client said so, or its connection ended.
    case client
    /// PostgreSQL ended it or went away.
    case upstream
    /// An operator ended it.
    case killed
    /// A time limit of the configuration.
    case limit
    /// The gateway drains before it stops.
    case drain
    /// The client broke the protocol.
    case `protocol`
    /// The ledger takes no more entries; the close came when it did again.
    case ledger
    /// The gateway itself stopped in good order: of an entry without a session.
    case stop
}
