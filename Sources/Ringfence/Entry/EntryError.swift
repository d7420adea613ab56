/// Why bytes are not a well-formed entry or detail.
public enum EntryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not the JSON that entries are written in; the offset is in bytes.
    case notJSON(what: String, offset: Int)
    case missing(member: String)
    /// A member that this version of the kind does not have.
    case unexpected(member: String)
    case invalid(member: String, what: String)
    /// The entry's own version is not one this reads.
    case unknownVersion

    public var description: String {
        switch self {
        case .notJSON(let what, let offset): "\(what) at byte \(offset)"
        case .missing(let member): "“\(member)” is missing"
        case .unexpected(let member): "“\(member)” does not belong there"
        case .invalid(let member, let what): "“\(member)” is not \(what)"
        case .unknownVersion: "the version is not 1"
        }
    }
}
