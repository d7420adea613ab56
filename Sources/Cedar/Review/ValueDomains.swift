/// Which values attributes can have, and which entities there are, where that is known: a schema gives only types.
public struct ValueDomains: Sendable {
    /// An attribute, by the names that lead to it from an entity or the context.
    public struct Path: Sendable, Hashable {
        public enum Owner: Sendable, Hashable {
            case entity(EntityTypeName)
            case context
        }

        public var owner: Owner
        public var names: [CedarString]

        /// Such as `("Column", "subject", "home")`.
        public init(_ type: EntityTypeName, _ names: CedarString...) {
            self.init(.entity(type), names)
        }

        init(_ owner: Owner, _ names: [CedarString]) {
            self.owner = owner
            self.names = names
        }

        /// Of all actions' contexts.
        public static func context(_ names: CedarString...) -> Path { Path(.context, names) }
    }

    /// All values there are of one kind.
    public struct Domain: Sendable, Hashable {
        public var values: Set<CedarString>
        /// Said instead of naming some of the values, where those would not help.
        public var help: String?

        public init(_ values: some Sequence<String>, help: String? = nil) {
            self.values = Set(values.map { CedarString($0) })
            self.help = help
        }
    }

    /// The identifiers that entities of a type can have.
    public struct Population: Sendable, Hashable {
        public var identifiers: Set<CedarString>
        /// Where one would have to be declared, such as "the directory".
        public var register: String

        public init(_ identifiers: some Sequence<String>, register: String) {
            self.identifiers = Set(identifiers.map { CedarString($0) })
            self.register = register
        }
    }

    /// Of texts, and of the elements of sets of texts. An attribute that is not here may have any value.
    public var attributes: [Path: Domain]
    /// A type that is not here may have any entities.
    public var entities: [EntityTypeName: Population]

    public init(attributes: [Path: Domain] = [:], entities: [EntityTypeName: Population] = [:]) {
        self.attributes = attributes
        self.entities = entities
    }
}

extension Collection<CedarString> {
    /// The first few, in order, as literals.
    func listed(_ countMax: Int = 8) -> String {
        let shown = sorted().prefix(countMax).map(\.literal)
        return (shown + (count > countMax ? ["…"] : [])).joined(separator: ", ")
    }
}
