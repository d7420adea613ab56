internal import Cedar

/// Reads a file of expectations, such as `policy-tests.yaml`.
struct PolicyExpectationReader {
    private let inputs: RingfenceInputs
    private let rows: RowVocabulary
    private let collector = ProblemCollector()
    private let values: YAMLValues
    private var principals: ExpectedPrincipalReader

    private static let actions: [DataAction] = [.read, .insert, .update, .delete]
    private static let known =
        ["as", "table", "column", "columns", "home", "homes", "key", "keys", "row", "because"] + actions.map(\.rawValue)

    /// - Throws: Every problem of the file, not only the first.
    static func read(
        _ text: String, file: String, inputs: RingfenceInputs, rows: RowVocabulary = .none
    ) throws(ConfigurationProblems) -> [PolicyExpectation] {
        let document = try YAMLDocument(parsing: text, file: file)
        var reader = PolicyExpectationReader(inputs, rows)
        let expectations = reader.expectations(document.root)
        guard !reader.collector.hasErrors else {
            throw ConfigurationProblems(diagnostics: reader.collector.problems)
        }
        return expectations
    }

    private init(_ inputs: RingfenceInputs, _ rows: RowVocabulary) {
        self.inputs = inputs
        self.rows = rows
        values = YAMLValues(collector: collector)
        principals = ExpectedPrincipalReader(directory: inputs.directory, collector: collector)
    }

    private mutating func expectations(_ root: YAMLNode) -> [PolicyExpectation] {
        let what = "a file of expectations"
        guard let fields = YAMLFields(root, what: what, known: ["principals", "expectations"], collector) else {
            return []
        }
        if let node = fields.optional("principals") { principals.readMadeUp(node) }
        guard let node = fields.required("expectations", of: what) else { return [] }
        let expectations = values.list(node, "expectations", expectation) ?? []
        if case .sequence(let nodes) = node.content, nodes.isEmpty {
            collector.report(
                node.place.error("nothing is expected", "Write one expectation for each thing that matters."))
        }
        return expectations
    }

    private func expectation(_ node: YAMLNode) -> PolicyExpectation? {
        let what = "an expectation"
        guard let fields = YAMLFields(node, what: what, known: Self.known, collector) else { return nil }
        let principal = fields.required("as", of: what).flatMap(principals.principal)
        let table = fields.required("table", of: what).flatMap(table)
        let asked = asked(fields)
        let because = fields.optional("because").flatMap(policy)
        guard let table else { return nil }
        let columns = columns(fields, of: table, asked?.action)
        let rows = rows(fields, of: table)
        let values = fields.optional("row").map { rowValues($0, of: table.name) } ?? [:]
        guard let principal, let asked, let columns, let rows, let values else { return nil }
        return PolicyExpectation(
            file: node.place.file, line: node.place.line, column: node.place.column, principal: principal,
            table: table.name, columns: columns, rows: rows, row: values, action: asked.action, outcome: asked.outcome,
            because: because)
    }

    /// The one key that names an action, and what is expected of it.
    private func asked(_ fields: YAMLFields) -> (action: DataAction, outcome: PolicyExpectation.Outcome)? {
        let found = Self.actions.compactMap { action in fields.optional(action.rawValue).map { (action, $0) } }
        guard let (action, node) = found.first, found.count == 1 else {
            collector.report(
                fields.place.error(
                    found.isEmpty
                        ? "the expectation says of no action what comes of it" : "there are two actions in it",
                    "Write one of read: clear | masked | hidden, and insert, update or delete: allowed | denied."))
            return nil
        }
        guard let outcome = values.choice(node, action.rawValue, PolicyExpectation.Outcome.self) else { return nil }
        let possible = PolicyExpectation.Outcome.outcomes(of: action)
        guard possible.contains(outcome) else {
            collector.report(
                node.place.error(
                    "\(action.rawValue) is never \(outcome.rawValue)",
                    "It is \(possible.map(\.rawValue).joined(separator: ", "))."))
            return nil
        }
        return (action, outcome)
    }

