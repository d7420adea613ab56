/// What the command line asks of a running gateway: one JSON object on a line, answered by one.
public struct ControlRequest: Codable, Sendable, Hashable {
    public enum Command: String, Codable, Sendable, Hashable {
        /// Lists the live sessions.
        case sessions
        /// Ends the session ``ControlRequest/session``.
        case kill
        /// Ends idle sessions, lets the others finish, then stops the gateway.
        case drain
    }

    public var command: Command
    /// The id of a session, for ``Command/kill``.
    public var session: UInt32?

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

    public init(error: String? = nil, sessions: [LiveSession]? = nil) {
        self.error = error
        self.sessions = sessions
    }
}
