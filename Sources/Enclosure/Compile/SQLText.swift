/// Quoting, in the one place where names and values become SQL.
enum SQLText {
    static func identifier(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    static func qualified(_ schema: String, _ name: String) -> String { identifier(schema) + "." + identifier(name) }

    /// A literal that reads the same whatever `standard_conforming_strings` is.
    static func literal(_ text: String) -> String {
        let quoted = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        guard quoted.contains("\\") else { return "'\(quoted)'" }
        return "E'" + quoted.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\") + "'"
    }

    static func list(_ values: some Sequence<String>) -> String { values.map(literal).joined(separator: ", ") }
}
