/// Knows who may connect, and on what terms.
public protocol SessionAuthority: Sendable {
    /// The principal a client certificate proves, if it may connect as `user`.
    ///
    /// - Parameter subjects: The certificate's subject as RFC 4514 text.
    func mayConnect(certificateSubjects subjects: [String], as user: String) -> Bool

    /// A service's SCRAM verifier in PostgreSQL's form; nil for one that does not exist, which the client is not
    /// told apart from a wrong password.
    func scramVerifier(of user: String) -> String?

    /// Decides and prepares a session: compiles its profile if need be.
    func open(_ request: SessionRequest) async throws(SessionRefusal) -> SessionTerms

    /// PostgreSQL did not accept the role's password: someone changed it. Resets it once.
    func upstreamPasswordRefused(_ terms: SessionTerms) async throws(SessionRefusal) -> SessionTerms

    /// A login failed, as far as that is worth a record.
    func loginRefused(_ attempt: RefusedLogin)
}

/// Who wants a session, after proving to be who they are.
public struct SessionRequest: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable {
        case certificate, scram
    }

    public var user: String
    public var method: Method
    public var database: String
    public var sourceAddress: String
    public var applicationName: String
}

public struct RefusedLogin: Sendable, Hashable {
    public var user: String
    public var sourceAddress: String
    public var sqlState: String
    /// Of the certificate that the client presented, whoever's it is; empty without one.
    public var certificateSubjects: [String]
}

/// Why a session was not opened, in words the client may know.
public struct SessionRefusal: Error, Sendable, Hashable {
    public var sqlState: String
    public var message: String
    public var detail: String?
    public var hint: String?

    public init(sqlState: String, message: String, detail: String? = nil, hint: String? = nil) {
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
    }
}
