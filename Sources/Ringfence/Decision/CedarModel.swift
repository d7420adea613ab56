internal import Cedar

/// A principal and a store as Cedar sees them: `Person`, `Service`, `Team`, `Action`, `Column`, `Table`, `Store`.
struct CedarModel {
    static let person: EntityTypeName = "Person"
    static let service: EntityTypeName = "Service"
    static let team: EntityTypeName = "Team"
    static let action: EntityTypeName = "Action"
    static let column: EntityTypeName = "Column"
    static let table: EntityTypeName = "Table"
    static let store: EntityTypeName = "Store"

    /// The home of rows that are about nobody: no jurisdiction's code.
    static let homeOfNobody = "none"

    /// Nothing is granted to anybody yet.
    static let context: ValueRecord = ["grants": .set([])]

    let principal: EntityUID
    let entities: Entities
    private let storeUID: EntityUID
    private let storeName: String

    init(principal: Principal, store: Store) throws(DecisionError) {
        storeName = store.name
        storeUID = Self.uid(Self.store, store.name)
        let principalEntity = Self.entity(of: principal)
        self.principal = principalEntity.uid
        var entities = [principalEntity, Entity(uid: storeUID)]
        entities += principalEntity.parents.map { Entity(uid: $0) }
        entities += DataAction.allCases.map { Entity(uid: Self.uid($0)) }
        for table in store.tables {
            entities.append(Entity(uid: Self.tableUID(table.name, store: store.name), parents: [storeUID]))
        }
        do throws(EntitiesError) {
            self.entities = try Entities(entities)
        } catch {
            throw .model(error.description)
        }
    }

    static func uid(_ type: EntityTypeName, _ id: String) -> EntityUID { EntityUID(type: type, id: CedarString(id)) }

    static func uid(_ action: DataAction) -> EntityUID { uid(Self.action, action.rawValue) }

    static func tableUID(_ table: TableName, store: String) -> EntityUID { uid(Self.table, "\(store).\(table)") }

    static func columnUID(_ column: String, _ table: TableName, store: String) -> EntityUID {
        uid(Self.column, "\(store).\(table).\(column)")
    }

    static func entity(of principal: Principal) -> Entity {
        var attributes: [CedarString: Value] = [
            "location": text(principal.location.code), "teams": set(principal.teams),
        ]
        var type = service
        if case .person(let person) = principal {
            type = self.person
            attributes["employer"] = text(person.employer)
            attributes["employerCountry"] = text(person.employerCountry.code)
            attributes["citizenships"] = set(person.citizenships.map(\.code))
            attributes["covered"] = .bool(person.isCovered)
        }
        return Entity(
            uid: uid(type, principal.name), attributes: ValueRecord(attributes),
            parents: principal.teams.map { uid(team, $0) })
    }

    /// - Parameter subject: The record `resource.subject`, as far as it is known.
    func resource(_ facts: ColumnFacts, of table: TableName, subject: PartialValue) -> PartialEntity {
        var attributes: [CedarString: PartialValue] = [
            "name": .known(Self.text(facts.name)), "table": .known(Self.text(table.table)),
            "schema": .known(Self.text(table.schema)), "store": .known(Self.text(storeName)),
            "classification": .known(Self.text(facts.classification.rawValue)), "subject": subject,
        ]
        if let category = facts.category { attributes["category"] = .known(Self.text(category)) }
        return PartialEntity(
            uid: Self.columnUID(facts.name, table, store: storeName), attributes: attributes,
            parents: [Self.tableUID(table, store: storeName)])
    }

    static func subject(home: String?, id: PartialValue) -> PartialValue {
        let unknownHome = PartialValue.unknown(Unknown(["subject", "home"], kind: .string))
        return .record(["home": home.map { .known(text($0)) } ?? unknownHome, "id": id])
    }

    static let unknownKey = PartialValue.unknown(Unknown(KeyPredicate.keyPath, kind: .string))

    private static func text(_ text: String) -> Value { .string(CedarString(text)) }

    private static func set(_ texts: [String]) -> Value { .set(ValueSet(texts.map(text))) }
}

/// Why nothing can be decided.
public enum DecisionError: Error, Sendable, Hashable, CustomStringConvertible {
    case noSuchStore(String)
    /// The catalog or directory cannot be put before Cedar.
    case model(String)

    public var description: String {
        switch self {
        case .noSuchStore(let name): "the catalog has no store \"\(name)\""
        case .model(let what): what
        }
    }
}
