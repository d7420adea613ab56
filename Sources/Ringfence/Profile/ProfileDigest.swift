/// Names a profile: the SHA-256 of everything that shapes its SQL, so that the same digest means the same views.
public struct ProfileDigest: Sendable, Hashable, CustomStringConvertible {
    public let content: ContentDigest

    /// - Parameters:
    ///   - catalog: For the list of homes and the subjects' tables.
    ///   - live: For the tables' columns and types.
    public init(_ profile: Profile, catalog: Catalog, live: LiveSchema) {
        content = ContentDigest(of: CanonicalProfile.encode(profile, catalog: catalog, live: live))
    }

    public var bytes: [UInt8] { content.bytes }
    /// In hexadecimal.
    public var description: String { content.description }
    /// The first 10 hexadecimal digits, as roles and schemas carry them.
    public var short: String { content.short }
}
