/// How a principal's session logs in to PostgreSQL.
public struct UpstreamRole: Sendable, Hashable {
    public var role: String
    /// Derived from the gateway's secret: kept nowhere.
    public var password: String
    /// Quoted, as `search_path` takes it.
    public var searchPath: String
    /// From the application's schemas to the profile's; empty for a wholly clear profile.
    public var schemas: [String: String]
}
