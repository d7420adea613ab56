public import TransparencyLog

extension LedgerSettings {
    /// Reads the witnesses' policy; nil if the configuration names none.
    ///
    /// - Throws: The file's first problem, with its line.
    public func witnessPolicy() throws(ConfigurationProblems) -> TlogPolicy? {
        guard let path = witnessPolicyFile else { return nil }
        return try Self.witnessPolicy(in: TextFile(reading: path))
    }

    static func witnessPolicy(in file: TextFile) throws(ConfigurationProblems) -> TlogPolicy {
        do throws(TlogPolicyError) {
            return try TlogPolicy(parsing: file.bytes)
        } catch {
            let place = FilePlace(file: file.path, line: error.line, column: 1)
            throw ConfigurationProblems(diagnostics: [
                place.error(error.what, "The file's format is C2SP tlog-policy; docs/witness.md has an example.")
            ])
        }
    }
}
