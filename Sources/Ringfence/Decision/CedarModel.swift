public import Cedar

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

    func uid(of column: String, _ table: TableName) -> EntityUID { Self.columnUID(column, table, store: storeName) }

    /// - Parameters:
    ///   - home: Nil while it is not known, as is `key`.
    ///   - row: The record `resource.row`, as far as it is known; nil where there is none.
    func column(
        _ facts: ColumnFacts, of table: TableName, home: String?, key: String?, row: PartialRecord?
    ) -> PartialEntities.PartlyKnown {
        func known(_ text: String) -> PartialRecord.Field { .known(Self.text(text)) }
        let subject = PartialRecord(["home": home.map(known) ?? .unknown, "id": key.map(known) ?? .unknown])
        var attributes: [CedarString: PartialRecord.Field] = [
            "name": known(facts.name), "table": known(table.table), "schema": known(table.schema),
            "store": known(storeName), "classification": known(facts.classification.rawValue),
            "subject": .partly(subject),
        ]
        if let category = facts.category { attributes["category"] = known(category) }
        if let row { attributes[RowVocabulary.attribute] = .partly(row) }
        return PartialEntities.PartlyKnown(
            attributes: PartialRecord(attributes), ancestors: [Self.tableUID(table, store: storeName), storeUID],
            tags: [:])
    }

    private static func text(_ text: String) -> Value { .string(CedarString(text)) }

    private static func set(_ texts: [String]) -> Value { .set(ValueSet(texts.map(text))) }
}

/// Why nothing can be decided.
public enum DecisionError: Error, Sendable, Hashable, CustomStringConvertible {
    case noSuchStore(String)
    /// There is no database that says what rows have, and these policies ask of them.
    case rowsUnknown([PolicyID])
    /// Policies that ask of the row, held against what the database says it has.
    case refused(ConfigurationProblems)
    /// The catalog or directory cannot be put before Cedar.
    case model(String)

    public var description: String {
        switch self {
        case .noSuchStore(let name): "the catalog has no store \"\(name)\""
        case .rowsUnknown(let policies):
            "only the database knows what rows have, and policy "
                + "\(policies.map(\.description).joined(separator: ", ")) asks of it with resource.row; "
                + "let the command ask the database"
        case .refused(let problems): "policies ask of rows what cannot be answered:\n\(problems)"
        case .model(let what): what
        }
    }
}
