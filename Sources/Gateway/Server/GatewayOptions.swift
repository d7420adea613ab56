public import NIOCore

/// How the gateway listens, where PostgreSQL is, and what one session may take.
public struct GatewayOptions: Sendable {
    /// The server's side of TLS with clients.
    public struct ClientTLS: Sendable {
        /// PEM files. The certificate's chain begins with the server's own.
        public var certificateFile: String
        public var keyFile: String
        /// The authorities whose certificates prove people; nil if nobody logs in with one.
        public var clientAuthoritiesFile: String?
        /// Whether a client without TLS is turned away.
        public var isRequired: Bool

        public init(
            certificateFile: String, keyFile: String, clientAuthoritiesFile: String?, isRequired: Bool = true
        ) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.clientAuthoritiesFile = clientAuthoritiesFile
            self.isRequired = isRequired
        }
    }

    public struct Upstream: Sendable {
        /// libpq's `sslmode`, with `verify` for `verify-full`.
        public enum TLS: Sendable, Hashable {
            case disable, prefer, require
            /// The authorities' PEM file; the system's when nil.
            case verify(authoritiesFile: String?)
        }

        public var host: String
        public var port: Int
        public var tls: TLS

        public init(host: String, port: Int, tls: TLS) {
            self.host = host
            self.port = port
            self.tls = tls
        }
    }

    public struct Limits: Sendable, Hashable {
        /// From accepting a connection to the end of its login.
        public var handshake: TimeAmount
        /// The longest a statement may run; nil for no limit.
        public var statement: TimeAmount?
        /// Between transactions.
        public var idle: TimeAmount?
        public var idleInTransaction: TimeAmount?
        public var sessions: Int
        /// Of one person or service.
        public var sessionsPerPrincipal: Int
        /// Connections from one address that have not logged in yet.
        public var loginsPerAddress: Int
        /// Answers held for one session until their entries are durable, in bytes.
        public var heldBytesMax: Int

        public init(
            handshake: TimeAmount = .seconds(10), statement: TimeAmount? = .minutes(5), idle: TimeAmount? = .hours(1),
            idleInTransaction: TimeAmount? = .minutes(10), sessions: Int = 500, sessionsPerPrincipal: Int = 50,
            loginsPerAddress: Int = 64, heldBytesMax: Int = 4 << 20
        ) {
            self.handshake = handshake
            self.statement = statement
            self.idle = idle
            self.idleInTransaction = idleInTransaction
            self.sessions = sessions
            self.sessionsPerPrincipal = sessionsPerPrincipal
            self.loginsPerAddress = loginsPerAddress
            self.heldBytesMax = heldBytesMax
        }
    }

    public var host: String
    /// 0 for one that the system chooses.
    public var port: Int
    public var tls: ClientTLS?
    public var upstream: Upstream
    public var limits: Limits
    /// At least 2, so that one slow client's encryption does not stop the others.
    public var loops: Int
    /// The salts that users who do not exist are asked with are made from it. It should outlive the process: a salt
    /// that changes tells who does not exist.
    public var mockSecret: [UInt8]

    public init(
        host: String, port: Int, tls: ClientTLS?, upstream: Upstream, limits: Limits = Limits(), loops: Int = 2,
        mockSecret: [UInt8]
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.upstream = upstream
        self.limits = limits
        self.loops = loops
        self.mockSecret = mockSecret
    }
}
