/// A database of a test cluster, reached past any gateway.
public struct TestDatabase: Sendable {
    public let cluster: PostgresCluster
    public let name: String

    public init(cluster: PostgresCluster, name: String) {
        self.cluster = cluster
        self.name = name
    }

    /// libpq's keyword/value form; the superuser's unless told otherwise.
    public func connectionString(user: String? = nil, password: String? = nil) -> String {
        "host=\(cluster.host) port=\(cluster.port) dbname=\(name) user=\(user ?? cluster.superuser) "
            + "password=\(password ?? cluster.superuserPassword) connect_timeout=20"
    }

    /// What `psql` does with a script, unaligned and without headings: columns part at `separator`, rows at line ends.
    public func psql(
        _ script: String, user: String? = nil, password: String? = nil, variables: [String: String] = [:],
        separator: String = "|", timeout: Double = 120
    ) throws -> ChildProcess.Output {
        let settings = variables.sorted { $0.key < $1.key }.flatMap { ["-v", "\($0.key)=\($0.value)"] }
        return try ChildProcess.run(
            [
                "psql", "-X", "-q", "-A", "-t", "-F", separator, "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose",
                "-v", "SHOW_CONTEXT=never",
            ] + settings + ["-d", connectionString(user: user, password: password), "-f", "-"],
            input: script, timeout: timeout)
    }

    /// Runs a script and throws unless all of it succeeds; gives what it printed without the last line end.
    @discardableResult
    public func run(
        _ script: String, user: String? = nil, password: String? = nil, variables: [String: String] = [:]
    ) throws -> String {
        let result = try psql(script, user: user, password: password, variables: variables)
        try require(result, "psql")
        var output = result.output
        while output.last == "\n" { output.removeLast() }
        return output
    }

    /// The rows of one query, each as its columns' text; NULL is nil.
    public func rows(_ query: String, user: String? = nil, password: String? = nil) throws -> [[String?]] {
        let null = "\u{1}N"
        let output = try psql(
            "\\pset null '\(null)'\n\\pset recordsep '\u{1e}'\n\(query)", user: user, password: password,
            separator: "\u{1f}")
        try require(output, "psql")
        var text = output.output[...]
        if text.last == "\n" { text = text.dropLast() }
        guard !text.isEmpty else { return [] }
        return text.split(separator: "\u{1e}", omittingEmptySubsequences: false).map { row in
            row.split(separator: "\u{1f}", omittingEmptySubsequences: false).map { $0 == null ? nil : String($0) }
        }
    }

    /// Drops it, ending the sessions in it.
    public func drop() throws {
        try TestDatabase(cluster: cluster, name: "postgres").run("DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)")
    }
}
