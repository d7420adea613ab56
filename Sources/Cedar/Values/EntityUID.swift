/// The name of an entity type, such as `Column` or `PhotoApp::Album`.
public struct EntityTypeName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: CedarString

    /// Takes `name` as it is: names from outside go through ``init(parsing:)``.
    public init(_ name: CedarString) { self.name = name }

    public init(stringLiteral name: String) { self.name = CedarString(name) }

    /// Nil unless `name` is identifiers joined by `::`, none of them reserved.
    public init?(parsing name: String) {
        guard IdentifierRules.isTypeName(name.utf8) else { return nil }
        self.name = CedarString(name)
    }

    /// The part after the last `::`.
    public var baseName: String {
        let bytes = Array(name.text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { return name.text }
        return String(decoding: bytes[(colon + 1)...], as: UTF8.self)
    }

    public var description: String { name.text }

    public static func < (left: EntityTypeName, right: EntityTypeName) -> Bool { left.name < right.name }
}

/// An entity's unique name: its type and an identifier, `Person::"alice"`.
public struct EntityUID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let type: EntityTypeName
    public let id: CedarString

    public init(type: EntityTypeName, id: CedarString) {
        self.type = type
        self.id = id
    }

    public var description: String { "\(type)::\(id.literal)" }

    public static func < (left: EntityUID, right: EntityUID) -> Bool {
        left.type == right.type ? left.id < right.id : left.type < right.type
    }
}
