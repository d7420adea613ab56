/// Reads `catalog.yaml`.
struct CatalogReader {
    struct Read {
        var catalog: Catalog
        var places: CatalogPlaces
        var warnings: [Diagnostic]
    }

    /// What a table says of its data subjects, before the table it refers to is known.
    private struct Reference {
        var column: String
        var table: TableName?
        var place: FilePlace
    }

    private struct DraftTable {
        var name: TableName
        var subject: (key: String, home: String)?
        var references: [Reference]
        var columns: [CatalogColumn]
    }

    private let collector = ProblemCollector()
    private let values: YAMLValues
    private var places: CatalogPlaces

    /// - Throws: Every problem of the file, not only the first.
    static func read(_ text: String, file: String) throws(ConfigurationProblems) -> Read {
        let document = try YAMLDocument(parsing: text, file: file)
        var reader = CatalogReader(file: file)
        let catalog = reader.catalog(document.root)
        guard let catalog, !reader.collector.hasErrors else {
            throw ConfigurationProblems(diagnostics: reader.collector.problems)
        }
        return Read(catalog: catalog, places: reader.places, warnings: reader.collector.problems)
    }

    private init(file: String) {
        values = YAMLValues(collector: collector)
        places = CatalogPlaces(file: file)
    }

    private mutating func catalog(_ root: YAMLNode) -> Catalog? {
        let what = "the catalog"
        guard let fields = YAMLFields(root, what: what, known: ["homes", "homeWhenUnknown", "stores"], collector) else {
            return nil
        }
        let homes = fields.required("homes", of: what, remedy: "Write homes: [US, DE].").flatMap { self.homes($0) }
        let unknown = fields.required("homeWhenUnknown", of: what, remedy: "Name the home with the strictest rules.")
        let homeWhenUnknown = values.jurisdiction(unknown, "homeWhenUnknown")
        if let unknown, let homes, let homeWhenUnknown {
            places.parts[.homeWhenUnknown] = unknown.place
            if !homes.contains(homeWhenUnknown) {
                collector.report(
                    unknown.place.error(
                        "homeWhenUnknown is \(homeWhenUnknown), which homes does not list", "Add it to homes."))
            }
        }
        var stores: [Store] = []
        if let node = fields.required("stores", of: what), let nodes = values.list(node, "stores", { $0 }) {
            if nodes.isEmpty { collector.report(node.place.error("the catalog has no store", "Describe one.")) }
            stores = nodes.compactMap { store($0) }
        }
        guard let homes, let homeWhenUnknown else { return nil }
        return Catalog(homes: homes, homeWhenUnknown: homeWhenUnknown, stores: stores)
    }

    private mutating func homes(_ node: YAMLNode) -> [Jurisdiction]? {
        guard let nodes = values.list(node, "homes", { $0 }) else { return nil }
        if nodes.isEmpty {
            collector.report(node.place.error("homes is empty", "List the homes of your data subjects."))
        }
        var homes: [Jurisdiction] = []
        for node in nodes {
            guard let home = values.jurisdiction(node, "a home") else { continue }
            guard places.parts.updateValue(node.place, forKey: .home(home)) == nil else {
                collector.report(node.place.error("home \(home) stands twice", "Keep one."))
                continue
            }
            homes.append(home)
        }
        return homes
    }

    private mutating func store(_ node: YAMLNode) -> Store? {
        let known = ["name", "jurisdiction", "operator", "tables"]
        guard let fields = YAMLFields(node, what: "a store", known: known, collector) else { return nil }
        let nameNode = fields.required("name", of: "a store")
        let name = values.text(nameNode, "the name of a store")
        let what = name.map { "store \"\($0)\"" } ?? "a store"
        let jurisdiction = values.jurisdiction(fields.required("jurisdiction", of: what), "jurisdiction")
        let operatorName = values.text(fields.required("operator", of: what), "operator")
        if let name, let nameNode {
            if places.parts.updateValue(nameNode.place, forKey: .store(ExactText(name))) != nil {
                collector.report(nameNode.place.error("store \"\(name)\" stands twice", "Keep one."))
            }
        }
        var drafts: [DraftTable] = []
        if let node = fields.required("tables", of: what),
            let tables = YAMLFields(node, what: "tables of \(what)", known: nil, collector)
        {
            drafts = tables.all.compactMap { table($0.name, $0.place, $0.value, store: name ?? "") }
        }
        let tables = resolve(drafts)
        guard let name, let jurisdiction, let operatorName else { return nil }
        return Store(name: name, jurisdiction: jurisdiction, operatorName: operatorName, tables: tables)
    }

    private mutating func table(_ key: String, _ place: FilePlace, _ node: YAMLNode, store: String) -> DraftTable? {
        guard let name = tableName(key, place) else { return nil }
        places.parts[.table(store: ExactText(store), name.exact)] = place
        let what = "table \(name)"
        guard let fields = YAMLFields(node, what: what, known: ["subject", "columns"], collector) else { return nil }
        var draft = DraftTable(name: name, subject: nil, references: [], columns: [])
        if let node = fields.optional("subject") { readSubject(node, into: &draft, store: store) }
        if let node = fields.optional("columns"),
            let columns = YAMLFields(node, what: "columns of \(what)", known: nil, collector)
        {
            draft.columns = columns.all.compactMap { column($0.name, $0.place, $0.value, of: name, store: store) }
        }
        return draft
    }

