/// A value that is not there yet, named by the path to it: `["subject", "id"]`.
public struct Unknown: Sendable, Hashable, Comparable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public let path: [CedarString]
    /// If declared, comparisons on it are known not to fail, so that more can be decided early.
    public let kind: ValueKind?

    public init(_ path: [CedarString], kind: ValueKind? = nil) {
        self.path = path
        self.kind = kind
    }

    public init(arrayLiteral path: CedarString...) { self.init(path) }

    public var description: String { "unknown(\(path.map(\.text).joined(separator: ".")))" }

    public static func < (left: Unknown, right: Unknown) -> Bool {
        left.path == right.path
            ? (left.kind?.rawValue ?? "") < (right.kind?.rawValue ?? "")
            : left.path.lexicographicallyPrecedes(right.path)
    }
}

/// A value of which parts may be unknown.
public indirect enum PartialValue: Sendable, Hashable {
    case known(Value)
    case unknown(Unknown)
    case record([CedarString: PartialValue])
}

/// A resource whose identity and ancestors are known, but not all of its attributes.
///
/// An attribute that is not listed does not exist: `has` is false for it, now and after substitution.
public struct PartialEntity: Sendable, Hashable {
    public var uid: EntityUID
    public var attributes: [CedarString: PartialValue]
    /// What it belongs to; what these belong to is taken from the entities.
    public var parents: [EntityUID]
    public var tags: [CedarString: PartialValue]

    public init(
        uid: EntityUID, attributes: [CedarString: PartialValue], parents: [EntityUID] = [],
        tags: [CedarString: PartialValue] = [:]
    ) {
        self.uid = uid
        self.attributes = attributes
        self.parents = parents
        self.tags = tags
    }
}
