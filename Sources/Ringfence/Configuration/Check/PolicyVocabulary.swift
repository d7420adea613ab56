internal import Cedar

/// What policy may speak of: the attributes of our model, and the values they can have.
struct PolicyVocabulary {
    enum Kind: String {
        case text, flag, set, record
    }

    let catalog: Catalog
    let directory: Directory
    let live: LiveSchema?
    let storeName: String

    /// By path from a variable, such as `resource.subject.home`.
    static let attributes: [String: Kind] = [
        "principal.employer": .text, "principal.employerCountry": .text, "principal.location": .text,
        "principal.citizenships": .set, "principal.covered": .flag, "principal.teams": .set,
        "resource.name": .text, "resource.table": .text, "resource.schema": .text, "resource.store": .text,
        "resource.classification": .text, "resource.category": .text, "resource.subject": .record,
        "resource.subject.home": .text, "resource.subject.id": .text, "context.grants": .set,
    ]

    static func kind(of path: [String]) -> Kind? { attributes[path.joined(separator: ".")] }

    /// The names that may follow `path`.
    static func names(after path: [String]) -> [String] {
        let prefix = path.joined(separator: ".") + "."
        return attributes.keys.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains(".") }
            .map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    /// The values an attribute can have, or that can be in it; nil if that is open.
    func values(of path: [String]) -> [String]? {
        switch path.joined(separator: ".") {
        case "resource.classification": Classification.allCases.map(\.rawValue)
        case "resource.subject.home": catalog.homes.map(\.code) + [CedarModel.homeOfNobody]
        case "resource.category": catalog.stores.flatMap(\.tables).flatMap(\.columns).compactMap(\.category)
        case "resource.name":
            catalog.stores.flatMap(\.tables).flatMap(\.columns).map(\.name)
                + (live?.tables.flatMap(\.columns).map(\.name) ?? [])
        case "resource.table": catalog.stores.flatMap(\.tables).map(\.name.table)
        case "resource.schema": catalog.stores.flatMap(\.tables).map(\.name.schema)
        case "resource.store": catalog.stores.map(\.name)
        case "principal.teams": directory.teams
        default: nil
        }
    }

    /// Whether it holds jurisdictions, of which any may come up some day.
    static func isJurisdiction(_ path: [String]) -> Bool {
        ["principal.location", "principal.employerCountry", "principal.citizenships"]
            .containsExactly(path.joined(separator: "."))
    }

    /// The identifiers that entities of a type can have.
    func identifiers(of type: String) -> [String] {
        switch type {
        case "Person": directory.people.map(\.name)
        case "Service": directory.services.map(\.name)
        case "Team": directory.teams
        case "Action": DataAction.allCases.map(\.rawValue)
        case "Store": catalog.stores.map(\.name)
        case "Table": catalog.stores.flatMap { store in store.tables.map { "\(store.name).\($0.name)" } }
        case "Column":
            catalog.stores.flatMap { store in
                store.tables.flatMap { table in
                    let more =
                        store.name.isExactly(storeName) ? live?.tables.first { $0.name.isExactly(table.name) } : nil
                    let names = table.columns.map(\.name) + (more?.columns.map(\.name) ?? [])
                    return names.map { "\(store.name).\(table.name).\($0)" }
                }
            }
        default: []
        }
    }
}
