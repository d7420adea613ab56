/// One thing that verification found.
public struct EnclosureFinding: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable {
        /// The database is not as Ringfence made it: `ringfence enclose --apply --anew` mends it.
        case drift
        /// Something outside Ringfence's rights leaves a way open: somebody else must close it.
        case exposure
    }

    public var kind: Kind
    /// The role, view or setting it is about.
    public var object: String
    public var message: String
    public var remedy: String

    public var description: String { "\(kind.rawValue): \(object): \(message)\n  \(remedy)" }
}
