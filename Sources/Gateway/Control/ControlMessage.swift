/// What the command line asks of a running gateway: one JSON object on a line, answered by one.
public struct ControlRequest: Codable, Sendable, Hashable {
    public enum Command: String, Codable, Sendable, Hashable {
        /// Lists the live sessions.
        case sessions
        /// Ends the session ``ControlRequest/session``.
        case kill
        /// Ends idle sessions, lets the others finish, then stops the gateway.
        case drain
        /// Erases details: ``ControlRequest/entries``, ``ControlRequest/reason``, ``ControlRequest/operator``.
        case redact
        /// Erases the details and prunes the entries that are older than the configuration keeps them.
        case retain
    }

    public var command: Command
    /// The id of a session, for ``Command/kill``.
    public var session: UInt32?
    /// Pairs of a first and a last entry, ascending and apart.
    public var entries: [[UInt64]]?
    public var reason: String?
    /// Who asks, by their own word.
    public var `operator`: String?

    public init(_ command: Command, session: UInt32? = nil) {
        self.command = command
        self.session = session
    }
}

public struct ControlResponse: Codable, Sendable, Hashable {
    /// Why the request was not carried out; nil if it was.
    public var error: String?
    /// For ``ControlRequest/Command/sessions``.
    public var sessions: [LiveSession]?
    /// The ledger's entry that says what was done.
    public var entry: UInt64?
    /// The one that says which entries were pruned, for ``ControlRequest/Command/retain``.
    public var pruning: UInt64?

    public init(error: String? = nil, sessions: [LiveSession]? = nil, entry: UInt64? = nil, pruning: UInt64? = nil) {
        self.error = error
        self.sessions = sessions
        self.entry = entry
        self.pruning = pruning
    }
}
