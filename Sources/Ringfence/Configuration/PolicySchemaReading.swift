extension PolicySchema {
    /// The schema of a configuration, from its catalog and directory; policies are not read.
    ///
    /// - Throws: Every problem of both files.
    public init(reading configuration: Configuration) throws(ConfigurationProblems) {
        var problems: [Diagnostic] = []
        var catalog: Catalog?
        var directory: Directory?
        do throws(ConfigurationProblems) {
            let text = try TextFile(reading: configuration.catalogFile).text()
            catalog = try CatalogReader.read(text, file: configuration.catalogFile).catalog
        } catch {
            problems += error.diagnostics
        }
        do throws(ConfigurationProblems) {
            let text = try TextFile(reading: configuration.directoryFile).text()
            directory = try DirectoryReader.read(text, file: configuration.directoryFile).directory
        } catch {
            problems += error.diagnostics
        }
        guard let catalog, let directory else { throw ConfigurationProblems(diagnostics: problems) }
        self.init(catalog: catalog, directory: directory)
    }

    /// The schema of a configuration and its store's database, with what policies can ask of rows.
    public init(_ inputs: RingfenceInputs, live: LiveSchema) {
        self.init(
            catalog: inputs.catalog, directory: inputs.directory, live: (store: inputs.store.name, schema: live))
    }
}
