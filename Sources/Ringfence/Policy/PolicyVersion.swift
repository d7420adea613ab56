internal import Cedar
internal import Glibc

extension RingfenceInputs {
    /// One side of a comparison: a configuration with all that it names, or policy files that are to decide with this
    /// one's catalog and directory.
    ///
    /// - Parameter path: A configuration (`.yaml`, `.yml`), a policy file, or a folder whose `.cedar` files are read in
    ///   the order of their names.
    public func version(_ path: String) throws(ConfigurationProblems) -> RingfenceInputs {
        if path.hasSuffix(".yaml") || path.hasSuffix(".yml") { return try RingfenceInputs.load(path) }
        return try deciding(byPolicyFiles: Self.policyFiles(at: path))
    }

    /// The same catalog and directory under other policies.
    public func deciding(byPolicyFiles paths: [String]) throws(ConfigurationProblems) -> RingfenceInputs {
        var files: [DecidingFile] = []
        var sets: [PolicySet] = []
        var problems: [Diagnostic] = []
        for path in paths {
            do throws(ConfigurationProblems) {
                let file = try TextFile(reading: path)
                files.append(DecidingFile(role: .policy, path: path, text: file.bytes))
                sets.append(try Self.parse(file.text(), file: path))
            } catch {
                problems += error.diagnostics
            }
        }
        guard problems.isEmpty else { throw ConfigurationProblems(diagnostics: problems) }
        var configuration = configuration
        configuration.policyFiles = paths
        return RingfenceInputs(
            configuration: configuration, catalog: catalog, directory: directory, policies: try Self.merge(sets),
            decidingFiles: files + decidingFiles.filter { $0.role != .policy }, store: store, warnings: warnings,
            places: places)
    }

    private static func policyFiles(at path: String) throws(ConfigurationProblems) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        var names: [ExactText] = []
        if let folder = opendir(path) {
            defer { closedir(folder) }
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name.hasSuffix(".cedar") { names.append(ExactText(name)) }
            }
        }
        guard !names.isEmpty else {
            throw ConfigurationProblems(diagnostics: [
                Diagnostic(
                    file: path, line: 0, column: 0, severity: .error, message: "the folder has no readable .cedar file",
                    remedy: "Name a policy file, a folder with some, or a configuration (.yaml).")
            ])
        }
        return names.sorted().map { path.hasSuffix("/") ? path + $0.string : "\(path)/\($0.string)" }
    }
}
