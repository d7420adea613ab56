public import Cedar

/// What policies are written against: the types of our model as a Cedar schema, and the values and entities that there
/// really are.
public struct PolicySchema: Sendable {
    public let schema: Schema
    public let domains: ValueDomains
    let rows: RowVocabulary

    /// - Parameters:
    ///   - live: A store's database, which has columns that the catalog does not name.
    ///   - areColumnsOpen: Whether a column that neither of them names may be there all the same.
    init(
        catalog: Catalog, directory: Directory, live: (store: String, schema: LiveSchema)? = nil,
        areColumnsOpen: Bool = false
    ) {
        rows =
            live.flatMap { live in
                catalog.stores.first { $0.name.isExactly(live.store) }.map { RowVocabulary($0, live.schema) }
            } ?? .none
        schema = Self.schema(catalog, teams: directory.teams, rows: rows)
        var domains = Self.domains(catalog, directory, live)
        if areColumnsOpen {
            domains.entities[CedarModel.column] = nil
            domains.attributes[ValueDomains.Path(CedarModel.column, "name")] = nil
        }
        self.domains = domains
    }

    /// In Cedar's schema language, for other tools.
    public var text: String { schema.text }

    // MARK: Types

    /// ``CedarModel`` makes entities like these.
    static func schema(_ catalog: Catalog, teams: [String], rows: RowVocabulary) -> Schema {
        let text = RecordType.Attribute(.string)
        let texts = RecordType.Attribute(.set(.string))
        var columnAttributes = RecordType([
            "name": text, "table": text, "schema": text, "store": text, "classification": text,
            // A column that the catalog does not name has none.
            "category": RecordType.Attribute(.string, isRequired: false),
            // There is always a home: that of unknown people counts as one of the list, and nobody's is "none".
            "subject": RecordType.Attribute(.record(RecordType(["home": text, "id": text]))),
        ])
        if let type = rows.type {
            columnAttributes.attributes[RowVocabulary.attribute] = RecordType.Attribute(
                .record(type), isRequired: false)
        }
        return Schema(
            entityTypes: [
                enumerated(CedarModel.team, teams),
                Schema.EntityType(
                    name: CedarModel.person, parents: [CedarModel.team],
                    attributes: RecordType([
                        "employer": text, "employerCountry": text, "location": text, "citizenships": texts,
                        "covered": RecordType.Attribute(.bool), "teams": texts,
                    ])),
                Schema.EntityType(
                    name: CedarModel.service, parents: [CedarModel.team],
                    attributes: RecordType(["location": text, "teams": texts])),
                enumerated(CedarModel.store, catalog.stores.map(\.name)),
                Schema.EntityType(name: CedarModel.table, parents: [CedarModel.store]),
                Schema.EntityType(
                    name: CedarModel.column, parents: [CedarModel.table], attributes: columnAttributes),
            ],
            actions: DataAction.allCases.map { action in
                Schema.Action(
                    uid: CedarModel.uid(action), principals: [CedarModel.person, CedarModel.service],
                    resources: [CedarModel.column], context: RecordType(["grants": texts]))
            })
    }

    /// Cedar has no enumeration of nothing.
    private static func enumerated(_ type: EntityTypeName, _ names: [String]) -> Schema.EntityType {
        Schema.EntityType(name: type, enumeration: names.isEmpty ? nil : names.map { CedarString($0) })
    }

    // MARK: Values

    private static func domains(
        _ catalog: Catalog, _ directory: Directory, _ live: (store: String, schema: LiveSchema)?
    ) -> ValueDomains {
        let tables = catalog.stores.flatMap { store in store.tables.map { (store: store.name, table: $0) } }
        let columns = tables.flatMap { store, table in
            let schema = live.flatMap { $0.store.isExactly(store) ? $0.schema : nil }
            let more = schema?.tables.first { $0.name.isExactly(table.name) }?.columns.map(\.name) ?? []
            return (table.columns.map(\.name) + more).map { (name: $0, id: "\(store).\(table.name).\($0)") }
        }
        let jurisdictions = ValueDomains.Domain(
            Jurisdiction.assignedCodes + catalog.jurisdictionsInUse + directory.jurisdictionsInUse,
            help: "a jurisdiction is an ISO 3166-1 code of two capitals, such as \"US\"")
        let teams = ValueDomains.Domain(directory.teams)
        return ValueDomains(
            attributes: [
                ValueDomains.Path(CedarModel.person, "employerCountry"): jurisdictions,
                ValueDomains.Path(CedarModel.person, "location"): jurisdictions,
                ValueDomains.Path(CedarModel.person, "citizenships"): jurisdictions,
                ValueDomains.Path(CedarModel.person, "teams"): teams,
                ValueDomains.Path(CedarModel.service, "location"): jurisdictions,
                ValueDomains.Path(CedarModel.service, "teams"): teams,
                ValueDomains.Path(CedarModel.column, "name"): .init(columns.map(\.name)),
                ValueDomains.Path(CedarModel.column, "table"): .init(tables.map(\.table.name.table)),
                ValueDomains.Path(CedarModel.column, "schema"): .init(tables.map(\.table.name.schema)),
                ValueDomains.Path(CedarModel.column, "store"): .init(catalog.stores.map(\.name)),
                ValueDomains.Path(CedarModel.column, "classification"): .init(
                    Classification.allCases.map(\.rawValue)),
                ValueDomains.Path(CedarModel.column, "category"): .init(
                    tables.flatMap { $0.table.columns.compactMap(\.category) }),
                ValueDomains.Path(CedarModel.column, "subject", "home"): .init(
                    catalog.homes.map(\.code) + [catalog.homeWhenUnknown.code, CedarModel.homeOfNobody]),
            ],
            entities: [
                CedarModel.person: .init(directory.people.map(\.name), register: "the directory"),
                CedarModel.service: .init(directory.services.map(\.name), register: "the directory"),
                CedarModel.team: .init(directory.teams, register: "the directory"),
                CedarModel.store: .init(catalog.stores.map(\.name), register: "the catalog"),
                CedarModel.table: .init(
                    tables.map { "\($0.store).\($0.table.name)" }, register: "the catalog"),
                CedarModel.column: .init(columns.map(\.id), register: "the catalog"),
            ])
    }
}

extension Catalog {
    fileprivate var jurisdictionsInUse: [String] {
        homes.map(\.code) + [homeWhenUnknown.code] + stores.map(\.jurisdiction.code)
    }
}

extension Directory {
    fileprivate var jurisdictionsInUse: [String] {
        principals.map(\.location.code) + people.flatMap { [$0.employerCountry] + $0.citizenships }.map(\.code)
    }
}
