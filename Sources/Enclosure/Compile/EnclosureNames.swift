public import Ringfence

/// What a profile's objects are called in the database.
public struct EnclosureNames: Sendable, Hashable {
    /// PostgreSQL cuts longer identifiers off (NAMEDATALEN − 1).
    public static let identifierBytesMax = 63
    static let keySchema = "ringfence"

    public let short: String

    public init(_ digest: ProfileDigest) { short = digest.short }

    public var role: String { "rf_\(short)" }

    public func schema(for applicationSchema: String) -> String { "\(applicationSchema)@\(short)" }

    public func login(of principal: String) -> String { "\(principal)#\(short)" }

    /// The view beside a table's own that takes `COPY … FROM`.
    public static func copyTarget(of table: TableName) -> String { "\(table.table)@copy" }

    /// Throws for a name that PostgreSQL would cut off, and so might confuse with another.
    static func checked(_ name: String) throws(EnclosureError) -> String {
        guard name.utf8.count <= identifierBytesMax, !name.utf8.isEmpty, !name.utf8.contains(0) else {
            throw EnclosureError(
                code: .nameTooLong, message: "\"\(name)\" is longer than PostgreSQL's 63 bytes for a name.",
                remedy: "Shorten the name in the directory, or rename the schema.")
        }
        return name
    }
}
