public import Ringfence

/// On what terms a principal's session runs, as decided when it was opened.
public struct SessionTerms: Sendable {
    public var principal: Principal
    /// The login role upstream, such as `alice#3fa9c1d2e4`.
    public var upstreamRole: String
    public var upstreamPassword: String
    public var database: String
    /// As PostgreSQL reads it in `search_path`: quoted where need be.
    public var searchPath: String
    public var schemas: SchemaMap
    /// Whether the profile may change anything: its statements are then durable before they are sent.
    public var mayWrite: Bool
    /// The profile's digest, for people to read.
    public var profile: String
    /// Builds the session's entries; nothing was built with it yet.
    public var entries: SessionEntries
    public var advice: any RefusalAdvising

    public init(
        principal: Principal, upstreamRole: String, upstreamPassword: String, database: String, searchPath: String,
        schemas: SchemaMap, mayWrite: Bool, profile: String, entries: SessionEntries, advice: any RefusalAdvising
    ) {
        self.principal = principal
        self.upstreamRole = upstreamRole
        self.upstreamPassword = upstreamPassword
        self.database = database
        self.searchPath = searchPath
        self.schemas = schemas
        self.mayWrite = mayWrite
        self.profile = profile
        self.entries = entries
        self.advice = advice
    }
}

/// What a person is told whom PostgreSQL refused something, beside PostgreSQL's own words.
public protocol RefusalAdvising: Sendable {
    /// - Parameter table: The table that PostgreSQL's message names, as it stands there; nil if it names none.
    func advice(onRefusalOf table: String?) -> RefusalAdvice?
}

public struct RefusalAdvice: Sendable, Hashable {
    /// The policy that refuses.
    public var detail: String
    /// What to do.
    public var hint: String

    public init(detail: String, hint: String) {
        self.detail = detail
        self.hint = hint
    }
}
