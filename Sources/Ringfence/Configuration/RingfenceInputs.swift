public import Cedar

/// Everything that decides, as one version: configuration, catalog, directory and policy, loaded whole.
///
/// Never changed, only replaced: a decision made with it can name the digests of the texts it was made by.
public struct RingfenceInputs: Sendable {
    /// A file that decides, with the text that was read.
    public struct DecidingFile: Sendable, Hashable {
        public var role: PolicyFiles.Role
        public var path: String
        public var text: [UInt8]
    }

    public let configuration: Configuration
    public let catalog: Catalog
    public let directory: Directory
    public let policies: PolicySet
    /// Policy files in the configuration's order, then catalog and directory.
    public let decidingFiles: [DecidingFile]
    /// The same by their digests, as the ledger names them.
    public let policyFiles: PolicyFiles
    /// The catalog's store that the gateway stands before.
    public let store: Store
    /// What is odd in the files, but safe.
    public let warnings: [Diagnostic]

    let places: InputPlaces

    /// Reads `ringfence.yaml` and every file it names that decides; not keys, certificates and passwords.
    ///
    /// - Throws: Every problem of all these files, or every error of the policies. Nothing is loaded in part.
    public static func load(_ path: String) throws(ConfigurationProblems) -> RingfenceInputs {
        try read(path).validated()
    }

    /// These inputs, if their policies are valid as far as can be told without the database.
    ///
    /// - Throws: Every error of the policies.
    public func validated() throws(ConfigurationProblems) -> RingfenceInputs {
        // Only the database knows all columns: ``check(live:)`` looks at those.
        let schema = PolicySchema(catalog: catalog, directory: directory, areColumnsOpen: true)
        let errors = schema.review(policies).map(Diagnostic.init).filter { $0.severity == .error }
        guard errors.isEmpty else { throw ConfigurationProblems(diagnostics: errors) }
        return self
    }

    /// As ``load(_:)``, but takes policies that are Cedar and no more: for ``check(live:)``, which then reports what
    /// is wrong with them beside everything else. Nothing may be decided by what was read so.
    public static func read(_ path: String) throws(ConfigurationProblems) -> RingfenceInputs {
        let read = try ConfigurationReader.load(path)
        let configuration = read.configuration
        let collector = ProblemCollector()
        func attempt<Result>(_ work: () throws(ConfigurationProblems) -> Result) -> Result? {
            do throws(ConfigurationProblems) {
                return try work()
            } catch {
                for problem in error.diagnostics { collector.report(problem) }
                return nil
            }
        }

        var files: [DecidingFile] = []
        func open(_ role: PolicyFiles.Role, _ path: String, _ key: String) -> String? {
            attempt { () throws(ConfigurationProblems) -> String in
                let file = try TextFile(reading: path, askedBy: read.places[key])
                files.append(DecidingFile(role: role, path: path, text: file.bytes))
                return try file.text()
            }
        }
        var policySets: [PolicySet] = []
        for (index, path) in configuration.policyFiles.enumerated() {
            guard let text = open(.policy, path, "policy[\(index)]") else { continue }
            if let set = attempt({ () throws(ConfigurationProblems) in try parse(text, file: path) }) {
                policySets.append(set)
            }
        }
        let policies = attempt { () throws(ConfigurationProblems) in try merge(policySets) }
        let catalog = open(.catalog, configuration.catalogFile, "catalog").flatMap { text in
            attempt { () throws(ConfigurationProblems) in
                try CatalogReader.read(text, file: configuration.catalogFile)
            }
        }
        let directory = open(.directory, configuration.directoryFile, "directory").flatMap { text in
            attempt { () throws(ConfigurationProblems) in
                try DirectoryReader.read(text, file: configuration.directoryFile)
            }
        }
        for problem in (catalog?.warnings ?? []) + (directory?.warnings ?? []) { collector.report(problem) }

        let store = catalog?.catalog.stores.first { $0.name.isExactly(configuration.store.name) }
        if store == nil, let catalog {
            let names = catalog.catalog.stores.map(\.name)
            let place = read.places["store.name"] ?? FilePlace(file: path, line: 1, column: 1)
            let meant = nearest(to: configuration.store.name, among: names).map { "Did you mean \"\($0)\"?" }
            collector.report(
                place.error(
                    "the catalog has no store \"\(configuration.store.name)\"",
                    meant ?? "It has: \(names.joined(separator: ", "))."))
        }
        guard let policies, let catalog, let directory, let store, !collector.hasErrors else {
            throw ConfigurationProblems(diagnostics: collector.problems)
        }
        return RingfenceInputs(
            configuration: configuration, catalog: catalog.catalog, directory: directory.directory, policies: policies,
            decidingFiles: files, store: store, warnings: collector.problems.sorted(),
            places: InputPlaces(
                configuration: read.places, catalog: catalog.places, directory: directory.places))
    }

    init(
        configuration: Configuration, catalog: Catalog, directory: Directory, policies: PolicySet,
        decidingFiles: [DecidingFile], store: Store, warnings: [Diagnostic], places: InputPlaces
    ) {
        self.configuration = configuration
        self.catalog = catalog
        self.directory = directory
        self.policies = policies
        self.decidingFiles = decidingFiles
        self.store = store
        self.warnings = warnings
        self.places = places
        policyFiles = PolicyFiles(
            files: decidingFiles.map { file in
                let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
                return PolicyFiles.File(role: file.role, name: name, sha256: ContentDigest(of: file.text))
            })
    }

    static func parse(_ text: String, file: String) throws(ConfigurationProblems) -> PolicySet {
        do throws(PolicyParseError) {
            return try PolicySet(parsing: text, fileName: file)
        } catch {
            throw ConfigurationProblems(diagnostics: error.diagnostics.map(Diagnostic.init))
        }
    }

    static func merge(_ sets: [PolicySet]) throws(ConfigurationProblems) -> PolicySet {
        do throws(PolicyParseError) {
            return try PolicySet(merging: sets)
        } catch {
            throw ConfigurationProblems(diagnostics: error.diagnostics.map(Diagnostic.init))
        }
    }
}

/// Where the files say what, for what is found wrong after they were read.
struct InputPlaces: Sendable {
    var configuration: [String: FilePlace]
    var catalog: CatalogPlaces
    var directory: DirectoryPlaces
}

extension Diagnostic {
    init(_ problem: CedarDiagnostic) {
        let remedy = problem.help.map { help in
            let sentence = help.prefix(1).uppercased() + help.dropFirst()
            return sentence.hasSuffix(".") || sentence.hasSuffix("?") ? sentence : sentence + "."
        }
        self.init(
            file: problem.span.file, line: problem.span.line, column: problem.span.column, severity: .error,
            message: problem.message, remedy: remedy)
    }

    init(_ finding: ReviewFinding) {
        self.init(finding.diagnostic)
        severity = finding.severity == .error ? .error : .warning
    }
}
