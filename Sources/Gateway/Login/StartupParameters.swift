import Ringfence

/// The run-time parameters of a session's start: what the client asks for, and what the gateway lets it have.
struct StartupParameters: Equatable {
    /// A client's settings that reach PostgreSQL as they are. None of them changes who the session is or what it may.
    private static let allowed: Set<String> = [
        "client_encoding", "datestyle", "timezone", "intervalstyle", "extra_float_digits", "statement_timeout",
        "lock_timeout", "idle_in_transaction_session_timeout", "default_transaction_read_only",
        "default_transaction_isolation", "default_transaction_deferrable", "bytea_output", "geqo", "work_mem",
        "client_min_messages", "jit", "search_path",
    ]

    static let applicationNameBytesMax = 63

    var user: String
    var database: String
    var applicationName: String
    /// What goes upstream besides what the gateway writes, under lower-case names.
    private(set) var settings: [(name: String, value: String)] = []

    /// - Parameter pairs: The StartupMessage's, in its order.
    /// - Throws: What the client is told: a parameter that the gateway does not pass on is refused, for a session that
    ///   runs without what was asked would be worse.
    init(_ pairs: [(name: String, value: String)]) throws(SessionError) {
        guard let user = pairs.first(where: { $0.name == "user" })?.value, !user.isEmpty else {
            throw SessionError(
                sqlState: "28000", message: "no PostgreSQL user name specified in startup packet")
        }
        self.user = user
        database = user
        applicationName = ""
        for (name, value) in pairs {
            switch name {
            case "user": break
            case "database": if !value.isEmpty { database = value }
            case "application_name": applicationName = value
            case "options": try readOptions(value)
            case "replication":
                guard ["false", "off", "no", "0"].contains(value.lowercased()) else {
                    throw SessionError(sqlState: "0A000", message: "replication is not supported by the gateway")
                }
            default:
                if name.hasPrefix("_pq_.") { continue }
                try set(name, value)
            }
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(SessionError) {
        let lower = name.lowercased()
        if lower == "application_name" {
            applicationName = value
            return
        }
        guard Self.allowed.contains(lower) else {
            throw SessionError(
                sqlState: "0A000", message: "parameter \"\(name)\" cannot be set when connecting to the gateway",
                hint: "Connect without it; what a session may set, SET sets.")
        }
        settings.removeAll { $0.name == lower }
        settings.append((lower, value))
    }

    /// `-c name=value`, `-cname=value` and `--name=value`, with a backslash before a blank that belongs to a value.
    private mutating func readOptions(_ text: String) throws(SessionError) {
        var words = Self.words(text)[...]
        while let word = words.popFirst() {
            var setting: Substring
            if word == "-c" {
                setting = words.popFirst()?[...] ?? ""
            } else if word.hasPrefix("--") {
                setting = word.dropFirst(2)
            } else if word.hasPrefix("-c") {
                setting = word.dropFirst(2)
            } else {
                throw SessionError(
                    sqlState: "0A000", message: "option \"\(word)\" is not supported by the gateway",
                    hint: "Use -c name=value.")
            }
            guard let equals = setting.firstIndex(of: "=") else {
                throw SessionError(sqlState: "42601", message: "option \"\(setting)\" has no value")
            }
            let value = setting[setting.index(after: equals)...]
            setting = setting[..<equals]
            // libpq's own form of the name: `--lock-timeout`.
            try set(setting.map { $0 == "-" ? "_" : String($0) }.joined(), String(value))
        }
    }

    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// What the upstream StartupMessage says for a session on these terms.
    func upstream(_ terms: SessionTerms) -> [(name: String, value: String)] {
        var result: [(name: String, value: String)] = [
            ("user", terms.upstreamRole), ("database", terms.database),
            ("application_name", Self.applicationName(of: terms.principal.name, client: applicationName)),
            ("row_security", "on"),
        ]
        var searchPath = terms.searchPath
        for (name, value) in settings {
            if name == "search_path" {
                searchPath = terms.schemas.mapped(searchPath: value) ?? searchPath
            } else {
                result.append((name, value))
            }
        }
        result.append(("search_path", searchPath))
        return result
    }

    /// The principal's name, which the client cannot take away, then the client's.
    static func applicationName(of principal: String, client: String) -> String {
        let name = client.isEmpty ? principal : "\(principal)/\(client)"
        let printable = name.utf8.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: printable.prefix(applicationNameBytesMax), as: UTF8.self)
    }

    static func == (left: StartupParameters, right: StartupParameters) -> Bool {
        left.user == right.user && left.database == right.database && left.applicationName == right.applicationName
            && left.settings.elementsEqual(right.settings) { $0.name == $1.name && $0.value == $1.value }
    }
}

extension SchemaMap {
    /// A search path with the application's schemas replaced by the profile's; nil where its quoting is not plain.
    func mapped(searchPath: String) -> String? {
        var elements: [String] = []
        for part in searchPath.split(separator: ",", omittingEmptySubsequences: true) {
            let trimmed = part.drop { $0 == " " }
            var name = String(trimmed.reversed().drop { $0 == " " }.reversed())
            if name.hasPrefix("\""), name.hasSuffix("\""), name.count > 1 {
                name = String(name.dropFirst().dropLast())
            } else {
                name = name.lowercased()
            }
            guard !name.contains("\"") else { return nil }
            elements.append("\"\(schemas[name] ?? name)\"")
        }
        return elements.isEmpty ? nil : elements.joined(separator: ", ")
    }
}