    private func tableName(_ text: String, _ place: FilePlace) -> TableName? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !parts[1].contains("."),
            parts.allSatisfy({ $0.utf8.count <= 63 })
        else {
            collector.report(place.error("\"\(text)\" is no table's name", "Write it with its schema: app.users."))
            return nil
        }
        return TableName(schema: String(parts[0]), table: String(parts[1]))
    }

    private mutating func readSubject(_ node: YAMLNode, into draft: inout DraftTable, store: String) {
        let nodes = if case .sequence(let nodes) = node.content { nodes } else { [node] }
        if nodes.isEmpty {
            collector.report(node.place.error("subject is an empty list", "Leave it out if no row is about a person."))
        }
        for (index, node) in nodes.enumerated() {
            places.parts[.subject(store: ExactText(store), draft.name.exact, index)] = node.place
            guard case .mapping = node.content else {
                guard let column = values.text(node, "a subject") else { continue }
                draft.references.append(Reference(column: column, table: nil, place: node.place))
                continue
            }
            let what = "a subject of \(draft.name)"
            guard let fields = YAMLFields(node, what: what, known: ["key", "home", "column", "table"], collector) else {
                continue
            }
            if fields.optional("column") != nil || fields.optional("table") != nil {
                for key in ["key", "home"] {
                    guard let node = fields.optional(key) else { continue }
                    collector.report(
                        node.place.error(
                            "\"\(key)\" does not go with \"column\" and \"table\"",
                            "Write {key, home} where the row is the person, {column, table} where it leads to one."))
                }
                let column = values.text(fields.required("column", of: what), "column")
                let table = values.text(fields.required("table", of: what), "table").flatMap { text in
                    fields.optional("table").flatMap { tableName(text, $0.place) }
                }
                if let column, let table {
                    draft.references.append(Reference(column: column, table: table, place: node.place))
                }
            } else {
                let key = values.text(fields.required("key", of: what), "key")
                let home = values.text(fields.required("home", of: what), "home")
                if let key, let home {
                    if draft.subject != nil {
                        collector.report(node.place.error("\(draft.name) has two keys of its own", "Keep one."))
                    }
                    draft.subject = (key, home)
                }
            }
        }
        if draft.subject != nil, nodes.count > 1 {
            collector.report(
                node.place.error(
                    "\(draft.name) is a data subject and refers to others",
                    "Take the references away: whose home is its own needs no other."))
        }
    }

    private mutating func column(
        _ name: String, _ place: FilePlace, _ node: YAMLNode, of table: TableName, store: String
    ) -> CatalogColumn? {
        let what = "column \(table).\(name)"
        places.parts[.column(store: ExactText(store), table.exact, ExactText(name))] = place
        let known = ["classification", "category", "mask"]
        guard let fields = YAMLFields(node, what: what, known: known, collector) else { return nil }
        let classification = fields.required(
            "classification", of: what, remedy: "Without knowing better, write classification: protected."
        ).flatMap { values.choice($0, "classification", Classification.self) }
        let category = values.text(fields.optional("category"), "category")
        var mask = Mask.null
        if let node = fields.optional("mask") {
            places.parts[.mask(store: ExactText(store), table.exact, ExactText(name))] = node.place
            mask = MaskReader(values: values).mask(node) ?? .null
        }
        return classification.map { CatalogColumn(name: name, classification: $0, category: category, mask: mask) }
    }

    /// Finds the table each reference leads to.
    private func resolve(_ drafts: [DraftTable]) -> [CatalogTable] {
        let subjectTables = drafts.filter { $0.subject != nil }
        return drafts.map { draft in
            var paths: [SubjectPath] = []
            if let subject = draft.subject { paths.append(.itself(key: subject.key, home: subject.home)) }
            for reference in draft.references {
                guard let target = target(of: reference, from: draft, among: subjectTables),
                    let subject = target.subject
                else { continue }
                let path = SubjectPath.reference(
                    column: reference.column, table: target.name, key: subject.key, home: subject.home)
                if paths.contains(path) {
                    collector.report(reference.place.error("subject \(reference.column) stands twice", "Keep one."))
                } else {
                    paths.append(path)
                }
            }
            return CatalogTable(name: draft.name, subjects: paths, columns: draft.columns)
        }
    }

    private func target(
        of reference: Reference, from draft: DraftTable, among subjectTables: [DraftTable]
    ) -> DraftTable? {
        if let name = reference.table {
            if let target = subjectTables.first(where: { $0.name.isExactly(name) }) { return target }
            let meant = nearest(to: name.description, among: subjectTables.map(\.name.description))
            collector.report(
                reference.place.error(
                    "\(draft.name) leads to \(name), which is no table of data subjects",
                    meant.map { "Did you mean \($0)?" } ?? "Give that table subject: { key: …, home: … }."))
            return nil
        }
        switch subjectTables.count {
        case 1: return subjectTables.first
        case 0:
            collector.report(
                reference.place.error(
                    "\(draft.name) leads to data subjects, but no table holds them",
                    "Give the table of people subject: { key: …, home: … }."))
        default:
            let names = subjectTables.map(\.name.description).joined(separator: ", ")
            collector.report(
                reference.place.error(
                    "\(draft.name) may lead to several tables of data subjects: \(names)",
                    "Write { column: \(reference.column), table: … }."))
        }
        return nil
    }
}
