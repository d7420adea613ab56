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

    /// As in a policy, `Person::"alice"`, without white space outside the quotes. Nil if `text` is anything else.
    public init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard let quote = bytes.firstIndex(of: UInt8(ascii: "\"")), bytes[..<quote].suffix(2).elementsEqual("::".utf8),
            let type = EntityTypeName(parsing: String(decoding: bytes[..<(quote - 2)], as: UTF8.self))
        else { return nil }
        let source = SourceText(name: "", bytes: Array(bytes[quote...]))
        let tokens = Lexer.tokens(of: source.bytes)
        guard let token = tokens.first, token.kind == .string, Int(token.range.end) == source.bytes.count,
            let id = try? StringEscapes.string(source, token.range)
        else { return nil }
        self.init(type: type, id: id)
    }

    public var description: String { "\(type)::\(id.literal)" }

    public static func < (left: EntityUID, right: EntityUID) -> Bool {
        left.type == right.type ? left.id < right.id : left.type < right.type
    }
}
