/// A schema as it was written, as text or as JSON: names are not resolved yet.
struct SchemaSyntax: Sendable {
    /// A name where it is written, identifiers joined by `::`.
    struct Name: Sendable {
        let text: String
        let range: ByteRange

        var isQualified: Bool { text.utf8.contains(UInt8(ascii: ":")) }
    }

    /// What a name may stand for.
    enum Reference: Sendable {
        case entityType, commonType, either
    }

    indirect enum TypeExpression: Sendable {
        /// One that JSON names by a keyword.
        case builtin(SchemaType, ByteRange)
        case name(Name, Reference)
        case set(TypeExpression, ByteRange)
        case record([Attribute], ByteRange)

        var range: ByteRange {
            switch self {
            case .name(let name, _): name.range
            case .builtin(_, let range), .set(_, let range), .record(_, let range): range
            }
        }
    }

    struct Attribute: Sendable {
        let name: CedarString
        let nameRange: ByteRange
        let type: TypeExpression
        let isRequired: Bool
    }

    struct EntityTypeDeclaration: Sendable {
        enum Kind: Sendable {
            case standard(parents: [Name], shape: TypeExpression?, tags: TypeExpression?)
            case enumeration([CedarString])
        }

        let names: [Name]
        let kind: Kind
    }

    struct CommonTypeDeclaration: Sendable {
        let name: Name
        let type: TypeExpression
    }

    struct ActionName: Sendable {
        let id: CedarString
        let range: ByteRange
    }

    /// An action as another names it: of the type `Action` if it names none.
    struct ActionReference: Sendable {
        let type: Name?
        let id: CedarString
        let range: ByteRange
    }

    struct AppliesTo: Sendable {
        var principals: [Name] = []
        var resources: [Name] = []
        var context: TypeExpression?
    }

    struct ActionDeclaration: Sendable {
        let names: [ActionName]
        let parents: [ActionReference]
        /// Nil for an action that no request names.
        let appliesTo: AppliesTo?
    }

    struct Namespace: Sendable {
        /// Nil for what is declared outside of any.
        let name: Name?
        var entityTypes: [EntityTypeDeclaration] = []
        var commonTypes: [CommonTypeDeclaration] = []
        var actions: [ActionDeclaration] = []
    }

    /// Types inside each other, in text, in JSON, and with common types expanded.
    static let nestingMax = 64
    static let diagnosticsMax = 50

    var namespaces: [Namespace] = []
}