    private func table(_ node: YAMLNode) -> CatalogTable? {
        guard let name = values.text(node, "table") else { return nil }
        if let table = inputs.store.tables.first(where: { $0.name.description.isExactly(name) }) { return table }
        let names = inputs.store.tables.map(\.name.description)
        collector.report(
            node.place.error(
                "the catalog has no table \"\(name)\", so nobody sees it",
                nearest(to: name, among: names).map { "Did you mean \"\($0)\"?" } ?? "Write it as schema.table."))
        return nil
    }

    private func columns(_ fields: YAMLFields, of table: CatalogTable, _ action: DataAction?) -> [String]? {
        let nodes: [YAMLNode]
        switch (fields.optional("column"), fields.optional("columns")) {
        case (nil, nil): return []
        case (let node?, nil): nodes = [node]
        case (nil, let node?):
            guard let list = values.list(node, "columns", { $0 }) else { return nil }
            nodes = list
        case (_?, let node?):
            collector.report(node.place.error("there are both column and columns", "Keep one of them."))
            return nil
        }
        if action == .delete, let node = nodes.first {
            collector.report(node.place.error("rows are deleted whole", "Leave the columns out."))
            return nil
        }
        let names = table.columns.map(\.name)
        return nodes.compactMap { node in
            guard let name = values.text(node, "a column") else { return nil }
            if names.containsExactly(name) { return name }
            collector.report(
                node.place.error(
                    "the catalog has no column \(table.name).\(name), so it is protected",
                    nearest(to: name, among: names).map { "Did you mean \"\($0)\"?" }
                        ?? "It has \(names.joined(separator: ", "))."))
            return nil
        }
    }

    private func rows(_ fields: YAMLFields, of table: CatalogTable) -> [[PolicyExpectation.Subject]]? {
        let count = table.subjects.count
        guard count > 0 else {
            for key in ["home", "homes", "key", "keys"] {
                guard let node = fields.optional(key) else { continue }
                collector.report(
                    node.place.error("a row of \(table.name) is about nobody the catalog names", "Leave out \(key)."))
            }
            return [[PolicyExpectation.Subject(home: .nobody)]]
        }
        guard let keys = keys(fields, count, table) else { return nil }
        if let node = fields.optional("home"), case .scalar("any", _) = node.content, fields.optional("homes") == nil {
            let homes = Set(inputs.catalog.homes).sorted().map(SubjectHome.home) + [.unknown]
            return homes.map { home in keys.map { PolicyExpectation.Subject(home: home, key: $0) } }
        }
        guard let homes = each(fields, "home", "homes", count, table, home) else { return nil }
        guard !homes.isEmpty else {
            collector.report(
                fields.place.error(
                    "whose row it is remains open",
                    "Add home: with a code of the catalog's homes, unknown, or any for each of them."))
            return nil
        }
        return [zip(homes, keys).map { PolicyExpectation.Subject(home: $0, key: $1) }]
    }

    private func keys(_ fields: YAMLFields, _ count: Int, _ table: CatalogTable) -> [String?]? {
        guard let keys = each(fields, "key", "keys", count, table, { values.text($0, "a key") }) else { return nil }
        return keys.isEmpty ? Array(repeating: nil, count: count) : keys
    }

    /// One value for all of a row's people, or one for each; none if neither is there.
    private func each<Value>(
        _ fields: YAMLFields, _ one: String, _ several: String, _ count: Int, _ table: CatalogTable,
        _ value: (YAMLNode) -> Value?
    ) -> [Value]? {
        if let node = fields.optional(several) {
            if fields.optional(one) != nil {
                collector.report(node.place.error("there are both \(one) and \(several)", "Keep one of them."))
                return nil
            }
            guard let nodes = values.list(node, several, { $0 }) else { return nil }
            guard nodes.count == count else {
                collector.report(
                    node.place.error(
                        "a row of \(table.name) is about \(count) \(count == 1 ? "person" : "people"), not \(nodes.count)",
                        "Write one for each, in the order of the catalog's subject."))
                return nil
            }
            let found = nodes.compactMap(value)
            return found.count == count ? found : nil
        }
        guard let node = fields.optional(one) else { return [] }
        return value(node).map { Array(repeating: $0, count: count) }
    }

