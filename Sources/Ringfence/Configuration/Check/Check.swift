extension RingfenceInputs {
    /// Everything that is wrong or odd about configuration, catalog, directory and policy, as far as that can be told
    /// without running anything. Problems of the files themselves are thrown by ``load(_:)``.
    ///
    /// - Parameter live: What the database says; nil to check the files against each other only.
    public func check(live: LiveSchema?) -> [Diagnostic] {
        let collector = ProblemCollector()
        for warning in warnings { collector.report(warning) }
        FileCheck(inputs: self, collector: collector).run()
        LimitCheck(inputs: self, collector: collector).run()
        DirectoryCheck(inputs: self, collector: collector).run()
        if let live { LiveCheck(inputs: self, live: live, collector: collector).run() }
        let schema = PolicySchema(
            catalog: catalog, directory: directory, live: live.map { (store: store.name, schema: $0) })
        let findings = schema.review(policies)
        for finding in findings { collector.report(Diagnostic(finding)) }
        // Without a database nothing is decided by policies that ask of rows, and so by none.
        if live != nil || !asksOfRows {
            PolicyEffectCheck(
                inputs: self, live: live ?? LiveSchema(describing: store), reviewed: Set(findings.map(\.policy)),
                collector: collector
            ).run()
        }
        return collector.problems.sorted()
    }

    /// Whether a policy speaks of `resource.row`.
    var asksOfRows: Bool {
        let schema = PolicySchema.schema(catalog, teams: directory.teams, rows: .none)
        return !ExpressibilityReview(schema, .none, policies).questionsToUnknownRows().isEmpty
    }

    /// Holds policies that speak of `resource.row`, which ``load(_:)`` could not look at, against the database.
    func refuseUnanswerable(by live: LiveSchema) throws(ConfigurationProblems) {
        guard !live.isDescribed, asksOfRows else { return }
        let schema = PolicySchema(
            catalog: catalog, directory: directory, live: (store: store.name, schema: live), areColumnsOpen: true)
        let errors = schema.review(policies).map(Diagnostic.init).filter { $0.severity == .error }
        guard errors.isEmpty else { throw ConfigurationProblems(diagnostics: errors) }
    }

    /// An error in a setting, such as `gateway.tls.key`, that others found who read the file it names.
    public func error(in setting: String, _ message: String, _ remedy: String) -> Diagnostic {
        place(of: setting).error(message, remedy)
    }

    func place(of setting: String) -> FilePlace {
        places.configuration[setting] ?? FilePlace(file: configuration.file, line: 1, column: 1)
    }

    /// Loads and checks.
    public static func check(_ path: String, live: LiveSchema? = nil) -> [Diagnostic] {
        do throws(ConfigurationProblems) {
            return try read(path).check(live: live)
        } catch {
            return error.diagnostics
        }
    }
}

extension LiveSchema {
    /// The database that a catalog describes, where there is none to ask.
    public init(describing store: Store) {
        self.init(
            serverVersion: 0,
            tables: store.tables.map { table in
                LiveTable(
                    name: table.name, kind: .table, partitionOf: nil,
                    columns: table.columns.map {
                        LiveColumn(name: $0.name, type: "text", isNotNull: false, isGenerated: false, hasDefault: false)
                    },
                    primaryKey: [], uniqueColumns: [], foreignKeys: [])
            })
    }
}
