/// What a gateway is told by `ringfence.yaml`: where it listens, what it protects, and which files decide.
///
/// Paths are as the file gives them, relative ones joined to the file's folder.
public struct Configuration: Sendable, Hashable {
    /// The file this was read from, as it was named.
    public var file: String
    public var gateway: GatewaySettings
    public var store: StoreSettings
    public var catalogFile: String
    public var directoryFile: String
    /// One at least, in the order given.
    public var policyFiles: [String]
    /// 32 random bytes in hexadecimal, from which the login roles' passwords are derived.
    public var secretFile: String
    public var ledger: LedgerSettings

    public init(
        file: String, gateway: GatewaySettings, store: StoreSettings, catalogFile: String, directoryFile: String,
        policyFiles: [String], secretFile: String, ledger: LedgerSettings
    ) {
        self.file = file
        self.gateway = gateway
        self.store = store
        self.catalogFile = catalogFile
        self.directoryFile = directoryFile
        self.policyFiles = policyFiles
        self.secretFile = secretFile
        self.ledger = ledger
    }

    /// Reads `ringfence.yaml`, not the files it names: ``RingfenceInputs/load(_:)`` reads those too.
    ///
    /// - Throws: Every problem of the file, not only the first.
    public static func load(_ path: String) throws(ConfigurationProblems) -> Configuration {
        try ConfigurationReader.load(path).configuration
    }
}

/// A host and a port, as in `127.0.0.1:6432`, `[::1]:6432` or `db.example.com:5432`.
public struct NetworkEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, an IPv6 address without its brackets.
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil unless it is a host and a port.
    public init?(parsing text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, isBracketed || !host.contains(":"), digits.utf8.count <= 5,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), port <= 65_535
        else { return nil }
        self.init(host: String(host), port: port)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

public struct GatewaySettings: Sendable, Hashable {
    public var listen: NetworkEndpoint
    public var tls: TLSFiles
    /// Event loops; nil for one per core.
    public var loops: Int?
    public var controlSocket: String
    public var limits: GatewayLimits

    public init(listen: NetworkEndpoint, tls: TLSFiles, loops: Int?, controlSocket: String, limits: GatewayLimits) {
        self.listen = listen
        self.tls = tls
        self.loops = loops
        self.controlSocket = controlSocket
        self.limits = limits
    }
}

/// PEM files.
public struct TLSFiles: Sendable, Hashable {
    /// The gateway's certificate, with its chain.
    public var certificate: String
    public var key: String
    /// Who signs the certificates of people.
    public var clientAuthorities: String

    public init(certificate: String, key: String, clientAuthorities: String) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}

/// What one session, and all of them together, may take.
public struct GatewayLimits: Sendable, Hashable {
    /// From the first byte to ReadyForQuery.
    public var handshake: Duration = .seconds(10)
    /// Nil for no limit.
    public var statement: Duration?
    public var idle: Duration?
    public var idleInTransaction: Duration?
    public var sessions: Int = 500
    /// Of one person or service: half of the connections that a PostgreSQL takes unless it is told otherwise.
    public var sessionsPerPrincipal: Int = 50
    /// Connections from one address that have not logged in yet.
    public var loginsPerAddress: Int = 64
    /// The same from all addresses: so many places strangers can take from others.
    public static let loginsMax = 256
    /// Bytes of answers held back in one session until their entry is durable.
    public var heldBytes: Int = 4 << 20

    public init() {}
}

/// The database a gateway stands before.
public struct StoreSettings: Sendable, Hashable {
    public enum TLSMode: String, Sendable, Hashable, CaseIterable {
        /// No TLS; TLS if the server has it; TLS or nothing; TLS with a certificate that `tlsAuthorities` signed.
        case disable, prefer, require, verify
    }

    /// A store of the catalog.
    public var name: String
    public var host: String
    public var port: Int
    public var database: String
    public var tls: TLSMode
    /// A PEM file; always there for ``TLSMode/verify``.
    public var tlsAuthorities: String?
    public var adminUser: String
    /// A file whose first line is the admin's password.
    public var adminPasswordFile: String

    public init(
        name: String, host: String, port: Int, database: String, tls: TLSMode, tlsAuthorities: String?,
        adminUser: String, adminPasswordFile: String
    ) {
        self.name = name
        self.host = host
        self.port = port
        self.database = database
        self.tls = tls
        self.tlsAuthorities = tlsAuthorities
        self.adminUser = adminUser
        self.adminPasswordFile = adminPasswordFile
    }
}

public struct LedgerSettings: Sendable, Hashable {
    /// The ledger itself; of one that is ``shared``, what this gateway has seen of it.
    public var directory: String
    /// Nil for a ledger of one gateway, in its directory.
    public var shared: SharedLedgerSettings?
    /// The log's name in its checkpoints (C2SP tlog-checkpoint).
    public var origin: String
    /// The log's signing key, as `ringfence keygen log` writes it.
    public var signingKeyFile: String
    /// The key that signs beside it while the log's key is rotated; nil at other times.
    public var nextKeyFile: String?
    /// X25519 public keys, as `ringfence audit keygen` writes them.
    public var auditorKeyFiles: [String]
    /// Who cosigns the checkpoints, and how many of them must (C2SP tlog-policy); nil for nobody.
    public var witnessPolicyFile: String?
    /// Statements are refused when a quorum of witnesses has been away for longer; nil if it may be.
    public var requireWitnessedWithin: Duration?

    /// The shortest ``requireWitnessedWithin``: a round of questions must fit into it several times.
    public static let witnessedWithinMin = Duration.seconds(5)

    /// How long entries and their sealed details are kept.
    public var retention: RetentionRule
    /// The frozen log that this one goes on from.
    public var predecessor: Predecessor?

    public struct Predecessor: Sendable, Hashable {
        public var directory: String
        /// The file of its public key.
        public var keyFile: String
    }

    public init(
        directory: String, shared: SharedLedgerSettings? = nil, origin: String, signingKeyFile: String,
        nextKeyFile: String? = nil,
        auditorKeyFiles: [String],
        witnessPolicyFile: String? = nil, requireWitnessedWithin: Duration? = nil,
        retention: RetentionRule = RetentionRule(), predecessor: Predecessor? = nil
    ) {
        self.shared = shared
        self.witnessPolicyFile = witnessPolicyFile
        self.requireWitnessedWithin = requireWitnessedWithin
        self.directory = directory
        self.origin = origin
        self.signingKeyFile = signingKeyFile
        self.nextKeyFile = nextKeyFile
        self.auditorKeyFiles = auditorKeyFiles
        self.retention = retention
        self.predecessor = predecessor
    }
}