    private func home(_ node: YAMLNode) -> SubjectHome? {
        if case .scalar("unknown", _) = node.content { return .unknown }
        guard let home = values.jurisdiction(node, "a home") else { return nil }
        if inputs.catalog.homes.contains(home) { return .home(home) }
        collector.report(
            node.place.error(
                "\(home) is not among the catalog's homes",
                "People of other homes are those of unknown home: write unknown."
            ))
        return nil
    }

    /// What stands in the row, as far as policies can ask for it.
    private func rowValues(_ node: YAMLNode, of name: TableName) -> [CedarString: Value?]? {
        guard let table = rows.table(name) else {
            collector.report(
                node.place.error(
                    "only the database knows what a row of \(name) has", "Let the command ask it: --database."))
            return nil
        }
        guard let fields = YAMLFields(node, what: "a row of \(name)", known: nil, collector) else { return nil }
        var values: [CedarString: Value?] = [:]
        for field in fields.all {
            let column = CedarString(field.name)
            guard let attribute = table.columns[column] else {
                let names = table.columns.keys.map(\.text).sorted()
                collector.report(
                    field.place.error(
                        "policies cannot ask for \(name).\(field.name)",
                        table.omitted[column].map { "\($0.prefix(1).uppercased() + $0.dropFirst())." }
                            ?? nearest(to: field.name, among: names).map { "Did you mean \"\($0)\"?" }
                            ?? "It has \(names.joined(separator: ", "))."))
                return nil
            }
            if field.value.isAbsent, !attribute.isRequired {
                values.updateValue(nil, forKey: column)
            } else if let value = Value(attribute.type, field.value) {
                values[column] = .some(value)
            } else {
                collector.report(
                    field.value.place.error(
                        "\(field.value.kind) is no value of \(name).\(field.name)", "Write it as Cedar would."))
                return nil
            }
        }
        return values
    }

    private func policy(_ node: YAMLNode) -> PolicyID? {
        guard let text = values.text(node, "because") else { return nil }
        let id = PolicyID(text)
        if inputs.policies[id] != nil { return id }
        let names = inputs.policies.policies.map(\.id.description)
        collector.report(
            node.place.error(
                "there is no policy \"\(text)\"",
                nearest(to: text, among: names).map { "Did you mean \"\($0)\"?" } ?? "Name one by its @id."))
        return nil
    }
}

extension Value {
    /// A value of a column; nil if the node has none.
    fileprivate init?(_ type: SchemaType, _ node: YAMLNode) {
        if case .set(let element) = type, case .sequence(let nodes) = node.content {
            let elements = nodes.compactMap { Value(element, $0) }
            guard elements.count == nodes.count else { return nil }
            self = .set(ValueSet(elements))
            return
        }
        guard case .scalar(let text, _) = node.content, !node.isAbsent else { return nil }
        let value: Value? =
            switch type {
            case .string: .string(CedarString(text))
            case .long: Int64(text).map { .long($0) }
            case .bool: text.isExactly("true") ? true : text.isExactly("false") ? false : nil
            case .decimal: (try? CedarDecimal(parsing: text)).map { .decimal($0) }
            case .datetime: (try? CedarDatetime(parsing: text)).map { .datetime($0) }
            case .ipaddr: (try? CedarAddress(parsing: text)).map { .address($0) }
            case .duration, .entity, .set, .record: nil
            }
        guard let value else { return nil }
        self = value
    }
}
